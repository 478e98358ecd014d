import type { ContractFinding } from '../governance/contract-finding.ts'
import { findingsResult } from './findings-result.ts'
import { ownersOf, type ReadinessGate, worst } from './readiness-gate.ts'
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
    const run = await rowsOfNewestRun(inputs, 'governance', [], { next: { drill: 'governed-replay' } })
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
