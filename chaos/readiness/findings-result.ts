import { count, plural } from '../core/numbers.ts'
import type { ContractFinding } from '../governance/contract-finding.ts'
import { type ReadinessVerdict, worst } from './readiness-gate.ts'

export interface FindingsResult {
  readonly verdict: ReadinessVerdict
  readonly shown: string
  readonly held: number
  readonly next: string | null
}

/** Several findings of a contract as one answer, which names the first that does not hold. */
export function findingsResult(findings: readonly ContractFinding[]): FindingsResult {
  const verdict = worst(findings.map(one => one.verdict))
  const first = findings.find(one => one.verdict === verdict && verdict !== 'pass')
  const held = findings.filter(one => one.verdict === 'pass').length
  return {
    verdict,
    shown: first
      ? `${first.topic}: ${first.check}: ${first.actual}`
      : `${count(held)} of ${plural(findings.length, 'term')} of the contract hold`,
    held,
    next: first?.next ?? null,
  }
}
