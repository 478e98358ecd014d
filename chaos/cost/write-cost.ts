import { join } from 'node:path'
import { type CostInputs, inputsWithin } from './cost-inputs.ts'
import { COST_FILE, writeCost } from '../record/cost-file.ts'
import { type CostReport, costReport } from './cost-report.ts'
import { metersOf } from './meters.ts'
import { readRunFiles } from './meters/run-files.ts'
import { loadPrices } from './prices.ts'
import { loadWorkload } from './workload.ts'

export interface Pricing {
  /** @default the workload that is shipped */
  readonly workload?: string | undefined
  /** @default the prices that are shipped */
  readonly prices?: string | undefined
}

/** @throws AftershockError `input` when a file cannot be read, or something is wrong in it. */
export async function loadInputs({ workload, prices }: Pricing = {}): Promise<CostInputs> {
  return { loaded: await loadWorkload(workload), prices: loadPrices(prices) }
}

/** Only the bill: nothing is read from a run. @param atWallMs the day that the age of prices is counted to */
export async function costWithoutRun(pricing: Pricing, atWallMs: number): Promise<CostReport> {
  return costReport({ ...(await loadInputs(pricing)), meters: null, atWallMs })
}

/**
 * What a run moved and what its platform costs. The age of prices is counted to the day that the run started, so
 * that the same files give the same bytes on any day.
 */
export async function costOfRun(runDir: string, inputs: CostInputs): Promise<CostReport> {
  const files = await readRunFiles(runDir)
  return costReport({ ...inputs, meters: metersOf(files), atWallMs: files.evidence.header.startedAtWallMs })
}

/** The workload and the prices that the run's `cost.json` holds already, else those that are shipped. */
export async function inputsOf(runDir: string): Promise<CostInputs> {
  return inputsWithin(join(runDir, COST_FILE)) ?? (await loadInputs())
}

/** Prices a run from its files, and writes `cost.json` beside them. */
export async function priceRun(runDir: string, inputs: CostInputs): Promise<CostReport> {
  const report = await costOfRun(runDir, inputs)
  writeCost(join(runDir, COST_FILE), report)
  return report
}
