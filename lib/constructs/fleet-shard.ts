import type { Zone } from '../network-stack.ts'

/** A part of the fleet that runs in one place: always the same devices, wherever it is started again. */
export interface FleetShard {
  readonly name: string
  readonly zone: Zone
  /** Of all that it stores, in the bucket of the evidence. */
  readonly evidencePrefix: string
  readonly index: number
  readonly count: number
  readonly devices: number
  readonly settings: Readonly<Record<string, string>>
}
