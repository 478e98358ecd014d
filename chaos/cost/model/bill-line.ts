import type { LineName } from '../../record/cost-file.ts'
import type { PriceRow } from '../../record/price-row.ts'
import type { Usd } from '../units.ts'
import type { BillContext } from './bill-context.ts'

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
