import type { Contract } from '../core/contract.ts'
import { costGate } from './cost-gate.ts'
import { governanceGate } from './governance-gate.ts'
import { compatibilityGate } from './compatibility-gate.ts'
import { migrationGate } from './migration-gate.ts'
import {
  type ReadinessGate,
  type ReadinessInputs,
  type ReadinessResult,
  type ReadinessVerdict,
  worst,
} from './readiness-gate.ts'
import { replayGate } from './replay-gate.ts'
import { retentionGate } from './retention-gate.ts'
import { retentionByClass, type RetentionOfClass } from '../cost/model/retention.ts'

/** In the order in which they are printed. */
export const GATES: readonly ReadinessGate[] = [
  compatibilityGate,
  replayGate,
  retentionGate,
  costGate,
  governanceGate,
  migrationGate,
]

export interface ReadinessReport {
  readonly platform: string
  readonly contract: string
  readonly workload: string
  readonly verdict: ReadinessVerdict
  readonly gates: readonly (ReadinessResult & { readonly gate: string; readonly asks: string })[]
  /** Runs that would have counted and do not. */
  readonly left: readonly { readonly run: string; readonly why: string }[]
  readonly retention: readonly ClassRetention[]
}

/** What is kept of a class, beside what its topics need: the longest window that their contract promises to replay. */
export interface ClassRetention extends RetentionOfClass {
  /** null: the contract has no topic of this class. */
  readonly neededHours: number | null
}

const HOUR_MS = 3_600_000

function neededHours({ topics }: Contract, dataClass: string): number | null {
  const windows = Object.values(topics).flatMap(terms =>
    terms.dataClass === dataClass ? [terms.replayWindow] : [],
  )
  return windows.length === 0 ? null : Math.max(...windows) / HOUR_MS
}

/** All six, each from what there is. */
export async function judgeReadiness(inputs: ReadinessInputs): Promise<ReadinessReport> {
  const { platform, contract, cost, runs, compatibility, shownAs } = inputs
  const gates: ReadinessReport['gates'][number][] = []
  for (const one of GATES) gates.push({ gate: one.gate, asks: one.asks, ...(await one.judge(inputs)) })
  return {
    platform,
    contract: contract.contract,
    workload: cost.loaded.workload.workload,
    verdict: worst(gates.map(({ verdict }) => verdict)),
    gates,
    left: [...runs.left, ...compatibility.left].map(({ path, why }) => ({ run: shownAs(path), why })),
    retention: retentionByClass(platform, cost.loaded.workload, cost.prices).map(kept => ({
      ...kept,
      neededHours: neededHours(contract, kept.dataClass),
    })),
  }
}
