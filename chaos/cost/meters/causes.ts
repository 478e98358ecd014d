import type { Measured } from '../../record/measured.ts'
import { CAUSES, type Cause, type MeasuredByCause } from '../../record/run-meters.ts'
import type { RunFiles } from './run-files.ts'

/** What a running platform pays for; the rest is the tool's own or not known. */
export const PLATFORM_CAUSES = CAUSES.filter(cause => cause !== 'audit' && cause !== 'unattributed')

export function hasConnector({ evidence }: Pick<RunFiles, 'evidence'>): boolean {
  return evidence.header.drill.connector !== undefined
}

/** One value for each cause that the run can have. */
export function measuredByCause(files: RunFiles, of: (cause: Cause) => Measured): MeasuredByCause {
  const causes = CAUSES.filter(cause => cause !== 'connector' || hasConnector(files))
  return Object.fromEntries(causes.map(cause => [cause, of(cause)])) as unknown as MeasuredByCause
}
