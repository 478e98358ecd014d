import { count, plural } from '../core/numbers.ts'
import type { ContractFinding } from '../governance/contract-finding.ts'
import { ownersOf, type ReadinessGate, type ReadinessVerdict, worst } from './readiness-gate.ts'
import { rowsOfNewestRun } from './row-of-run.ts'

/** Of a contract against a cluster: what is about people and rights, and not about what is kept. */
const RIGHTS: ReadonlySet<string> = new Set([
  'owner',
  'incident contact',
  'replay approvers',
  'data owner',
  'schema policy',
  'repeats',
  'who may read',
  'who may write',
])

export const isAboutRights = ({ check }: ContractFinding): boolean => RIGHTS.has(check)

export const governanceGate: ReadinessGate = {
  gate: 'governance',
  asks: 'Is it known who may replay what, and is it enforced?',
  async judge(inputs) {
    const findings = inputs.checked.findings.filter(isAboutRights)
    const terms = findingsResult(findings)
    const run = await rowsOfNewestRun(inputs, 'governance', [], null)
    return {
      verdict: worst([terms.verdict, run.verdict]),
      shown: `${terms.shown}; ${run.shown}`,
      proof: [
        { file: inputs.contractFile, selector: '/topics', value: `${terms.held} of ${findings.length} hold` },
        ...run.proof,
      ],
      date: run.date,
      owner: ownersOf(inputs.contract),
      next: terms.next ?? run.next,
    }
  },
}

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
