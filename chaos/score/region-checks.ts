import type { Measurements } from '../record/measurements.ts'
import type { Check } from '../record/scorecard.ts'
import { CHECK_BASE } from './service-checks.ts'

export const REGION_LOSS = 'region-loss'

/** A step that cannot be completed is a failure that names it; one that was never taken is one too. */
export function regionChecks({ regions }: Measurements): Check[] {
  const failOver = regions?.failOver
  if (!regions || !failOver) return []
  const { id, ok, startedAt, finishedAt, line } = failOver
  const mine = regions.steps.filter(step => step.id === id)
  const failed = mine.find(step => !step.ok)
  const why = failed
    ? `the step ${failed.step} was not completed: ${failed.proof}`
    : ok === false
      ? 'it was not completed, and the journal names no step'
      : null
  return [
    {
      ...CHECK_BASE,
      check: 'failed-over',
      subject: id,
      what: 'devices and consumers went to region b, step by step',
      expected: 'every step completed',
      shown:
        ok === null
          ? 'not known'
          : ok
            ? `${mine.length} steps in ${(((finishedAt ?? startedAt) - startedAt) / 1000).toFixed(1)} s`
            : `stopped at ${failed?.step ?? 'an unknown step'}`,
      verdict: ok === null ? 'inconclusive' : ok ? 'pass' : 'fail',
      why: ok === null ? 'the journal does not say how it ended' : why,
      proof: mine
        .map(step => ({
          file: 'journal.jsonl',
          selector: `line ${step.line}`,
          value: `${step.step}: ${step.ok ? 'done' : 'not done'}`,
        }))
        .concat(
          mine.length > 0 ? [] : [{ file: 'journal.jsonl', selector: `line ${line}`, value: 'no step' }],
        ),
    },
  ]
}
