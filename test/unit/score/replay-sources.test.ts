import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import type { ReplayRead } from '../../../chaos/score/replay-reads.ts'
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
