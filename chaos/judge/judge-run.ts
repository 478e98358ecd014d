import { auditRun } from '../audit/audit-run.ts'
import { loadInputs, type Pricing, priceRun } from '../cost/write-cost.ts'
import { type SealReport, sealRun } from '../seal/seal.ts'
import { scoreRun } from '../score/score.ts'
import type { Scorecard } from '../record/scorecard.ts'

/** Everything that follows a run: each stage reads only what an earlier one wrote to the folder. */
export async function judgeRun(
  runDir: string,
  options: {
    readonly key?: string
    readonly progress: (line: string) => void
    /** @default the workload and the prices that are shipped */
    readonly pricing?: Pricing
  },
): Promise<{ readonly scorecard: Scorecard; readonly seal: SealReport }> {
  const { progress, pricing, ...sealing } = options
  progress('auditing every acknowledged record against what is stored')
  await auditRun(runDir)
  progress('measuring recovery and judging the gates')
  const scorecard = await scoreRun(runDir)
  progress('pricing what was moved, used and kept')
  await priceRun(runDir, await loadInputs(pricing))
  progress('drawing the report')
  // The charts' library is large, and nothing before this needs it.
  const { writeReport } = await import('../report/report.ts')
  await writeReport(runDir)
  return { scorecard, seal: await sealRun(runDir, sealing) }
}
