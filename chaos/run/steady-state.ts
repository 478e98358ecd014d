import type { Clock } from '../core/clock.ts'
import { compare, describeComparison, type ProbeCondition } from '../core/drill.ts'
import type { ProbeResult } from '../core/journal-events.ts'
import { combineVerdicts, type Verdict } from '../core/verdict.ts'
import type { LiveState } from './live-state.ts'

export interface SteadyState {
  readonly verdict: Verdict
  readonly probes: readonly ProbeResult[]
}

/**
 * Watches until every condition has held, all at once, for as long as it must, or until the deadline. A
 * condition whose probe has no fresh value does not hold. Resolves in either case, with what was seen last.
 */
export async function watchSteadyState(
  conditions: readonly ProbeCondition[],
  live: LiveState,
  options: { readonly clock: Clock; readonly deadlineMs: number; readonly signal?: AbortSignal },
): Promise<SteadyState> {
  const { clock, deadlineMs, signal } = options
  const start = clock.now()
  const holdsSince = new Map<ProbeCondition, number>()
  for (;;) {
    signal?.throwIfAborted()
    const now = clock.now()
    for (const condition of conditions) {
      const value = live.read(condition.probe, now)
      if (value === null || !compare(condition, value)) holdsSince.delete(condition)
      else if (!holdsSince.has(condition)) holdsSince.set(condition, now)
    }
    const results = conditions.map(condition => resultOf(condition, live, now, holdsSince.get(condition)))
    const verdict = combineVerdicts(results.map(result => result.holds))
    if (verdict === 'pass' || now - start >= deadlineMs) return { verdict, probes: results }
    await clock.sleep(100, signal)
  }
}

function resultOf(
  condition: ProbeCondition,
  live: LiveState,
  now: number,
  since: number | undefined,
): ProbeResult {
  const value = live.read(condition.probe, now)
  const held = since !== undefined && now - since >= condition.forSeconds * 1000
  return {
    probe: condition.probe,
    value,
    holds: held ? 'pass' : value === null ? 'inconclusive' : 'fail',
    expected: `${describeComparison(condition)} for ${condition.forSeconds} s`,
  }
}
