import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sealOf } from '../../../chaos/compare/run-seal.ts'
import { LINES } from '../../../chaos/compatibility/lines/index.ts'
import type { Contract } from '../../../chaos/core/contract.ts'
import { loadInputs } from '../../../chaos/cost/write-cost.ts'
import { loadContract } from '../../../chaos/drill/load-contract.ts'
import { checkContract } from '../../../chaos/governance/check-contract.ts'
import type { PlatformName } from '../../../chaos/platforms/index.ts'
import type { JudgedAgain } from '../../../chaos/readiness/judged-again.ts'
import { judgeReadiness, type ReadinessReport } from '../../../chaos/readiness/judge-readiness.ts'
import { newestCompatibility } from '../../../chaos/readiness/newest-compatibility.ts'
import { NewestRuns } from '../../../chaos/readiness/newest-runs.ts'
import { readScorecard } from '../../../chaos/record/scorecard.ts'
import { type Change, RunFolders } from '../compare/run-folders.ts'

export interface AskedOf {
  readonly budget?: string
  readonly contract?: Contract
  /** @default kafka */
  readonly platform?: PlatformName
  readonly version?: string
}

/** A folder of planted runs under one contract, and what the six gates make of it. */
export class GateRuns implements Disposable {
  readonly folders: RunFolders
  readonly contract: Contract
  readonly scratch = mkdtempSync(join(tmpdir(), 'aftershock-gates-'))
  private made = 0

  private constructor(folders: RunFolders, contract: Contract) {
    this.folders = folders
    this.contract = contract
  }

  static async make(): Promise<GateRuns> {
    return new GateRuns(await RunFolders.make(), await loadContract('contracts/fleet.yaml'))
  }

  get runs(): string {
    return join(this.folders.root, 'runs')
  }

  put(change: Change = {}): string {
    return this.folders.put('runs', 'kafka', ++this.made, {
      ...change,
      header: header => {
        Object.assign(header.drill, { contract: structuredClone(this.contract) })
        change.header?.(header)
      },
    })
  }

  clear(): void {
    rmSync(this.runs, { recursive: true, force: true })
  }

  async judge({
    budget = '',
    contract = this.contract,
    platform = 'kafka',
    version,
  }: AskedOf): Promise<ReadinessReport> {
    const workload = join(this.scratch, 'workload.yaml')
    const shipped = readFileSync('chaos/cost/workloads/fleet.yaml', 'utf8')
    writeFileSync(workload, `${shipped}\n${budget}\n`)
    const of = { platform, version: version ?? null }
    return judgeReadiness({
      platform,
      contract,
      contractFile: 'contract.yaml',
      checked: await checkContract(contract, null),
      cost: await loadInputs({ workload }),
      compatibility: newestCompatibility(
        this.runs,
        of,
        LINES.map(({ line }) => line),
      ),
      runs: new NewestRuns(this.runs, of, contract, asSealed),
      shownAs: path => path.replace(this.folders.root, '').replace(this.scratch, ''),
      atWallMs: 1_790_000_000_000,
    })
  }

  [Symbol.dispose](): void {
    this.folders[Symbol.dispose]()
    rmSync(this.scratch, { recursive: true, force: true })
  }
}

/** A planted scorecard as if this build derived it too: what a gate makes of rows is asked here. */
async function asSealed(path: string): Promise<JudgedAgain> {
  const scorecard = readScorecard(path)
  return scorecard && (await sealOf(path)).state === 'verified' ? { scorecard } : { why: 'it is not sealed' }
}

/** Verdicts are those of the row that a change gives. */
export const rowIs =
  (
    dimension: string,
    verdict: 'pass' | 'fail' | 'inconclusive' | 'not-exercised',
  ): NonNullable<Change['scorecard']> =>
  card => {
    for (const row of card.rows) if (row.dimension === dimension) row.verdict = verdict
  }

export function gateOf({ gates }: ReadinessReport, name: string): ReadinessReport['gates'][number] {
  const found = gates.find(({ gate }) => gate === name)
  assert.ok(found, name)
  return found
}
