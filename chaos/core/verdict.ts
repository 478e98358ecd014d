import { z } from 'zod'

/**
 * Three values, as in Jepsen's checkers: a check passes, fails, or could not tell. Missing, stale or
 * partial evidence is `inconclusive`, never `pass`.
 */
export const verdictSchema = z.enum(['pass', 'fail', 'inconclusive'])
export type Verdict = z.output<typeof verdictSchema>

/** The verdict over several: one failure fails; else one unknown makes it unknown; nothing is unknown. */
export function combineVerdicts(verdicts: Iterable<Verdict>): Verdict {
  let combined: Verdict | undefined
  for (const verdict of verdicts) {
    if (verdict === 'fail') return 'fail'
    combined = combined === 'inconclusive' ? combined : verdict
  }
  return combined ?? 'inconclusive'
}
