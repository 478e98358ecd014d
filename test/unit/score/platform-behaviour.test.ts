import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import { platformBehaviour } from '../../../chaos/score/platform-behaviour.ts'
import { evidenceOf } from './evidence-of.ts'

const controllerLog = {
  node: 1,
  text: [
    '[2026-11-23 10:00:03,000] INFO [QuorumController id=1] Fencing broker 2 because its session has timed out. (c)',
    '[2026-11-23 10:00:03,500] INFO [ADD_NEW_FAILOVER],context=FailoverContext{nodeId=2, target=1, nodeEpoch=17} (c)',
  ].join('\n'),
}
const startedAtWallMs = Date.parse('2026-11-23T10:00:00Z')

function on(platform: string, changes: Partial<Evidence> = {}): Evidence {
  const evidence = evidenceOf({ nodeLogs: [controllerLog], ...changes })
  return { ...evidence, header: { ...evidence.header, platform, startedAtWallMs } }
}

describe('what a platform does by itself', () => {
  it('has the failovers of a shared platform, on the clock of the run', () => {
    const { failovers } = platformBehaviour(on('automq'))
    assert.deepEqual(
      failovers.map(({ failedNode, target, fencedAt, assignedAt }) => [
        failedNode,
        target,
        fencedAt,
        assignedAt,
      ]),
      [[2, 1, 3000, 3500]],
    )
  })

  it('does not take lines for failovers where there are none', () => {
    assert.deepEqual(platformBehaviour(on('kafka')).failovers, [])
  })

  it('names every broker that ended by itself, with its last words', () => {
    const event = {
      kind: 'node.restarted',
      node: 3,
      why: 'ended by itself',
      lastWords: ['halt'],
      attempt: 1,
      afterMs: 2100,
      seq: 4,
      t: 9000,
      at: '',
      prev: '',
    } as const
    const journal = { events: [{ event, line: 5 }], broken: null, skipped: [], lines: 1, head: '' }
    const { restarts } = platformBehaviour(on('kafka', { journal }))
    assert.deepEqual(restarts, [
      { node: 3, t: 9000, afterMs: 2100, attempt: 1, lastWords: ['halt'], line: 5 },
    ])
  })
})
