/**
 * Why a byte moved. `audit`: the tool read everything once more to audit it; no platform pays for that.
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
  'audit',
  'unattributed',
] as const
export type Cause = (typeof CAUSES)[number]

/** What a running platform pays for; the rest is the tool's own or not known. */
export const PLATFORM_CAUSES = CAUSES.filter(cause => cause !== 'audit' && cause !== 'unattributed')
