import { PLATFORM_CAUSES } from '../cost/meters/causes.ts'
import { CAUSES, type Cause, type MeasuredByCause } from '../record/run-meters.ts'
import type { Measured } from '../record/measured.ts'
import type { ZoneMatrix } from './comparison.ts'

/** The store is in no zone: its bytes stand beside the matrix. */
const inZones = (cause: Cause): boolean => cause !== 'object-store'
const OWN: readonly Cause[] = PLATFORM_CAUSES.filter(inZones)

/** Every cause of bytes between zones: first what a platform pays for, then the tool's own and what is not known. */
export const ZONE_CAUSES: readonly Cause[] = [
  ...OWN,
  ...CAUSES.filter(cause => inZones(cause) && !OWN.includes(cause)),
]

export const isPlatformCause = (cause: Cause): boolean => OWN.includes(cause)

/** What the platform itself moved. One cause that is not known makes the sum unknown. */
export function platformBytes(byCause: MeasuredByCause): Measured {
  return sumOf(OWN.flatMap(cause => byCause[cause] ?? []))
}

/** In the order of `ZONE_CAUSES`, those that the runs can have: without a connector there is none of its bytes. */
export function causesIn(matrices: readonly (ZoneMatrix | undefined)[]): Cause[] {
  const had = new Set(matrices.flatMap(matrix => matrix?.causes ?? []).map(({ cause }) => cause))
  return ZONE_CAUSES.filter(cause => had.has(cause))
}

/** One unknown part makes the sum unknown. */
export function sumOf(parts: readonly Measured[]): Measured {
  const unknown = parts.find(part => part.value === null)
  if (unknown) return unknown
  if (parts.length === 0) return { value: null, why: 'nothing was counted', from: [] }
  return { value: parts.reduce((sum, part) => sum + (part.value ?? 0), 0), why: null, from: [] }
}
