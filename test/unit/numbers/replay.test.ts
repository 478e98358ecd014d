import assert from 'node:assert/strict'
import { REPLAY_NUMBERS } from '../../../chaos/numbers/replay.ts'
import type { Judged } from '../../../chaos/numbers/reading.ts'

const replay = (id: string, unread: readonly (readonly { from: number; to: number }[])[]) => ({
  id,
  incompleteRecords: { value: 30, why: null, from: [] },
  partitions: unread.map((ranges, partition) => ({ partition: `telemetry/${partition}`, unread: ranges })),
})

describe('the records that a replay should have read and did not', () => {
  it('are told by partition and offset, the longest range first, of the replay that is meant', () => {
    const measurements = {
      replays: [
        replay('first', [[{ from: 0, to: 5 }]]),
        replay('race', [
          [],
          [
            { from: 10, to: 30 },
            { from: 40, to: 50 },
          ],
        ]),
      ],
    }
    const judged = { measurements } as unknown as Judged
    const [, race] = REPLAY_NUMBERS['replay-incomplete-records'].read(judged, {})
    assert.deepEqual(
      race?.proof.slice(1).map(({ selector, value }) => [selector, value]),
      [
        ['/replays/1/partitions/1/unread/0', 'telemetry/1: 20 offsets, 10 to 29'],
        ['/replays/1/partitions/1/unread/1', 'telemetry/1: 10 offsets, 40 to 49'],
      ],
    )
    const [only] = REPLAY_NUMBERS['replay-incomplete-records'].read(judged, { of: 'first' })
    assert.equal(only?.proof.at(-1)?.value, 'telemetry/0: 5 offsets, 0 to 4')
  })
})
