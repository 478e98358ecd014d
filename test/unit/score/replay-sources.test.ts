import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import type { ReplayRead } from '../../../chaos/score/replay-reads.ts'
import { readingOf } from '../../../chaos/numbers/reading.ts'
import { verdictOf } from '../../../chaos/score/judge.ts'
import { replaySources } from '../../../chaos/score/replay-sources.ts'
import { evidenceOf, seriesOf } from './evidence-of.ts'

const SPAN = { fromMs: 10_000, toMs: 13_000 }

const starts = (...rows: readonly [t: number, start: number][]) =>
  seriesOf(
    'local-log',
    1000,
    rows.map(([t, start]) => ({ t, starts: { 'telemetry/0': start } })),
  )

const read = (t: number, askedAfter: number | null, firstOffset: number, records: number): ReplayRead => ({
  partition: 'telemetry/0',
  t,
  askedAfter,
  firstOffset,
  records,
})

const histories = (reads: readonly ReplayRead[]): Evidence['replayHistories'] =>
  new Map([['recovery', { reads, joins: [], arrivals: [] }]])

const on = (platform: string, changes: Partial<Evidence>) => {
  const evidence = evidenceOf(changes)
  return { ...evidence, header: { ...evidence.header, platform } }
}

function divided(localLog: Evidence['localLog'], ...reads: readonly ReplayRead[]) {
  const evidence = on('kafka-tiered', { localLog, replayHistories: histories(reads) })
  const { coldRecords, hotRecords, eitherRecords } = replaySources(evidence, 'recovery', SPAN)
  return [coldRecords.value, hotRecords.value, eitherRecords.value]
}

describe('where the records of a replay came from', () => {
  it('is the tier for what lay before the local log, and the broker for the rest', () => {
    assert.deepEqual(divided(starts([9000, 100], [12_000, 100]), read(11_000, null, 0, 150)), [100, 50, 0])
  })

  it('is not known for what left the broker while it was being read', () => {
    const log = starts([9000, 100], [12_000, 130])
    assert.deepEqual(divided(log, read(11_000, null, 0, 150)), [100, 20, 30])
  })

  it('is told more closely by when the records were asked for', () => {
    const log = starts([9000, 100], [10_500, 130], [12_000, 130])
    assert.deepEqual(divided(log, read(11_000, 10_600, 0, 150)), [130, 20, 0])
  })

  it('counts a start that stepped back, as another broker took over, at its least and its most', () => {
    const log = starts([9000, 100], [10_500, 80], [12_000, 100])
    assert.deepEqual(divided(log, read(11_000, null, 0, 150)), [80, 50, 20])
  })

  it('is open for a partition whose start nobody told', () => {
    const other = { ...read(11_000, null, 0, 7), partition: 'telemetry/1' }
    assert.deepEqual(divided(starts([9000, 100], [12_000, 100]), other), [0, 0, 7])
  })

  it('is not known when brokers were not asked', () => {
    assert.deepEqual(divided(starts(), read(11_000, null, 0, 7)), [null, null, null])
  })

  it('is the brokers for every record where there is no tier', () => {
    const evidence = on('kafka', { replayHistories: histories([read(11_000, null, 0, 7)]) })
    const { coldRecords, hotRecords, fromStoreBytes } = replaySources(evidence, 'recovery', SPAN)
    assert.deepEqual([coldRecords.value, hotRecords.value, fromStoreBytes.value], [0, 7, null])
  })

  it('decides a limit on cold records only outside of what may have been either', () => {
    const localLog = starts([9000, 100], [12_000, 130])
    const evidence = on('kafka-tiered', {
      localLog,
      replayHistories: histories([read(11_000, null, 0, 150)]),
    })
    const { coldRecords } = replaySources(evidence, 'recovery', SPAN)
    const judged = (atLeast: number) =>
      verdictOf({ gate: 'replay-cold-records', atLeast }, readingOf(coldRecords, null, '/x'))
    assert.deepEqual([judged(100), judged(110), judged(131)], ['pass', 'inconclusive', 'fail'])
  })

  describe('on a shared platform', () => {
    const node = (t: number, bytes: number | null) => ({
      t,
      node: 1,
      metrics: bytes === null ? {} : { kafka_stream_download_size_bytes_total: bytes },
    })
    const finished = { ok: true, result: { bytes: 700 }, kind: 'action.finished', id: 'replay', t: SPAN.toMs }
    const told = (...samples: readonly ReturnType<typeof node>[]) => {
      const evidence = on('automq', {
        brokerMetrics: seriesOf('broker-metrics', 10_000, samples),
        replayHistories: histories([read(11_000, null, 0, 7)]),
        journal: {
          events: [{ line: 1, event: { ...finished, seq: 0, at: '', prev: '' } }],
          broken: null,
          skipped: [],
          lines: 1,
          head: '',
        } as Evidence['journal'],
      })
      const nodes = [{ id: 1, zone: 'az-a', host: 'kafka-1' }]
      const found = replaySources({ ...evidence, header: { ...evidence.header, nodes } }, 'recovery', SPAN)
      const { coldRecords, hotRecords, nodesFromStoreBytes, coldBytesAtMost, hotBytesAtLeast } = found
      return [coldRecords, hotRecords, nodesFromStoreBytes, coldBytesAtMost, hotBytesAtLeast].map(
        one => one?.value ?? null,
      )
    }

    it('is memory for everything when the nodes took nothing from the store', () => {
      assert.deepEqual(told(node(9000, 50), node(14_000, 50)), [0, 7, 0, 0, 700])
    })

    it('is bounded by the bytes that they took, over the end of a process', () => {
      assert.deepEqual(told(node(9000, 50), node(12_000, 20), node(14_000, 200)), [null, null, 200, 200, 500])
      assert.deepEqual(told(node(9000, 50), node(14_000, 5050)), [null, null, 5000, 700, 0])
    })

    it('is not known when a node did not tell', () => {
      assert.deepEqual(told(node(9000, 50), node(14_000, null)), [null, null, null, null, null])
    })
  })

  it('is not claimed of a shared platform, where only what the store gave out is known', () => {
    const counts = (bytes: number) => ({ requests: 1, failed: 0, toStoreBytes: 0, fromStoreBytes: bytes })
    const objectStore = seriesOf('object-store', 1000, [
      { t: 9500, zones: { 'az-a': { GetObject: counts(1000) } }, storedBytes: null },
      { t: 13_200, zones: { 'az-a': { GetObject: counts(6000) } }, storedBytes: null },
    ])
    const evidence = on('automq', { objectStore })
    const { coldRecords, fromStoreBytes } = replaySources(evidence, 'recovery', SPAN)
    assert.deepEqual([coldRecords.value, fromStoreBytes.value], [null, 5000])
  })
})
