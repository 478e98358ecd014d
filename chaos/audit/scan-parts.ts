import type { Attempts } from './attempts.ts'
import type { Catalog } from './catalog.ts'
import type { Findings } from './findings.ts'
import type { OffsetMap } from './offset-map.ts'
import type { Counts } from '../record/audit-file.ts'
import type { ValueTable } from './value-table.ts'
import type { WrongFirmware } from './wrong-firmware.ts'

/** How far the witness's word goes in a partition. */
export interface Reach {
  /** Below this, retention may have removed what was there. */
  readonly low: number
  /** Below this, and not below `low`, it removed what was there after `low` was asked for; null where nobody asked again. */
  readonly lowAfter: number | null
  /** Up to here, this included, everything that is accountable must have been read. */
  readonly upTo: number
}

/** Where the log began, by the last word that there is. */
export const startOf = ({ low, lowAfter }: Pick<Reach, 'low' | 'lowAfter'>): number =>
  Math.max(low, lowAfter ?? low)

/** What every scan of an audit looks at. */
export interface ScanParts {
  readonly catalog: Catalog
  readonly kind: 'open' | 'run'
  readonly values: ValueTable
  readonly offsets: OffsetMap
  readonly findings: Findings
  readonly counts: readonly Counts[]
  readonly attempts: Attempts
  /** How many more copies of a record its device meant. */
  readonly meant: ReadonlyMap<number, number>
  /** What wrong firmware did to records. */
  readonly firmware: WrongFirmware
  /** Sent to another cluster too, from which a mirror copies into this one. */
  readonly elsewhere: ReadonlySet<number>
  readonly reach: (partition: number) => Reach
}

/** Where a value stands. */
export interface Position {
  readonly partition: number
  readonly offset: number
  /** Read there by the witness, not only claimed by a sender. */
  readonly seen: boolean
}
export type Positions = ReadonlyMap<number, readonly Position[]>
