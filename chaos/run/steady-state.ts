import type { Clock } from '../core/clock.ts'
import { compare, type ProbeCondition } from '../core/drill.ts'
import type { BaselineReading, ProbeResult } from '../record/journal-events.ts'
import { combineVerdicts, type Verdict } from '../core/verdict.ts'
import type { LiveState } from './live-state.ts'
import { type ResolvedCondition, resolveCondition } from './steady-baseline.ts'

export interface SteadyState {
  readonly verdict: Verdict
  readonly probes: readonly ProbeResult[]
}

/**
 * What acknowledgements never tell: a topic that refuses everything has none, and percentiles do not miss it. What
 * waits for longer than this is not served, on any platform.
 */
const EVERYBODY_SERVED: ProbeCondition = { probe: 'waiting-longest-ms', atMost: 5000, forSeconds: 0 }

/**
 * Watches until every condition has held, all at once, for as long as it must, or until the deadline. A
 * condition whose probe has no fresh value does not hold. Resolves in either case, with what was seen last.
 */
export async function watchSteadyState(
  conditions: readonly ProbeCondition[],
  live: LiveState,
  options: {
    readonly clock: Clock
    readonly deadlineMs: number
    readonly signal?: AbortSignal
    /** For conditions that are relative to it. @default none was measured */
    readonly baseline?: readonly BaselineReading[]
  },
): Promise<SteadyState> {
  const { clock, deadlineMs, signal, baseline = [] } = options
  const start = clock.now()
  const asked = conditions.map(condition => resolveCondition(condition, baseline))
  const served = resolveCondition(EVERYBODY_SERVED, [])
  const holdsSince = new Map<ResolvedCondition, number>()
  for (;;) {
    signal?.throwIfAborted()
    const now = clock.now()
    // A fleet that does not tell what waits is judged by what it tells.
    const resolved = live.fleet?.waiting === undefined ? asked : [...asked, served]
    for (const one of resolved) {
      const value = live.read(one.condition.probe, now)
      if (!one.isKnown || value === null || !compare(one.condition, value)) holdsSince.delete(one)
      else if (!holdsSince.has(one)) holdsSince.set(one, now)
    }
    const results = resolved.map(one => resultOf(one, live, now, holdsSince.get(one)))
    const verdict = combineVerdicts(results.map(result => result.holds))
    if (verdict === 'pass' || now - start >= deadlineMs) return { verdict, probes: results }
    await clock.sleep(100, signal)
  }
}

function resultOf(
  { condition, isKnown, limit, words }: ResolvedCondition,
  live: LiveState,
  now: number,
  since: number | undefined,
): ProbeResult {
  const value = live.read(condition.probe, now)
  const held = since !== undefined && now - since >= condition.forSeconds * 1000
  return {
    probe: condition.probe,
    value,
    holds: held ? 'pass' : value === null || !isKnown ? 'inconclusive' : 'fail',
    expected: words,
    ...(limit !== undefined && { limit }),
  }
}
