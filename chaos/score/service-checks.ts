import { clockTime, list, plural } from '../core/numbers.ts'
import { formatDuration } from '../core/units.ts'
import { troublesOf } from './evidence-quality.ts'
import type { GateFile } from '../record/run-header.ts'
import { BOTTLENECK_LOOP_DELAY_MS } from './fleet-load.ts'
import { crowdedWords } from './machine-pressure.ts'
import type { Measurements } from '../record/measurements.ts'
import type { Check } from '../record/scorecard.ts'
import type { TroubledStretch } from '../record/service-measurement.ts'

export const CHECK_BASE = { subject: null, value: null, unit: '', why: null, proof: [] }

/** Measurements of before this was looked at. */
const OLD = 'it was measured before this was looked at: score it again'
/** More names than this are counted and not listed. */
const NAMED = 3

/**
 * Records that never arrived are no loss of what was acknowledged, and nobody else counts them. Those that
 * devices gave up are judged here unless the drill has a gate of its own for them.
 */
/**
 * What still waits when the time for draining is over may only have needed longer, on a machine that was asked too much.
 * What was thrown away or given up is gone, however busy the machine was.
 */
export function deliveredCheck({ service, fleet, machine }: Measurements, gates: readonly GateFile[]): Check {
  const isGated = (name: GateFile['gate']) => gates.some(({ gate }) => gate === name)
  const left = service?.leftAtEdge
  const parts = [
    { of: left?.value ?? null, words: 'still at the edge after the fleet was drained' },
    ...(isGated('edge-dropped-records')
      ? []
      : [{ of: fleet.dropped.value, words: 'thrown away by full edge buffers' }]),
    // Runs from before it was looked at gave up nothing: devices sent again what was refused.
    ...(isGated('refused-records') || !fleet.refused
      ? []
      : [{ of: fleet.refused.value, words: 'given up because brokers refused them' }]),
  ]
  const least = parts.reduce((sum, { of }) => sum + (of ?? 0), 0)
  const whole = parts.every(({ of }) => of !== null)
  const told = parts.flatMap(({ of, words }) => (of ? [`${plural(of, 'record')} ${words}`] : []))
  const missing = service ? (left?.why ?? fleet.dropped.why) : OLD
  const onlyWaits = least > 0 && least === (left?.value ?? 0)
  const crowded = onlyWaits ? crowdedWords(machine, 's') : null
  const failed = least > 0 && crowded === null
  return {
    ...CHECK_BASE,
    check: 'all-delivered',
    what: 'records of devices that no broker ever acknowledged',
    expected: 'none: nothing is left at the edge, nothing given up',
    value: whole ? least : null,
    shown: least > 0 ? plural(least, 'record') : whole ? 'none' : 'not known',
    verdict: failed ? 'fail' : whole && least === 0 ? 'pass' : 'inconclusive',
    why:
      told.length > 0 ? [list(told), crowded].filter(Boolean).join('; ') : whole ? null : (missing ?? null),
    proof: [
      { file: 'measurements.json', selector: '/service/leftAtEdge/value', value: left?.value ?? null },
      ...(left?.from ?? []),
    ],
  }
}

export function serviceChecks(measurements: Measurements): Check[] {
  const { service } = measurements
  const check = (name: string, what: string, expected: string, key: 'unexplained' | 'neverBack'): Check => {
    const stretches = service?.[key] ?? []
    const longestMs = Math.max(0, ...stretches.map(({ fromMs, toMs }) => toMs - fromMs))
    const doubt = doubtOf(measurements, stretches)
    const found = stretches.length > 0
    return {
      ...CHECK_BASE,
      check: name,
      what,
      expected,
      value: longestMs / 1000,
      unit: 's',
      shown: found ? formatDuration(longestMs) : doubt === null ? 'none' : 'not known',
      verdict: doubt !== null ? 'inconclusive' : found ? 'fail' : 'pass',
      why:
        [found ? stretchWords(stretches, service?.zeroMs ?? 0) : null, doubt].filter(Boolean).join('; ') ||
        null,
      proof: [{ file: 'measurements.json', selector: `/service/${key}`, value: stretches.length }],
    }
  }
  return [
    check(
      'outside-faults',
      'the longest time without service that no fault and no replay explains',
      'less than 3 s',
      'unexplained',
    ),
    check(
      'served-to-the-end',
      'without service to the end of the run, on partitions that never came back',
      'none',
      'neverBack',
    ),
  ]
}

/** Why neither a pass nor a failure would be certain. */
function doubtOf(
  { service, evidence, endsAt, machine }: Measurements,
  stretches: readonly TroubledStretch[],
): string | null {
  if (!service) return OLD
  if (service.zeroMs === null) return 'the timeline never began'
  if (endsAt === null) return 'the journal does not say when the fleet stopped'
  const [trouble] = troublesOf(evidence.troubles, 'second-outage-seconds')
  // A history that is cut off looks like sends that nobody ever answered; a run that was aborted has seen what it saw.
  const isCertain = stretches.length > 0 && trouble?.effect === 'partial' && trouble.gates.length === 0
  if (trouble && !isCertain) return `${trouble.what}: ${trouble.detail}`
  const crowded = stretches.length > 0 ? crowdedWords(machine, 's') : null
  if (crowded !== null) return crowded
  const late = stretches.map(({ loopDelayMs }) => loopDelayMs ?? 0)
  // A tool that stood still itself can have made every one of them.
  const all =
    stretches.length > 0 && stretches.every((one, index) => (late[index] ?? 0) >= (one.toMs - one.fromMs) / 2)
  return all
    ? `the load generator itself stood still for up to ${formatDuration(Math.max(...late))} (limit ${formatDuration(BOTTLENECK_LOOP_DELAY_MS)})`
    : null
}

/** `telemetry (6 partitions) for up to 100 s, from 0:15 to 1:55 (240 attempts failed)`, by topic, the longest first. */
function stretchWords(stretches: readonly TroubledStretch[], zeroMs: number): string {
  const byTopic = new Map<string, TroubledStretch[]>()
  for (const one of stretches) {
    const topic = one.partition.slice(0, one.partition.lastIndexOf('/'))
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), one])
  }
  const length = (one: TroubledStretch) => one.toMs - one.fromMs
  const topics = [...byTopic]
    .map(([topic, own]) => ({ topic, own, longest: Math.max(...own.map(length)) }))
    .toSorted((a, b) => b.longest - a.longest)
  const words = topics.slice(0, NAMED).map(({ topic, own, longest }) => {
    const partitions = [...new Set(own.map(({ partition }) => partition))]
    const failed = own.reduce((sum, one) => sum + one.failedAttempts, 0)
    const from = clockTime(Math.min(...own.map(({ fromMs }) => fromMs)) - zeroMs)
    const to = clockTime(Math.max(...own.map(({ toMs }) => toMs)) - zeroMs)
    const which = partitions.length === 1 ? partitions[0] : `${topic} (${partitions.length} partitions)`
    const end = own.some(({ open }) => open) ? ', the end of the load' : ''
    return `${which} for up to ${formatDuration(longest)}, from ${from} to ${to}${end} (${plural(failed, 'attempt')} failed)`
  })
  const more = topics.length - words.length
  return list([...words, ...(more > 0 ? [plural(more, 'more topic')] : [])])
}

export function partitionWords(partitions: readonly string[]): string {
  const named = partitions.slice(0, NAMED)
  const more = partitions.length - named.length
  return list([...named, ...(more > 0 ? [`${more} more`] : [])])
}
