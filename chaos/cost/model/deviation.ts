import type { CrossingRatios, RunMeters } from '../../record/run-meters.ts'
import { known, type Measured } from '../../record/measured.ts'
import type { Workload } from '../workload.ts'
import { type Crossings, leastCrossings, type MeasuredCrossings, theoreticalCrossings } from './crossings.ts'
import { DEFAULT_PLATFORM, type PlatformName, isPlatformName } from '../../platforms/index.ts'

/** More than this from the usual formula is shown as a deviation. */
export const DEVIATION_LIMIT_PERCENT = 10

export const BETWEEN_REGIONS = 'between-regions'

/** A measured ratio beside what theory says of the place where it was measured. */
export interface Deviation {
  readonly ratio: keyof Crossings | typeof BETWEEN_REGIONS
  readonly per: 'ingested byte' | 'read byte'
  readonly measured: Measured
  readonly formula: number
  readonly least: number
  /** Of the measured from the formula; null when one of them is not known, or the formula says none. */
  readonly percent: number | null
  readonly verdict: 'within' | 'explained' | 'flagged' | 'unknown'
  readonly why: string
}

/**
 * The platform of a run in terms of the model; null when the model does not know it, and of a stand-in: what
 * that did is nothing of the product whose bill it would be. Nor is it known of a run on AutoMQ that does not
 * say what it was made of: before that was said, there was one platform.
 */
export function modelledPlatform(meters: Pick<RunMeters, 'platform' | 'software'>): PlatformName | null {
  const { platform, software } = meters
  const isProven = software === null ? platform === DEFAULT_PLATFORM : software.kind !== 'stand-in'
  return isProven && isPlatformName(platform) ? platform : null
}

/**
 * How the lab's clients are placed: gateways in every zone, records keyed by device, readers that do not look for
 * a near replica.
 */
export function runPlacement(
  meters: Pick<RunMeters, 'zones' | 'replicas'>,
): Pick<Workload, 'zones' | 'replicas' | 'rackAwareClients' | 'zoneLocalProduce'> {
  return {
    zones: meters.zones.length,
    replicas: meters.replicas ?? 3,
    rackAwareClients: false,
    zoneLocalProduce: false,
  }
}

export function deviations(meters: RunMeters): (Deviation & { readonly ratio: keyof Crossings })[] {
  const platform = modelledPlatform(meters)
  if (platform === null) return []
  const formula = theoreticalCrossings(platform, runPlacement(meters))
  const least = leastCrossings(platform, runPlacement(meters))
  return (['produce', 'replicate', 'consume', 'replay'] as const).map(ratio => ({
    ratio,
    per: ratio === 'produce' || ratio === 'replicate' ? 'ingested byte' : 'read byte',
    measured: meters.ratios[ratio],
    formula: formula[ratio],
    least: least[ratio],
    ...judge(ratio, formula[ratio], meters.ratios),
  }))
}

/**
 * Bytes between the regions of a run for each byte that region a acknowledged, beside what the workload declares. A run
 * whose workload declares no second region is held against one plain copy. null: the run has one region.
 */
export function deviationBetweenRegions(
  meters: Pick<RunMeters, 'ingest' | 'interRegionBytes'>,
  { secondRegion }: Pick<Workload, 'secondRegion'>,
): Deviation | null {
  const measured = bytesBetween(meters)
  if (measured === null) return null
  const formula = secondRegion?.bytesPerIngestedByte ?? 1
  const about = { ratio: BETWEEN_REGIONS, per: 'ingested byte', measured, formula, least: 1 } as const
  if (measured.value === null)
    return { ...about, percent: null, verdict: 'unknown', why: measured.why ?? 'not measured' }
  const whose = secondRegion ? 'what the workload declares' : 'one copy'
  if (formula === 0)
    return {
      ...about,
      percent: null,
      verdict: 'flagged',
      why: 'the workload declares that nothing goes there',
    }
  const percent = (measured.value / formula - 1) * 100
  return Math.abs(percent) <= DEVIATION_LIMIT_PERCENT
    ? { ...about, percent, verdict: 'within', why: `within ${DEVIATION_LIMIT_PERCENT}% of ${whose}` }
    : {
        ...about,
        percent,
        verdict: 'flagged',
        why: `${signed(percent)} from ${whose}: the bill “as measured” has what went over the links, with heads of batches, requests and the mirror’s own records`,
      }
}

/** null: the run has one region. */
function bytesBetween({
  ingest,
  interRegionBytes: moved,
}: Pick<RunMeters, 'ingest' | 'interRegionBytes'>): Measured | null {
  if (!moved) return null
  if (moved.value === null) return moved
  const { bytes } = ingest
  if (!bytes.value) return { value: null, why: bytes.why ?? 'nothing was acknowledged', from: bytes.from }
  return known(moved.value / bytes.value, ...moved.from, ...bytes.from)
}

type Judgement = Pick<Deviation, 'percent' | 'verdict' | 'why'>

function judge(ratio: keyof Crossings, formula: number, ratios: CrossingRatios): Judgement {
  const measured = ratios[ratio]
  if (measured.value === null)
    return { percent: null, verdict: 'unknown', why: measured.why ?? 'not measured' }
  if (formula === 0) {
    return measured.value < DEVIATION_LIMIT_PERCENT / 100
      ? { percent: null, verdict: 'within', why: 'the formula says none, and next to none was measured' }
      : { percent: null, verdict: 'flagged', why: 'the formula says that none crosses' }
  }
  const percent = (measured.value / formula - 1) * 100
  if (Math.abs(percent) <= DEVIATION_LIMIT_PERCENT)
    return { percent, verdict: 'within', why: `within ${DEVIATION_LIMIT_PERCENT}% of the formula` }
  // Followers fetch what consumers fetch, batch headers and all; they have no link inside a zone to compare with.
  const client = ratio === 'replicate' ? 'consume' : ratio
  const wire = ratios.wire[client]
  const atMost = ratios.wireAtMost[client]
  if (wire.value === null)
    return { percent, verdict: 'flagged', why: 'what the protocol adds to a byte was not measured' }
  // What is left when the protocol is taken out: where clients and leaders were, or how many copies were made.
  const left = (measured.value / wire.value / formula - 1) * 100
  const protocol = protocolWords(ratio, wire.value, ratios)
  const beyond = beyondProtocol(wire.value, atMost)
  if (beyond !== null) return { percent, verdict: 'flagged', why: `${protocol}; ${beyond}` }
  const bound = `heads of requests of that size make it ${atMost.value?.toFixed(2)} at most`
  return Math.abs(left) <= DEVIATION_LIMIT_PERCENT
    ? {
        percent,
        verdict: 'explained',
        why: `${protocol}; ${bound}; without them it is ${signed(left)} from the formula`,
      }
    : {
        percent,
        verdict: 'flagged',
        why: `${protocol}; ${bound}; that leaves ${signed(left)}, which nothing measured explains`,
      }
}

/** Why what a byte took cannot be protocol; null when it can. Samples that lie across the span's ends blur it a little. */
function beyondProtocol(wire: number, atMost: Measured): string | null {
  const tolerance = 1 + DEVIATION_LIMIT_PERCENT / 100
  if (atMost.value === null)
    return `how much of that is protocol is not known: ${atMost.why ?? 'requests were not counted'}`
  if (wire > atMost.value * tolerance)
    return `heads of requests of that size make it ${atMost.value.toFixed(2)} at most: something was sent more than once, or records were counted wrongly`
  return wire * tolerance < 1 ? 'a byte cannot take less than one: records were counted wrongly' : null
}

function protocolWords(
  ratio: keyof Crossings,
  wire: number,
  { share, recordsPerRequest }: CrossingRatios,
): string {
  const batch =
    recordsPerRequest.value === null ? '' : `, at ${recordsPerRequest.value.toFixed(1)} records a request`
  if (ratio === 'replicate') return `a byte took ${wire.toFixed(2)} on its way to a consumer${batch}`
  const crossed = share[ratio].value
  const part = crossed === null ? '' : `, of which ${(crossed * 100).toFixed(1)}% crossed`
  return `a byte took ${wire.toFixed(2)} on the wire${batch}${part}`
}

function signed(percent: number): string {
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)}%`
}

/**
 * The formula for a workload, each part times what the run measured over what the formula says of the lab: the
 * placement is the workload's, the protocol's share is the run's. A part that was not measured stays the formula's.
 */
export function measuredCrossings(meters: RunMeters, workload: Workload): MeasuredCrossings | null {
  const platform = modelledPlatform(meters)
  if (platform === null) return null
  const lab = theoreticalCrossings(platform, runPlacement(meters))
  const stated = theoreticalCrossings(platform, workload)
  const scaled = (ratio: keyof Crossings): number => {
    const measured = meters.ratios[ratio].value
    return measured === null || lab[ratio] === 0 ? stated[ratio] : (stated[ratio] * measured) / lab[ratio]
  }
  const between = bytesBetween(meters)?.value ?? null
  return {
    produce: scaled('produce'),
    replicate: scaled('replicate'),
    consume: scaled('consume'),
    replay: scaled('replay'),
    ...(between !== null && { betweenRegions: between }),
  }
}
