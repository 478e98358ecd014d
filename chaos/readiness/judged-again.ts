import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { problemLines } from '../compare/run-seal.ts'
import { verifyAndDerive } from '../judge/verify.ts'
import { isVerdict, type Row, type RowVerdict, type Scorecard } from '../record/scorecard.ts'
import { BUNDLE } from '../seal/seal.ts'

/** What this build makes of a run's raw evidence, or why the run is no proof. */
export type JudgedAgain = { readonly scorecard: Scorecard } | { readonly why: string }

/** All that `aftershock verify` looks at: a run that it refuses proves nothing. */
export async function judgedAgain(runDir: string): Promise<JudgedAgain> {
  if (!existsSync(join(runDir, BUNDLE))) return { why: 'it is not sealed' }
  const { report, scorecard } = await verifyAndDerive(runDir)
  if (!report.ok) return { why: `it does not verify:${problemLines(report)}` }
  return scorecard === null ? { why: 'no verdict can be derived from its evidence' } : { scorecard }
}

/**
 * The rows of a run that another build may have sealed: each by the worse of what was sealed and what this build derives.
 * A row that this build no longer judges is open.
 */
export function rowsOfBoth(sealed: Scorecard, derived: Scorecard): readonly Row[] {
  const now = new Map(derived.rows.map(row => [row.dimension, row]))
  const before = new Set(sealed.rows.map(({ dimension }) => dimension))
  const both = sealed.rows.map((row): Row => {
    const again = now.get(row.dimension)
    if (row.verdict !== 'pass' || again?.verdict === 'pass') return row
    const verdict: RowVerdict = again && isVerdict(again.verdict) ? again.verdict : 'inconclusive'
    return { ...(again ?? row), verdict }
  })
  return [...both, ...derived.rows.filter(({ dimension }) => !before.has(dimension))]
}
