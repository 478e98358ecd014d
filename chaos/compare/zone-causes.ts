import { inZones, OWN_CAUSES } from '../cost/meters/causes.ts'
import { CAUSES, type Cause } from '../record/run-meters.ts'
import type { ZoneMatrix } from './comparison.ts'

/** Every cause of bytes between zones: first what a platform pays for, then the tool's own and what is not known. */
export const ZONE_CAUSES: readonly Cause[] = [
  ...OWN_CAUSES,
  ...CAUSES.filter(cause => inZones(cause) && !OWN_CAUSES.includes(cause)),
]

export const isPlatformCause = (cause: Cause): boolean => OWN_CAUSES.includes(cause)

/** In the order of `ZONE_CAUSES`, those that the runs can have: without a connector there is none of its bytes. */
export function causesIn(matrices: readonly (ZoneMatrix | undefined)[]): Cause[] {
  const had = new Set(matrices.flatMap(matrix => matrix?.causes ?? []).map(({ cause }) => cause))
  return ZONE_CAUSES.filter(cause => had.has(cause))
}
