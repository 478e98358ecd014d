import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Admin } from 'kafkajs'
import type { PartitionState } from '../../../chaos/core/partition-state.ts'
import type { JournalEvent } from '../../../chaos/record/journal-events.ts'
import { leadersFor, movesTo } from '../../../chaos/run/give-leaders.ts'
import { fakeDriver, fakeWorld } from '../faults/fake-driver.ts'

const led = (leaders: readonly number[]): Record<string, PartitionState> =>
  Object.fromEntries(
    leaders.map((leader, index) => [
      `telemetry/${index}`,
      { leader, leaderEpoch: 0, replicas: [leader], isr: [leader] },
    ]),
  )

describe('partitions for brokers that lead none', () => {
  it('come from whoever leads most, until the broker has its share', () => {
    const moves = movesTo([2], led([1, 1, 1, 1, 3, 3]), [1, 2, 3])
    assert.deepEqual(moves, [
      { topic: 'telemetry', partition: 3, from: 1, to: 2 },
      { topic: 'telemetry', partition: 2, from: 1, to: 2 },
    ])
  })

  it('are shared among several, and leave somebody else without none', () => {
    const moves = movesTo([2, 3], led([1, 1, 1, 1, 1, 1]), [1, 2, 3])
    assert.deepEqual(
      [2, 3].map(to => moves.filter(move => move.to === to).length),
      [2, 2],
    )
  })

  it('are none where there are fewer than brokers, or nobody leads', () => {
    assert.deepEqual(movesTo([2], led([1, 3]), [1, 2, 3]), [])
    assert.deepEqual(movesTo([2], led([-1, -1, -1]), [1, 2, 3]), [])
  })

  it('are asked for as one reassignment, and stand in the journal, as does why there was none', async () => {
    const events: JournalEvent[] = []
    const journal = {
      append(event: JournalEvent) {
        events.push(event)
        return { ...event, t: 0, prev: '' } as never
      },
    }
    const asked: unknown[] = []
    const { topology } = fakeDriver(fakeWorld())
    const driver = { ...fakeDriver(fakeWorld()), topology }
    const cluster = { answered: [1, 2, 3], controller: 1, partitions: led([1, 1, 3]) }
    const client = { alterPartitionReassignments: async (what: unknown) => void asked.push(what) }
    const give = leadersFor({ driver, admin: work => work(client as unknown as Admin) }, journal)
    await give([2], cluster)
    assert.deepEqual(asked, [
      { topics: [{ topic: 'telemetry', partitionAssignment: [{ partition: 1, replicas: [2] }] }] },
    ])
    const failing = leadersFor({ driver, admin: () => Promise.reject(new Error('nobody answers')) }, journal)
    await failing([2], cluster)
    assert.deepEqual(events, [
      { kind: 'leaders.moved', moves: [{ topic: 'telemetry', partition: 1, from: 1, to: 2 }] },
      { kind: 'leaders.moved', moves: [], error: 'nobody answers' },
    ])
  })
})
