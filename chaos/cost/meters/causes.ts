import type { Measured } from '../../score/measurements.ts'
import type { RunFiles } from './run-files.ts'

/**
 * Why a byte moved. `audit`: the tool read everything once more to audit it; no platform pays for that.
 * `connector`: over the links of a run's own Connect worker; runs without one have no such cause.
 * `unattributed`: what the exact counters saw and the live ones missed (connections shorter than a sample).
 */
export const CAUSES = [
  'produce',
  'replicate',
  'consume',
  'replay',
  'recovery',
  'control',
  'object-store',
  'connector',
  'audit',
  'unattributed',
] as const
export type Cause = (typeof CAUSES)[number]

/** What a running platform pays for; the rest is the tool's own or not known. */
export const PLATFORM_CAUSES = CAUSES.filter(cause => cause !== 'audit' && cause !== 'unattributed')

/** What was measured of each; a connector's only in runs that have one. */
export type MeasuredByCause = Readonly<
  Record<Exclude<Cause, 'connector'>, Measured> & Partial<Record<'connector', Measured>>
>

export function hasConnector({ evidence }: Pick<RunFiles, 'evidence'>): boolean {
  return evidence.header.drill.connector !== undefined
}

/** One value for each cause that the run can have. */
export function measuredByCause(files: RunFiles, of: (cause: Cause) => Measured): MeasuredByCause {
  const causes = CAUSES.filter(cause => cause !== 'connector' || hasConnector(files))
  return Object.fromEntries(causes.map(cause => [cause, of(cause)])) as unknown as MeasuredByCause
}
