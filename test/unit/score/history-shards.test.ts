import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readHistory } from '../../../chaos/score/history-shards.ts'
import { indexCells } from '../../../chaos/score/cells.ts'
import { phaseLatency } from '../../../chaos/score/latency.ts'
import { ACKED, FAILED, NEVER, OPEN, REFUSED, UNKNOWN } from '../../../chaos/score/send-log.ts'

const header = (role: string) => ({ kind: 'header', format: 1, process: 'gw-az-a-1', role, zone: 'az-a' })
const invoke = (op: number, t: number) => ({
  kind: 'invoke',
  op,
  t,
  parts: [
    ['telemetry', 0, t - 5, ['d1/1/0', 'd2/1/0']],
    ['operations', 2, t - 3, ['d1/1/0']],
  ],
})
const WHOLE = [
  header('gateway'),
  invoke(0, 100),
  { kind: 'ok', op: 0, t: 120, offsets: [7, 3] },
  invoke(1, 200),
  invoke(2, 210),
  { kind: 'info', op: 2, t: 1710, error: 'timed out' },
  { kind: 'fail', op: 1, t: 1800, error: 'refused' },
  { kind: 'drop', t: 1900, topic: 'telemetry', records: ['d3/1/0', 'd3/1/1'] },
]
const end = (lines: number) => ({ kind: 'end', t: 2000, lines })

describe('histories as scoring reads them', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-history-'))
    mkdirSync(join(directory, 'history'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))
  const read = (lines: readonly object[], last = '\n') => {
    writeFileSync(
      join(directory, 'history', 'gw-az-a-1.jsonl'),
      lines.map(line => JSON.stringify(line)).join('\n') + last,
    )
    return readHistory(directory)
  }

  it('have a row for each partition of each request, with its outcome and its lines', async () => {
    const { sends, shards } = await read([...WHOLE, end(8)])
    assert.equal(shards[0]?.trouble, null)
    assert.deepEqual([...sends.outcome], [ACKED, ACKED, FAILED, FAILED, UNKNOWN, UNKNOWN])
    assert.deepEqual(sends.partitions, ['telemetry/0', 'operations/2'])
    assert.deepEqual([...sends.due], [95, 97, 195, 197, 205, 207])
    assert.deepEqual([...sends.doneT], [120, 120, 1800, 1800, 1710, 1710])
    assert.deepEqual([...sends.records], [2, 1, 2, 1, 2, 1])
    assert.deepEqual([...sends.doneLine], [3, 3, 7, 7, 6, 6])
  })

  it('have no latency of a part that is all of wrong clocks, and of the next request again', async () => {
    const told = { kind: 'faulty', t: 99, topic: 'telemetry', what: 'clock', records: ['d1/1/0', 'd2/1/0'] }
    const [head, first, ok] = WHOLE
    const more = [invoke(1, 200), { kind: 'ok', op: 1, t: 230, offsets: [9, 4] }]
    const { sends } = await read([head, told, first, ok, ...more, end(6)] as object[])
    assert.deepEqual([...sends.wrongClocks], [1, 0, 0, 0])
    const { batches, p99Ms } = phaseLatency(sends, { fromMs: 0, toMs: 1000 })
    assert.deepEqual([batches, p99Ms], [3, 35])
    // One record of another device is enough.
    const partly = { ...told, records: ['d1/1/0'] }
    const mixed = await read([head, partly, first, ok, end(4)] as object[])
    assert.deepEqual([...mixed.sends.wrongClocks], [0, 0])
  })

  it('tell the parts of a mixed answer apart', async () => {
    const parts = [
      ['acked', 17],
      ['failed', 'NOT_ENOUGH_REPLICAS'],
    ]
    const settled = { kind: 'settled', op: 0, t: 120, parts }
    const { sends, shards } = await read([header('gateway'), invoke(0, 100), settled, end(3)])
    assert.equal(shards[0]?.trouble, null)
    assert.deepEqual([...sends.outcome], [ACKED, FAILED])
    assert.deepEqual([...sends.doneT], [120, 120])
    const short = { ...settled, parts: parts.slice(1) }
    const torn = await read([header('gateway'), invoke(0, 100), short, end(3)])
    assert.match(torn.shards[0]?.trouble ?? '', /line 3 settles 1 parts of 2/)
  })

  it('count what devices gave up because it was refused: parts of one record', async () => {
    const parts = [
      ['refused', 'INVALID_TIMESTAMP'],
      ['refused', 'INVALID_TIMESTAMP'],
    ]
    const { sends, shards } = await read([
      header('gateway'),
      invoke(0, 100),
      { kind: 'settled', op: 0, t: 120, parts },
      end(3),
    ])
    assert.deepEqual([...sends.outcome], [REFUSED, REFUSED])
    assert.equal(shards[0]?.refusedRecords, 1)
    assert.deepEqual(
      indexCells(sends).rows.map(rows => rows.length),
      [0, 0],
      'the partition was in service',
    )
  })

  it('count what devices threw away', async () => {
    assert.equal((await read([...WHOLE, end(8)])).shards[0]?.droppedRecords, 2)
  })

  it('keep a request without an outcome open', async () => {
    const { sends } = await read([header('gateway'), invoke(0, 100), end(2)])
    assert.deepEqual([sends.outcome[0], sends.doneT[0]], [OPEN, NEVER])
  })

  for (const [what, lines, last, expected] of [
    ['that has no end', WHOLE, '\n', /no end line/],
    ['whose end counts other lines', [...WHOLE, end(9)], '\n', /claims 9/],
    ['that was cut short', [...WHOLE, end(8)], '', /cut short/],
    [
      'whose operation ends before it began',
      [header('gateway'), { kind: 'ok', op: 4, t: 1, offsets: [] }, end(2)],
      '\n',
      /never began/,
    ],
    ['without a header', [invoke(0, 100), end(1)], '\n', /no header/],
  ] as const) {
    it(`name the trouble with a shard ${what}`, async () => {
      assert.match((await read(lines, last)).shards[0]?.trouble ?? '', expected)
    })
  }

  it('do not look into what readers polled', async () => {
    const { sends, shards } = await read([header('tail'), { kind: 'poll', t: 5, runs: [] }, end(2)])
    assert.equal(sends.length, 0)
    assert.deepEqual([shards[0]?.role, shards[0]?.trouble], ['tail', null])
  })

  it('are empty when there is no such folder', async () => {
    rmSync(join(directory, 'history'), { recursive: true })
    assert.deepEqual((await readHistory(directory)).shards, [])
  })
})
