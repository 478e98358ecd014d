import type { PriceRow } from '../price-file.ts'
import type { Usd } from '../units.ts'
import type { BillContext } from './bill-context.ts'

/** Always all of them, in this order, so that bills stand beside each other. */
export const LINES = [
  'compute',
  'broker-storage',
  'object-storage',
  'object-requests',
  'network-transfer',
  'read-fan-out',
  'cross-zone-paths',
  'operator-time',
  'replays',
  'broker-losses',
] as const
export type LineName = (typeof LINES)[number]

export interface LineInput {
  readonly name: string
  readonly value: number
  readonly unit: string
}

/** One line: what it costs a month, how that was worked out in words, from what, and at which prices. */
export interface BillLine {
  readonly line: LineName
  readonly usdPerMonth: Usd
  readonly formula: string
  readonly inputs: readonly LineInput[]
  readonly prices: readonly PriceRow[]
}

/** A search along a curve asks thousands of times what a line costs, and never why. */
export interface LineModel {
  costs(context: BillContext): Usd
  explains(context: BillContext): Pick<BillLine, 'formula' | 'inputs' | 'prices'>
}

export function input(name: string, value: number, unit: string): LineInput {
  return { name, value, unit }
}
