import type { Contract } from '../core/contract.ts'
import type { Verdict } from '../core/verdict.ts'
import type { CostInputs } from '../cost/cost-inputs.ts'
import type { ContractReport } from '../governance/check-contract.ts'
import type { PlatformName } from '../platforms/index.ts'
import type { NewestCompatibility } from './newest-compatibility.ts'
import type { NewestRuns } from './newest-runs.ts'

export type ReadinessVerdict = Verdict | 'not-run'

/** Where a gate's answer can be looked up. */
export interface ReadinessProof {
  /** A file, by a path from the working folder. */
  readonly file: string
  readonly selector: string
  readonly value: string | number | null
}

/** What one of the six gates found. */
export interface ReadinessResult {
  /** `not-run`: nobody has tried, which is never a pass. */
  readonly verdict: ReadinessVerdict
  /** What was seen, in a sentence. */
  readonly shown: string
  readonly proof: readonly ReadinessProof[]
  /** When the evidence was made, ISO 8601; null without evidence. */
  readonly date: string | null
  /** Who answers for it; null where that is missing. */
  readonly owner: string | null
  /** What to do about it; null when it passes. */
  readonly next: string | null
}

/** Everything that the gates may look at. */
export interface ReadinessInputs {
  readonly platform: PlatformName
  readonly contract: Contract
  readonly contractFile: string
  /** The contract by itself or, with a cluster, against it. */
  readonly checked: ContractReport
  readonly cost: CostInputs
  readonly runs: NewestRuns
  readonly compatibility: NewestCompatibility
  /** How a file is shown. */
  readonly shownAs: (path: string) => string
  /** Today, to which the age of prices is counted. */
  readonly atWallMs: number
}

/** One question that is asked before a platform carries a fleet. */
export interface ReadinessGate {
  readonly gate: string
  /** The question. */
  readonly asks: string
  judge(inputs: ReadinessInputs): ReadinessResult | Promise<ReadinessResult>
}

/** The teams of a contract, each once. */
export function ownersOf({ topics }: Contract): string {
  return [...new Set(Object.values(topics).map(({ owner }) => owner))].join(', ')
}

/** The worst of several, where what was not run is worse than what is inconclusive. */
export function worst(verdicts: readonly ReadinessVerdict[]): ReadinessVerdict {
  return (['fail', 'not-run', 'inconclusive'] as const).find(one => verdicts.includes(one)) ?? 'pass'
}
