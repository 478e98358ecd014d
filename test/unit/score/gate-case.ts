import type { AuditFile } from '../../../chaos/record/audit-file.ts'
import { type Measured, notKnown } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import type { GateFile } from '../../../chaos/record/run-header.ts'

export type Plant = (measurements: Measurements, audit: AuditFile) => void
export interface Case {
  readonly limit: Partial<GateFile>
  /** What the good run lacks, as only some platforms have it. */
  readonly good?: Plant
  /** Makes the gate fail. */
  readonly fail: Plant
  /** Takes away what it rests on. */
  readonly lose: Plant
}

export const lost: Measured = notKnown('planted')
export const first = (measurements: Measurements) => measurements.faults[0] as Measurements['faults'][number]
export const set = (measured: Measured, value: number): Measured => ({ ...measured, value, why: null })
