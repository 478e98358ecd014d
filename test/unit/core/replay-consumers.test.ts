import assert from 'node:assert/strict'
import type { TimelineEntry } from '../../../chaos/core/drill.ts'
import { replayConsumers } from '../../../chaos/core/replay-consumers.ts'

const entry = (id: string, kind: string, spec: object = {}): TimelineEntry => ({
  role: 'action',
  id,
  kind,
  atMs: 0,
  spec: { ...spec },
})

describe('who reads the replays of a timeline', () => {
  it('is one consumer whose second replay has a shard of its own, as it always had', () => {
    const found = replayConsumers([entry('a', 'replay'), entry('b', 'replay', { consumer: 'recovery' })])
    assert.deepEqual(
      [...found].map(([id, { name, process }]) => [id, name, process]),
      [
        ['a', 'the consumer recovery', 'recovery'],
        ['b', 'the consumer recovery', 'recovery-2'],
      ],
    )
  })

  it('is another consumer where one is named, and a principal where somebody approves', () => {
    const found = replayConsumers([
      entry('step', 'operator-step'),
      entry('a', 'replay', { consumer: 'dashboards' }),
      entry('b', 'governed-replay'),
      entry('c', 'governed-replay', { principal: 'replay-2' }),
      entry('d', 'replay', { consumer: 'dashboards' }),
    ])
    assert.deepEqual(
      [...found].map(([id, { name, process }]) => [id, name, process]),
      [
        ['a', 'the consumer dashboards', 'recovery-dashboards'],
        ['b', 'the principal replay', 'governed'],
        ['c', 'the principal replay-2', 'governed-2'],
        ['d', 'the consumer dashboards', 'recovery-dashboards-2'],
      ],
    )
  })
})
