import type { TopicContract } from '../core/contract.ts'
import { list } from '../core/numbers.ts'
import { writtenDuration } from '../core/units.ts'
import type { Workload } from '../cost/workload.ts'
import { findingsResult } from './findings-result.ts'
import { isAboutRights } from './governance-gate.ts'
import { ownersOf, type ReadinessGate, worst } from './readiness-gate.ts'
import { rowsOfNewestRun } from './row-of-run.ts'

export const retentionGate: ReadinessGate = {
  gate: 'retention',
  asks: 'Is what a replay needs still there, for as long as its contract promises?',
  async judge(inputs) {
    const { contract, checked, cost, contractFile } = inputs
    const short = Object.entries(contract.topics).flatMap(([topic, terms]) =>
      shortfall(topic, terms, cost.loaded.workload),
    )
    const live = findingsResult(checked.findings.filter(one => !isAboutRights(one)))
    const run = await rowsOfNewestRun(inputs, 'audit', ['durability', 'oldest-offset-replay'], {
      next: { drill: 'first' },
    })
    const parts = [
      {
        verdict: short.length === 0 ? ('pass' as const) : ('fail' as const),
        shown:
          short.length === 0 ? 'the workload keeps each class as long as the contract promises' : list(short),
        next: `keep it as long in ${cost.loaded.file}, so that the bill is for what was promised, or promise less`,
      },
      // Without a cluster, what is really kept there was not looked at.
      ...(checked.cluster ? [live] : []),
      run,
    ]
    const verdict = worst(parts.map(part => part.verdict))
    const decisive = parts.find(part => part.verdict === verdict && verdict !== 'pass')
    return {
      verdict,
      shown: decisive?.shown ?? parts.map(part => part.shown).join('; '),
      proof: [
        { file: cost.loaded.file, selector: '/classes', value: short.length },
        { file: contractFile, selector: '/topics', value: Object.keys(contract.topics).length },
        ...run.proof,
      ],
      date: run.date,
      owner: ownersOf(contract),
      next: decisive?.next ?? null,
    }
  },
}

/** How a workload that is billed keeps less than the contract of a topic promises; empty when it does not. */
export function shortfall(topic: string, terms: TopicContract, { classes }: Workload): string[] {
  const billed = classes[terms.dataClass]
  if (!billed) return [`${topic} is promised, and the workload has no class ${terms.dataClass}`]
  const needed = Math.max(terms.retention, terms.replayWindow)
  if (billed.retention >= needed) return []
  return [
    `${topic} is promised for ${writtenDuration(needed)}, and the workload keeps ${terms.dataClass} for ${writtenDuration(billed.retention)}`,
  ]
}
