/**
 * Three values, as in Jepsen's checkers: a check passes, fails, or could not tell. Missing, stale or
 * partial evidence is `inconclusive`, never `pass`.
 */
export type Verdict = 'pass' | 'fail' | 'inconclusive'

/** The verdict over several: one failure fails; else one unknown makes it unknown; nothing is unknown. */
export function combineVerdicts(verdicts: Iterable<Verdict>): Verdict {
  let combined: Verdict | undefined
  for (const verdict of verdicts) {
    if (verdict === 'fail') return 'fail'
    combined = combined === 'inconclusive' ? combined : verdict
  }
  return combined ?? 'inconclusive'
}
