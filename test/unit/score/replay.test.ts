import assert from 'node:assert/strict'
import { seededRandom } from '../../../chaos/core/random.ts'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import { measureReplays } from '../../../chaos/score/replay.ts'
import type { ActionLife } from '../../../chaos/score/timeline.ts'
import { evidenceOf, fleetRows, seriesOf } from './evidence-of.ts'
import { timelineOf } from './faults.ts'
import { logOf, steadySends } from './sends.ts'

const row = {
  oldest: 0,
  end: 100,
  oldestRequired: 30,
  margin: 30,
  records: 100,
  bytes: 900,
  sha256: 'aa',
  storedSha256: 'aa',
}
const result = {
  partitions: { 'telemetry/0': row, 'telemetry/1': { ...row, margin: 12 } },
  seconds: 4,
  records: 200,
  bytes: 1800,
  recordsPerSecond: 50,
  bytesPerSecond: 450,
  complete: true,
}
const tail = (t: number, lagSeconds: number | null) => ({
  t,
  consumer: 'tail' as const,
  records: 1,
  bytes: 1,
  lagRecords: 0,
  lagSeconds,
})
const tailRows = (at: (t: number) => number | null = () => 0.2) =>
  Array.from({ length: 41 }, (_, second) => tail(second * 1000, at(second * 1000)))

function measure(
  told: unknown = result,
  changes: Partial<ActionLife> = {},
  evidence: Partial<Evidence> = {},
) {
  const action = {
    id: 'replay-2',
    kind: 'replay',
    startedAt: 30_000,
    finishedAt: 34_000,
    ok: true,
    result: told,
    line: 9,
    ...changes,
  }
  const [replay] = measureReplays(
    evidenceOf({
      sends: logOf(steadySends(0, 40_000, 100)),
      fleet: seriesOf('fleet', 1000, fleetRows(0, 40_000)),
      consumers: seriesOf('consumers', 1000, tailRows()),
      ...evidence,
    }),
    timelineOf({ actions: [action] }),
    seededRandom('7'),
  )
  assert.ok(replay)
  return replay
}

describe('a replay that somebody approved', () => {
  const count = (scope: object) => {
    const event = {
      kind: 'replay.requested',
      id: 'rebuild',
      scope: { topics: ['a', 'b'], from: 'oldest', to: 'end', ...scope },
    }
    const evidence = evidenceOf({
      header: {
        ...evidenceOf().header,
        drill: { contract: { topics: { a: {}, b: {} } } },
      } as unknown as Evidence['header'],
      journal: { events: [{ event, line: 3 }] } as unknown as Evidence['journal'],
    })
    const action = {
      id: 'rebuild',
      kind: 'governed-replay',
      startedAt: 30_000,
      finishedAt: 34_000,
      ok: true,
      result,
      line: 9,
    }
    return measureReplays(evidence, timelineOf({ actions: [action] }), seededRandom('7')).length
  }

  it('is one from the oldest offset where it was of everything', () => {
    assert.equal(count({}), 1)
    assert.equal(count({ topics: ['a'] }), 0)
    assert.equal(count({ from: { offset: 1 } }), 0)
    assert.equal(count({ to: { offset: 9 } }), 0)
    assert.equal(count({ partitions: [0] }), 0)
  })
})

describe('a replay', () => {
  it('is measured as it reports itself', () => {
    const replay = measure()
    assert.deepEqual(
      [
        replay.seconds.value,
        replay.records.value,
        replay.bytesPerSecond.value,
        replay.incompleteRecords.value,
      ],
      [4, 200, 450, 0],
    )
    assert.deepEqual(replay.seconds.from, [{ file: 'journal.jsonl', selector: 'line 9', value: 4 }])
  })

  it('has the margin of its worst partition', () => {
    assert.equal(measure().worstMargin.value, 12)
  })

  it('has no margin when one partition’s is not known', () => {
    const partitions = { ...result.partitions, 'operations/0': { ...row, margin: null } }
    assert.match(measure({ ...result, partitions }).worstMargin.why ?? '', /operations\/0/)
  })

  it('compares checksums with what is stored', () => {
    assert.deepEqual(measure().checksums, { compared: 2, equal: 2, partitions: 2 })
  })

  it('takes what is stored from the final read where the replay could not know it', () => {
    const partitions = { 'telemetry/0': { ...row, storedSha256: undefined } }
    const event = {
      kind: 'final-read',
      seq: 9,
      t: 1,
      at: '',
      prev: '',
      partitions: 1,
      records: 1,
      complete: true,
      storedSha256: { 'telemetry/0': 'bb' },
    } as const
    const journal = { events: [{ line: 12, event }], broken: null, skipped: [], lines: 12, head: '' }
    const replay = measure({ ...result, partitions }, {}, { journal })
    assert.deepEqual(replay.checksums, { compared: 1, equal: 0, partitions: 1 })
    assert.equal(replay.incompleteRecords.value, 1)
  })

  it('lacks records where a checksum differs, although it says that it is complete', () => {
    const partitions = { ...result.partitions, 'telemetry/0': { ...row, records: 97, sha256: 'bb' } }
    assert.equal(measure({ ...result, partitions }).incompleteRecords.value, 3)
  })

  it('lacks what it did not read before it ended', () => {
    const partitions = { ...result.partitions, 'telemetry/0': { ...row, records: 40, sha256: null } }
    assert.equal(measure({ ...result, partitions, complete: false }).incompleteRecords.value, 60)
  })

  it('does not take holes in the offsets for missing records when checksums agree', () => {
    const partitions = { 'telemetry/0': { ...row, records: 60 } }
    assert.equal(measure({ ...result, partitions }).incompleteRecords.value, 0)
  })

  it('is not known to be complete while checksums were not compared', () => {
    const partitions = { 'telemetry/0': { ...row, storedSha256: null } }
    const { value, why } = measure({ ...result, partitions }).incompleteRecords
    assert.equal(value, null)
    assert.match(why ?? '', /were not compared/)
  })

  it('says why when it failed', () => {
    const replay = measure({ error: 'no broker answered' }, { ok: false })
    assert.match(replay.incompleteRecords.why ?? '', /no broker answered/)
    assert.equal(replay.seconds.value, null)
  })

  it('is not measured when it never finished', () => {
    const replay = measure(null, { finishedAt: null, ok: null })
    assert.match(replay.incompleteRecords.why ?? '', /never finished/)
    assert.equal(replay.tailLagSeconds.value, null)
    assert.equal(replay.producerP99Ratio.value, null)
  })

  it('takes any answer without falling over', () => {
    for (const told of [null, 7, 'x', { partitions: 3 }, { partitions: { a: null } }]) {
      assert.equal(measure(told).seconds.value, null)
    }
  })

  it('compares producers during it with the steady part before the first fault', () => {
    const sends = logOf([
      ...steadySends(0, 29_900, 100),
      ...steadySends(30_000, 34_000, 100).map(send => ({ ...send, done: send.due + 25 })),
    ])
    const replay = measure(result, {}, { sends })
    assert.equal(replay.producerP99Ratio.value, 2.5)
    assert.deepEqual(
      replay.phases.map(phase => [phase.phase, phase.producer.p99Ms]),
      [
        ['before', 10],
        ['during', 25],
        ['after', null],
      ],
    )
  })

  it('has the worst lag of the tail while it ran', () => {
    const consumers = seriesOf(
      'consumers',
      1000,
      tailRows(t => (t === 32_000 ? 3.5 : t === 20_000 ? 9 : 0.2)),
    )
    const replay = measure(result, {}, { consumers })
    assert.equal(replay.tailLagSeconds.value, 3.5)
    assert.equal(replay.tailLagSeconds.from[0]?.selector, 'line 33')
  })

  it('has only a lower bound of the lag when the tail was not heard for a while', () => {
    const consumers = seriesOf(
      'consumers',
      1000,
      tailRows(t => (t > 30_000 && t < 34_000 ? null : 2)),
    )
    const { value, atLeast } = measure(result, {}, { consumers }).tailLagSeconds
    assert.deepEqual([value, atLeast], [null, 2])
  })

  it('has the lag of the samples next to it where it is shorter than the time between two', () => {
    const short = { startedAt: 30_300, finishedAt: 30_600 }
    const consumers = seriesOf(
      'consumers',
      1000,
      tailRows(t => (t === 31_000 ? 3.5 : 0.2)),
    )
    assert.equal(measure(result, short, { consumers }).tailLagSeconds.value, 3.5)
    const silent = seriesOf(
      'consumers',
      1000,
      tailRows().filter(({ t }) => t < 29_000 || t > 33_000),
    )
    const { value, atLeast } = measure(result, short, { consumers: silent }).tailLagSeconds
    assert.deepEqual([value, atLeast], [null, 0.2])
  })

  it('does not know the lag of a tail that said nothing', () => {
    const { value, atLeast } = measure(
      result,
      {},
      { consumers: seriesOf('consumers', 1000, []) },
    ).tailLagSeconds
    assert.deepEqual([value, atLeast], [null, undefined])
  })
})

describe('what a replay did not read', () => {
  /** As a run of today tells it: every offset is accounted for. */
  const accounted = { ...row, unread: [], markers: 0, holes: 0 }
  const of = (
    partitions: Record<string, object>,
    { complete = true, cleanup = 'delete' }: { complete?: boolean; cleanup?: string } = {},
  ) => {
    const { header } = evidenceOf()
    const topics = { telemetry: { cleanup }, other: { cleanup } }
    const drill = { ...header.drill, contract: { topics } } as unknown as Evidence['header']['drill']
    const told = { ...result, partitions, complete }
    return measure(told, {}, { header: { ...header, drill } }).incompleteRecords
  }

  it('fails by what was deleted before it was read, although its position came to the end', () => {
    const jumped = {
      ...accounted,
      end: 2141,
      records: 941,
      unread: [{ from: 0, to: 1200 }],
      storedSha256: null,
    }
    const { value, why } = of({ 'telemetry/0': jumped, 'other/0': accounted }, { complete: false })
    assert.deepEqual([value, why], [1200, null])
  })

  it('fails by that in a run of before, too, where nothing explains what is missing', () => {
    const jumped = { ...row, end: 2141, records: 941, storedSha256: null }
    const { value } = of({ 'telemetry/0': jumped, 'other/0': row })
    assert.equal(value, 1200)
  })

  it('does not take transaction markers for records: 200 of 304 offsets are all there is', () => {
    const transactions = { ...accounted, end: 304, records: 200, markers: 104 }
    assert.equal(of({ 'telemetry/0': transactions }).value, 0)
    const notCompared = of({ 'telemetry/0': { ...transactions, storedSha256: null } })
    assert.deepEqual([notCompared.value, notCompared.atLeast], [null, 0])
  })

  it('misses 50 where 50 of them were deleted: the control of the case before', () => {
    const deleted = {
      ...accounted,
      end: 304,
      records: 150,
      markers: 104,
      unread: [{ from: 0, to: 50 }],
      storedSha256: null,
    }
    assert.equal(of({ 'telemetry/0': deleted }, { complete: false }).value, 50)
  })

  it('takes holes for compaction only where the topic is compacted', () => {
    const holes = { ...accounted, records: 60, holes: 40, storedSha256: null }
    assert.deepEqual(of({ 'telemetry/0': holes }, { cleanup: 'compact,delete' }).atLeast, 0)
    assert.equal(of({ 'telemetry/0': holes }, { cleanup: 'delete' }).value, 40)
  })

  it('does not call it loss when compaction passed between the replay and the last read', () => {
    const compacted = { ...accounted, storedSha256: 'bb', storedRecords: 70 }
    assert.equal(of({ 'telemetry/0': compacted }, { cleanup: 'compact' }).value, 0)
    // Its twins: more is stored than was read; as much, and other; and a topic that is not compacted.
    const lacking = { ...accounted, records: 60, holes: 40, storedSha256: 'bb', storedRecords: 70 }
    assert.equal(of({ 'telemetry/0': lacking }, { cleanup: 'compact' }).value, 10)
    const changed = { ...compacted, storedRecords: 100 }
    assert.equal(of({ 'telemetry/0': changed }, { cleanup: 'compact' }).value, 1)
    assert.equal(of({ 'telemetry/0': compacted }, { cleanup: 'delete' }).value, 1)
  })

  it('is open where compaction may have passed and nobody counted what is stored', () => {
    const { value, why, atLeast } = of(
      { 'telemetry/0': { ...row, storedSha256: 'bb' } },
      { cleanup: 'compact' },
    )
    assert.deepEqual([value, atLeast], [null, 0])
    assert.match(why ?? '', /compaction may have changed/)
  })
})
