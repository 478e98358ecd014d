import type { PlatformName } from '../platforms/index.ts'
import type { RunMeters } from '../record/run-meters.ts'
import type { AuditFile } from '../record/audit-file.ts'
import type { Measurements } from '../record/measurements.ts'
import type { PlatformSoftware } from '../record/platform-software.ts'
import type { HeaderFile } from '../record/run-header.ts'
import type { Scorecard } from '../record/scorecard.ts'
import type { Evidence } from '../score/evidence.ts'
import type { Configuration } from './configuration.ts'
import type { MachineLoad } from './machine-load.ts'
import type { RunSeal } from './run-seal.ts'

/** One run of a comparison, as far as it was judged. */
export interface RunFolder {
  /** Absolute. */
  readonly path: string
  readonly platform: PlatformName
  /** null where the run does not say it. */
  readonly version: string | null
  readonly software: PlatformSoftware
  readonly header: HeaderFile
  /** null when it was not judged; `why` says why. */
  readonly judged: JudgedRun | null
  readonly why: string | null
  readonly bundleSha256: string | null
  readonly seal: RunSeal
  /** null: it did not keep what it was configured with, as older versions did not. */
  readonly configuration: Configuration | null
  /** Of its journal: no two runs have the same. */
  readonly journalSha256: string | null
}

export interface JudgedRun {
  readonly measurements: Measurements
  readonly scorecard: Scorecard
  readonly audit: AuditFile | null
  readonly evidence: Pick<Evidence, 'journal' | 'fleet' | 'consumers' | 'objectStore'>
  readonly meters: RunMeters
  /** null: it was not sampled. */
  readonly machineLoad: MachineLoad | null
}
