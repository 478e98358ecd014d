import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSinkEvidence, type SinkRow, writeSinkEvidence } from '../../../chaos/record/sink-evidence.ts'
import { auditSink } from '../../../chaos/score/sink-audit.ts'
import {
  betweenThem,
  firstRowAfter,
  peakRows,
  rebalancesIn,
  runningAfter,
} from '../../../chaos/score/sink-progress.ts'
import { measureSinks } from '../../../chaos/score/sinks.ts'
import type { StoredRecord } from '../../../chaos/score/stored-records.ts'
import { readTimeline } from '../../../chaos/score/timeline.ts'
import { SINK_NUMBERS } from '../../../chaos/numbers/sinks.ts'
import type { Judged } from '../../../chaos/numbers/reading.ts'
import { evidenceOf, seriesOf } from './evidence-of.ts'

const TOPIC = 'integration'
const stored = (offset: number, id = `d1/1/${offset}`): StoredRecord => ({
  topic: TOPIC,
  partition: 0,
  offset,
  id,
})
let arrivals = 0
const row = (offset: number, writtenMs = 1000 + arrivals, id = `d1/1/${offset}`): SinkRow => [
  id,
  TOPIC,
  0,
  offset,
  ++arrivals,
  writtenMs,
]
const committed = (offset: number | null, high = 5) =>
  ({ kind: 'offsets', t: 0, partitions: [[TOPIC, 0, 0, high, offset]] }) as const
const FIVE = [0, 1, 2, 3, 4].map(offset => stored(offset))

const NO_REPAIRS = { idsOf: new Map(), files: [], trouble: null }

describe('the audit of a sink', () => {
  const audit = (
    next: number | null,
    rows: readonly SinkRow[],
    records = FIVE,
    dead: readonly number[] = [],
  ) => auditSink({ offsets: committed(next), rows, dead: dead.map(offset => [TOPIC, 0, offset]) }, records)
  const counts = (found: ReturnType<typeof audit>) => [
    found.missing.count,
    found.undelivered.count,
    found.repeated.count,
    found.reordered.count,
    found.unexplained.count,
  ]

  it('finds nothing where each record is one row', () => {
    assert.deepEqual(
      counts(
        audit(
          5,
          [0, 1, 2, 3, 4].map(offset => row(offset)),
        ),
      ),
      [0, 0, 0, 0, 0],
    )
  })

  it('names the offset of a record that was committed and is no row, although repeats make up for the total', () => {
    const found = audit(5, [row(0), row(1), row(3), row(4), row(4)])
    assert.deepEqual(counts(found), [1, 0, 1, 0, 0])
    assert.deepEqual(found.missing.examples, [stored(2)])
    assert.deepEqual([...found.missingBy], [[`${TOPIC}/0`, 1]])
  })

  it('takes a dead letter for delivered, and only for the record that it is about', () => {
    assert.deepEqual(counts(audit(5, [row(0), row(1), row(3), row(4)], FIVE, [2])), [0, 0, 0, 0, 0])
    assert.deepEqual(counts(audit(5, [row(0), row(1), row(3), row(4)], FIVE, [1])), [1, 0, 0, 0, 0])
  })

  it('keeps what was not committed apart from what is missing', () => {
    assert.deepEqual(counts(audit(3, [row(0), row(1), row(2)])), [0, 2, 0, 0, 0])
    assert.deepEqual(counts(audit(null, [])), [0, 5, 0, 0, 0])
  })

  it('knows every partition of what is missing, beyond the few that it shows', () => {
    const many = Array.from({ length: 12 }, (_, offset) => stored(offset))
    const elsewhere = { ...stored(0, 'd2/1/0'), partition: 1 }
    const found = audit(null, [], [...many, elsewhere])
    assert.equal(
      found.undelivered.examples.some(({ partition }) => partition === 1),
      false,
    )
    assert.deepEqual([...found.undelivered.partitions], [`${TOPIC}/0`, `${TOPIC}/1`])
  })

  it('finds a record that was first written after a later one of its device, and not one that is written again', () => {
    assert.deepEqual(counts(audit(5, [row(0), row(2), row(1), row(3), row(4)])), [0, 0, 0, 1, 0])
    assert.deepEqual(
      counts(audit(5, [row(0), row(1), row(2), row(1), row(2), row(3), row(4)])),
      [0, 0, 2, 0, 0],
    )
  })

  it('takes either place of a record that is stored twice', () => {
    const twice = [...FIVE, stored(5, 'd1/1/0')]
    const updated = row(5, 1000, 'd1/1/0')
    assert.deepEqual(counts(audit(6, [updated, row(1), row(2), row(3), row(4)], twice)), [0, 0, 0, 0, 0])
  })

  it('finds a row that no stored record explains', () => {
    assert.deepEqual(counts(audit(5, [...[0, 1, 2, 3, 4].map(o => row(o)), row(9)])), [0, 0, 0, 0, 1])
  })
})

const SPAN = { fromMs: 10_000, toMs: 60_000 }
const sample = (t: number, changes: object = {}) => ({
  t,
  connector: 'rows',
  state: 'RUNNING' as string | null,
  tasks: [0, 1].map(id => ({ id, state: 'RUNNING', worker: 21 + id })),
  committed: {},
  ends: {},
  rows: 0,
  writes: 0,
  sessions: {},
  generation: 1,
  ...changes,
})
const secondly = (at: (t: number) => object) =>
  seriesOf(
    'connectors',
    1000,
    Array.from({ length: 61 }, (_, second) => sample(second * 1000, at(second * 1000))),
  )

describe('the time until a sink runs', () => {
  const running = (at: (t: number) => object) => {
    const series = secondly(at)
    return runningAfter(series, series.rows, SPAN, 2)
  }
  const failed = { tasks: [{ id: 0, state: 'FAILED', worker: 21 }] }

  it('ends when every task is said to run and stays so', () => {
    assert.equal(running(t => (t < 24_000 ? failed : {})).value, 14_000)
    assert.equal(running(t => (t < 14_000 || t === 40_000 ? { state: null, tasks: [] } : {})).value, 31_000)
  })
  it('is nothing where a worker said so throughout, which is no progress', () => {
    assert.equal(running(() => ({})).value, 0)
  })
  it('is not known to have ended where a task is failed in the end, and says which', () => {
    const { value, atLeast, why } = running(t => (t > 30_000 ? failed : {}))
    assert.deepEqual([value, atLeast], [null, 50_000])
    assert.match(why ?? '', /task 0 FAILED/)
  })
  it('is not known over a hole in the samples', () => {
    const series = secondly(() => ({}))
    const holed = series.rows.filter(({ t }) => t < 20_000 || t > 30_000)
    assert.equal(runningAfter(series, holed, SPAN, 2).value, null)
  })
})

describe('the first row that counts', () => {
  const first = (rows: readonly SinkRow[], undelivered: readonly string[] = []) =>
    firstRowAfter('connectors/rows.jsonl', rows, SPAN, 0, new Set(undelivered))

  it('is that of the partition that waited longest, and no row that was there before', () => {
    const rows: SinkRow[] = [
      ['a', TOPIC, 0, 0, 1, 5000],
      ['b', TOPIC, 1, 0, 2, 6000],
      ['b', TOPIC, 1, 0, 3, 12_000],
      ['c', TOPIC, 0, 1, 4, 13_000],
      ['d', TOPIC, 1, 1, 5, 33_500],
    ]
    const { measured, partition } = first(rows)
    assert.deepEqual([measured.value, partition], [23_500, `${TOPIC}/1`])
  })
  it('never came where a partition has records without a row', () => {
    const { measured } = first([['a', TOPIC, 0, 0, 1, 12_000]], [`${TOPIC}/1`])
    assert.deepEqual([measured.value, measured.atLeast], [null, 50_000])
  })
  it('is not known where nobody had anything to write', () => {
    assert.equal(first([]).measured.value, null)
  })
  it('comes after RUNNING by the difference, also of a lower bound', () => {
    const known = (value: number) => ({ value, why: null, from: [] })
    assert.equal(betweenThem(known(4000), known(21_000)).value, 17_000)
    assert.equal(
      betweenThem(known(4000), { value: null, why: 'no', atLeast: 50_000, from: [] }).atLeast,
      46_000,
    )
    assert.equal(betweenThem({ value: null, why: 'no', from: [] }, known(1)).value, null)
  })
})

describe('the rate of a sink and its rebalances', () => {
  it('are the worst second after the effect, by the database’s counters', () => {
    const series = secondly(t => ({ writes: t < 30_000 ? t / 100 : t / 100 + 2000 }))
    assert.equal(peakRows(series.file, series.rows, SPAN).value, 2010)
    const silent = secondly(() => ({ writes: null }))
    assert.equal(peakRows(silent.file, silent.rows, SPAN).value, null)
  })
  it('count generations from the effect on', () => {
    const series = secondly(t => ({ generation: t < 20_000 ? 3 : 5 }))
    assert.equal(rebalancesIn(series.file, series.rows, SPAN).value, 2)
    const silent = secondly(() => ({ generation: null }))
    assert.equal(rebalancesIn(silent.file, silent.rows, SPAN).value, null)
  })
})

describe('the evidence of a sink', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-sinks-'))
    mkdirSync(join(dir, 'connectors'))
    writeSinkEvidence(dir, [
      { kind: 'header', format: 1, connector: 'rows', mode: 'upsert', topics: [TOPIC], deadLetters: null },
      committed(5),
      { kind: 'rows', rows: [0, 1, 2, 3, 4].map(offset => row(offset)) },
    ])
  })
  afterEach(() => rmSync(dir, { recursive: true }))
  const file = () => join(dir, 'connectors', 'rows.jsonl')
  const read = () => readSinkEvidence(dir, 'rows')

  it('is read as it was written', async () => {
    const { trouble, rows } = await read()
    assert.deepEqual([trouble, rows.length], [null, 5])
  })
  it('is no evidence once a row of it was changed, cut off, or added', async () => {
    const whole = readFileSync(file(), 'utf8')
    writeFileSync(file(), whole.replace('d1/1/2', 'd1/1/7'))
    assert.match((await read()).trouble ?? '', /digest/)
    writeFileSync(file(), whole.slice(0, whole.lastIndexOf('{"kind":"end"')))
    assert.match((await read()).trouble ?? '', /no end line/)
    writeFileSync(file(), whole)
    appendFileSync(file(), '{}\n')
    assert.notEqual((await read()).trouble, null)
    rmSync(file())
    assert.equal((await read()).trouble, 'the file is missing')
  })
  it('makes every number inconclusive when it is not whole, or the final read is not', async () => {
    const header = evidenceOf().header
    const sinkSpec = { name: 'rows', topics: [TOPIC], mode: 'upsert', tasks: 2 }
    const withSinks = {
      ...header,
      startedAtWallMs: 0,
      drill: { ...header.drill, connectors: { zones: ['az-a'], sinks: [sinkSpec] } },
    } as typeof header
    const judged = (sinks: Parameters<typeof evidenceOf>[0]) => {
      const evidence = evidenceOf({ header: withSinks, ...sinks })
      const timeline = { ...readTimeline([], { ...withSinks.drill, timeline: [] }), faults: [] }
      return { measurements: { sinks: measureSinks(evidence, timeline), faults: [] } } as unknown as Judged
    }
    const whole = { file: 'history/stored.jsonl', records: FIVE, trouble: null }
    const value = (of: Judged) => SINK_NUMBERS['sink-missing-records'].read(of, {})[0]?.value
    assert.equal(value(judged({ sinks: { sinks: [await read()], stored: whole, repairs: NO_REPAIRS } })), 0)
    assert.equal(
      value(
        judged({
          sinks: { sinks: [await read()], stored: { ...whole, trouble: 'torn' }, repairs: NO_REPAIRS },
        }),
      ),
      null,
    )
    assert.equal(value(judged({ sinks: null })), null)
    rmSync(file())
    assert.equal(
      value(judged({ sinks: { sinks: [await read()], stored: whole, repairs: NO_REPAIRS } })),
      null,
    )
  })
})
