import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CostReport, costReport } from './cost-report.ts'
import { readMeters } from './meters.ts'
import { loadPrices } from './prices.ts'
import { loadWorkload } from './workload.ts'

export interface CostOptions {
  /** Without one, only the model: nothing is read from a run and nothing is written. */
  readonly runDir?: string | undefined
  /** @default the shipped workload */
  readonly workload?: string | undefined
  /** @default the shipped prices */
  readonly prices?: string | undefined
  /** The day that the age of prices is counted to. */
  readonly atWallMs: number
}

/** Prices a run from its files, and writes `cost.json` beside them. */
export async function costRun({ runDir, workload, prices, atWallMs }: CostOptions): Promise<CostReport> {
  const report = costReport({
    meters: runDir === undefined ? null : await readMeters(runDir),
    loaded: await loadWorkload(workload),
    prices: loadPrices(prices),
    atWallMs,
  })
  if (runDir !== undefined) writeJson(join(runDir, 'cost.json'), report)
  return report
}

/** Beside and then into place, so that a reader never sees half a file. */
function writeJson(path: string, value: unknown): void {
  const partial = `${path}.partial`
  writeFileSync(partial, `${JSON.stringify(value, null, 2)}\n`)
  renameSync(partial, path)
}
