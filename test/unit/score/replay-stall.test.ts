import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readHistory } from '../../../chaos/score/history-shards.ts'
import { longestStall } from '../../../chaos/score/replay-stall.ts'
import type { ActionLife } from '../../../chaos/score/timeline.ts'
import { evidenceOf } from './evidence-of.ts'

const replayed: ActionLife = {
  id: 'replay-1',
  kind: 'replay',
  startedAt: 1000,
  finishedAt: 60_000,
  ok: true,
  result: null,
  line: 9,
}
const at = (...times: readonly number[]) => times.map((t, index) => ({ t, line: index + 2 }))

const stall = (
  joins: readonly number[],
  arrivals: readonly number[],
  action: Partial<ActionLife> = {},
  trouble: string | null = null,
) =>
  longestStall(
    evidenceOf({
      replayHistories: new Map([['recovery', { reads: [], joins: at(...joins), arrivals: at(...arrivals) }]]),
      shards: [
        {
          file: 'history/recovery.jsonl',
          process: 'recovery',
          role: 'recovery',
          zone: 'az-c',
          lines: 9,
          trouble,
          refusedRecords: 0,
          refusedDevices: null,
          droppedRecords: 0,
        },
      ],
    }),
    'recovery',
    { ...replayed, ...action },
  )

describe('how long a replay stood still', () => {
  it('is the longest time between two arrivals, of whatever partition', () => {
    const { value, interval, from } = stall([2000], [2500, 3000, 20_000, 20_100])
    assert.deepEqual([value, interval], [17, undefined])
    assert.deepEqual(from, [{ file: 'history/recovery.jsonl', selector: 'line 4', value: 17_000 }])
  })

  it('begins when the reader was first given partitions: to join a group is its own affair', () => {
    assert.equal(stall([9000], [9500]).value, 0.5)
    assert.equal(stall([2000], [17_000, 17_100]).value, 15)
  })

  it('ends with the last record: what the replay does after that is no reading', () => {
    assert.equal(stall([2000], [2500], { finishedAt: 50_000 }).value, 0.5)
  })

  it('is an interval where the reader was replaced meanwhile, since it waited for its group too', () => {
    const { value, interval } = stall([2000, 14_000], [3000, 20_000, 22_000])
    assert.equal(value, 17)
    assert.deepEqual([interval?.low, interval?.high, interval?.confidence], [6, 17, 1])
  })

  it('is no interval where another gap is longer for certain', () => {
    assert.equal(stall([2000, 14_000], [3000, 20_000, 37_000]).interval, undefined)
  })

  it('is only bounded from below where the replay never came to its end', () => {
    const { value, atLeast, why } = stall([2000], [3000], { ok: false, finishedAt: 33_000 })
    assert.deepEqual([value, atLeast], [null, 30])
    assert.match(why ?? '', /did not come to its end/)
    assert.equal(stall([2000], [3000, 9000], { ok: null, finishedAt: null }).atLeast, 6)
  })

  it('is not known without a history, from a torn one, or where no partitions were given', () => {
    assert.equal(longestStall(evidenceOf(), 'recovery', replayed).value, null)
    assert.equal(stall([], []).value, null)
    assert.match(stall([2000], [3000], {}, 'it has no end').why ?? '', /no end/)
  })

  it('is read from the shard of the reader, with the lines that it stands on', async () => {
    const root = mkdtempSync(join(tmpdir(), 'aftershock-stall-'))
    try {
      mkdirSync(join(root, 'history'))
      const lines = [
        { kind: 'header', format: 1, process: 'recovery', role: 'recovery', zone: 'az-c' },
        { kind: 'assign', t: 2000, partitions: [['telemetry', 0]] },
        { kind: 'poll', t: 2400, runs: [['telemetry', 0, 0, ['d1/1/0']]] },
        { kind: 'poll', t: 9400, runs: [['telemetry', 0, 1, ['d1/1/1']]] },
      ]
      writeFileSync(
        join(root, 'history/recovery.jsonl'),
        `${lines.map(line => JSON.stringify(line)).join('\n')}\n`,
      )
      const { replayHistories: histories } = await readHistory(root)
      const history = histories.get('recovery')
      assert.deepEqual(history?.joins, [{ t: 2000, line: 2 }])
      assert.deepEqual(history?.arrivals, [
        { t: 2400, line: 3 },
        { t: 9400, line: 4 },
      ])
      assert.equal(longestStall(evidenceOf({ replayHistories: histories }), 'recovery', replayed).value, 7)
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
})
