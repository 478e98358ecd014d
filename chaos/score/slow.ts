import { formatDuration } from '../core/units.ts'
import type { Evidence } from './evidence.ts'
import { phaseLatency } from './latency.ts'
import type { Measurements } from '../record/measurements.ts'
import type { RunTimeline } from './timeline.ts'

/**
 * Without a limit in the drill, slow is what a platform is not when nothing is broken: three times its own p99 of
 * before the first fault. No less than a second, which nobody's devices notice; and no more than five, so that a
 * baseline that is broken itself excuses nothing.
 */
export const SLOW = { timesBaselineP99: 3, leastMs: 1000, mostMs: 5000 } as const

export type SlowMeasurement = NonNullable<Measurements['slow']>

/** What counts as slow in this run, where that comes from, and what speaks against judging by it. */
export function measureSlow({ header, sends }: Evidence, { steady }: RunTimeline): SlowMeasurement {
  const quiet = steady ? phaseLatency(sends, steady) : null
  const baselineP99Ms = quiet?.p99Ms ?? null
  const given = header.drill.slowAfterMs
  const isFloor = quiet?.p99IsAtLeast === true
  const p99 =
    baselineP99Ms === null ? null : `p99 was ${isFloor ? 'at least ' : ''}${formatDuration(baselineP99Ms)}`
  if (given !== undefined) {
    const unmet = p99 !== null && baselineP99Ms !== null && baselineP99Ms > given
    return {
      ms: given,
      source: 'drill',
      baselineP99Ms,
      doubt: unmet
        ? `${p99} before anything was broken: the steady state itself does not meet the ${formatDuration(given)} of slowAfterMs`
        : null,
    }
  }
  if (p99 === null || baselineP99Ms === null) {
    const doubt = 'there was no quiet part before the first fault that could tell what is slow'
    return { ms: SLOW.leastMs, source: 'floor', baselineP99Ms: null, doubt }
  }
  const own = SLOW.timesBaselineP99 * baselineP99Ms
  return {
    ms: Math.min(SLOW.mostMs, Math.max(SLOW.leastMs, own)),
    source: own < SLOW.leastMs ? 'floor' : own > SLOW.mostMs ? 'cap' : 'baseline',
    baselineP99Ms,
    doubt:
      own > SLOW.mostMs || isFloor
        ? `the baseline itself was not well served: ${p99} before anything was broken, and slow is ${formatDuration(SLOW.mostMs)} at most`
        : null,
  }
}

/** For a reader: `1.53 s (3 times the quiet baseline’s p99 of 508 ms)`. */
export function slowWords({ slow, slowAfterMs }: Pick<Measurements, 'slow' | 'slowAfterMs'>): string {
  const ms = formatDuration(slowAfterMs)
  if (!slow || slow.source === 'drill') return `${ms} (as the drill says)`
  const baseline = slow.baselineP99Ms === null ? 'not known' : formatDuration(slow.baselineP99Ms)
  const times = `${SLOW.timesBaselineP99} times the quiet baseline’s p99 of ${baseline}`
  if (slow.source === 'baseline') return `${ms} (${times})`
  return `${ms} (the ${slow.source === 'floor' ? 'least' : 'most'} that counts; the quiet baseline’s p99 was ${baseline})`
}
