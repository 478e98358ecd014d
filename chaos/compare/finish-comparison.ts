import { loadPrices } from '../cost/prices.ts'
import { loadWorkload } from '../cost/workload.ts'
import { type CompareInputs, compareRuns } from './compare-runs.ts'
import type { Comparison } from './comparison.ts'
import { readRun } from './read-run.ts'
import { writeComparison } from './write-comparison.ts'

export interface FinishOptions extends Pick<CompareInputs, 'outDir' | 'notRun' | 'asked' | 'rule'> {
  readonly runDirs: readonly string[]
  /** @default the shipped workload */
  readonly workload: string | undefined
  /** @default the shipped prices */
  readonly prices: string | undefined
  /** The day that the age of prices is counted to. */
  readonly atWallMs: number
}

/**
 * Reads runs, compares them, and writes what came of it; the runs' own folders are only read.
 * @throws AftershockError `input` when they are not comparable, or not runs.
 */
export async function finishComparison(options: FinishOptions): Promise<Comparison> {
  const { outDir, notRun, asked, rule, runDirs, workload, prices, atWallMs } = options
  const cost = { loaded: await loadWorkload(workload), prices: loadPrices(prices), atWallMs }
  const runs = []
  // One after the other: the samples of a run are large while they are read.
  for (const path of runDirs) runs.push(await readRun(path))
  const comparison = compareRuns({ outDir, notRun, asked, rule, runs, cost })
  // The charts' library is large, and nothing before this needs it.
  const { renderComparison } = await import('./page/render-comparison.ts')
  writeComparison(outDir, comparison, renderComparison)
  return comparison
}
