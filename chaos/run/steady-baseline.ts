import type { Clock } from '../core/clock.ts'
import { describeComparison, type Drill, type ProbeCondition } from '../core/drill.ts'
import type { BaselineReading, JournalEvent } from '../record/journal-events.ts'
import type { LiveState } from './live-state.ts'

/** How long a platform is watched before its steady state is judged by what it had then. */
const BASELINE_MS = 10_000
const LEAST_SAMPLES = 5
/** Faster than this is good enough whatever the baseline was: its multiples would be the machine's noise. */
const GOOD_ENOUGH_MS = 500
/** However slow the baseline was, this is not well: else a broken one would make everything pass. */
const NEVER_ABOVE_MS = 5000

/** Measures and journals it, where the drill's steady state is judged by it; else there is none. */
export async function openBaseline(run: {
  readonly drill: Drill
  readonly live: LiveState
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly journal: { append(event: JournalEvent): unknown }
  readonly watch: { progress(line: string): void }
}): Promise<readonly BaselineReading[]> {
  const { drill, live, journal, watch } = run
  if (!drill.steadyState.some(condition => condition.atMostTimesBaseline !== undefined)) return []
  watch.progress(`measuring the baseline for ${BASELINE_MS / 1000} s`)
  const probes = await measureBaseline(drill.steadyState, live, run)
  journal.append({ kind: 'baseline', forMs: BASELINE_MS, probes })
  return probes
}

/** The median over the samples of each probe that a condition measures by its baseline. */
export async function measureBaseline(
  conditions: readonly ProbeCondition[],
  live: LiveState,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<BaselineReading[]> {
  const relative = conditions.filter(({ atMostTimesBaseline }) => atMostTimesBaseline !== undefined)
  const seen = new Map(relative.map(({ probe }) => [probe, [] as number[]] as const))
  const start = clock.now()
  let sampledAt = live.fleet?.t
  while (clock.now() - start < BASELINE_MS) {
    await clock.sleep(100, signal)
    const { fleet } = live
    if (fleet === undefined || fleet.t === sampledAt) continue
    sampledAt = fleet.t
    for (const [probe, values] of seen) {
      const value = live.read(probe, clock.now())
      if (value !== null) values.push(value)
    }
  }
  return [...seen].map(([probe, values]) => ({ probe, value: median(values), samples: values.length }))
}

function median(values: readonly number[]): number | null {
  if (values.length < LEAST_SAMPLES) return null
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null
}

/** A condition with the limit that its baseline gives it, and how that reads. */
export interface ResolvedCondition {
  readonly condition: ProbeCondition
  /** false: nobody can tell, because its baseline is not known. */
  readonly isKnown: boolean
  readonly limit?: number
  readonly words: string
}

export function resolveCondition(
  condition: ProbeCondition,
  baseline: readonly BaselineReading[],
): ResolvedCondition {
  const { atMostTimesBaseline: times, forSeconds, probe } = condition
  const held = forSeconds === 0 ? '' : ` for ${forSeconds} s`
  if (times === undefined)
    return { condition, isKnown: true, words: `${describeComparison(condition)}${held}` }
  const cap = condition.atMost ?? NEVER_ABOVE_MS
  const least = Math.min(GOOD_ENOUGH_MS, cap)
  const own = baseline.find(reading => reading.probe === probe)?.value ?? null
  const rule = `${times} times the baseline, from ${least} to ${cap}`
  if (own === null) return { condition, isKnown: false, words: `at most ${rule}, which is not known,${held}` }
  const limit = Math.min(cap, Math.max(least, times * own))
  return {
    condition: { probe, forSeconds, atMost: limit },
    isKnown: true,
    limit,
    words: `at most ${limit} (${rule}; the baseline was ${own})${held}`,
  }
}
