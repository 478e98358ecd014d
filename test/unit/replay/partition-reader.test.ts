import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, it } from 'mocha'
import type { AbortedTransaction } from '../../../chaos/kafka/fetch-wire.ts'
import { PartitionReader } from '../../../chaos/replay/log/partition-reader.ts'
import { PartitionTasks } from '../../../chaos/replay/log/record-tasks.ts'
import { PartitionDigest } from '../../../chaos/replay/partition-digest.ts'
import { pollLine } from '../../../chaos/replay/poll-line.ts'
import { Position } from '../../../chaos/replay/position.ts'
import { recordIdOf } from '../../../chaos/replay/record-id.ts'
import { type MadeRecord, makeBatch, makeMarker } from '../kafka/make-batch.ts'

const T = 1234
const value = (offset: number) => Buffer.from(`{"id":"d${offset % 3}/1/${offset}","class":"telemetry"}`)
const record = (offset: number): MadeRecord => ({ offset, key: Buffer.from('d1'), value: value(offset) })
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const plain = (from: number, to: number) => makeBatch({ records: range(from, to).map(record) })

function started({ start = 0, end = Number.POSITIVE_INFINITY } = {}) {
  const position = new Position('telemetry', 3, start, end)
  const tasks = new PartitionTasks({ digests: 'all' }, position)
  const reader = new PartitionReader(position, [tasks])
  const read = (bytes: Buffer, aborted: readonly AbortedTransaction[] = []) =>
    reader.read(bytes, answer(bytes, aborted), T)
  return { position, tasks, read }
}

const answer = (bytes: Buffer, aborted: readonly AbortedTransaction[] = []) => ({
  topic: 'telemetry',
  partition: 3,
  error: 0,
  aborted,
  from: 0,
  to: bytes.length,
})

/** As a reader with an object for each record has it. */
const lineOf = (records: readonly MadeRecord[]) =>
  pollLine(
    T,
    'telemetry',
    3,
    records.map(({ offset, value: text = null }) => ({ offset, id: recordIdOf(text) })),
  )

describe('a partition read by its bytes', () => {
  it('gives the history, the counts and the digest that a reader of records gives', () => {
    const bytes = fc.oneof(
      fc.nat(1_000_000).map(value),
      fc.uint8Array({ maxLength: 300 }).map(text => Buffer.from(text)),
      fc.constant(null),
    )
    const records = fc.array(
      fc.record({
        gap: fc.nat(3),
        value: bytes,
        key: fc.oneof(fc.constant(null), fc.constant(Buffer.from('d7'))),
        timestamp: fc.integer({ min: 1_600_000_000_000, max: 1_800_000_000_000 }),
        headers: fc.constantFrom<[string, string][]>([], [['sent', '1700000000123']], [['other', 'x']]),
      }),
      { minLength: 1, maxLength: 30 },
    )
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 7 }), fc.boolean(), (made, each, isCompressed) => {
        let offset = 2 ** 33
        const all = made.map(({ gap, ...rest }) => ({ ...rest, offset: (offset += gap + 1) }))
        const batches: Buffer[] = []
        for (let i = 0; i < all.length; i += each)
          batches.push(
            makeBatch({
              records: all.slice(i, i + each),
              ...(isCompressed && { codec: 1, compress: text => gzipSync(text) }),
            }),
          )
        const { position, read, tasks } = started({ start: 2 ** 33 })
        assert.equal(read(Buffer.concat(batches)), lineOf(all))
        const digest = new PartitionDigest()
        for (const one of all) digest.update(one.offset, one.value)
        assert.deepEqual(tasks.done().digests, [{ id: 'all', sha256: digest.hex(), records: all.length }])
        const last = all.at(-1) as (typeof all)[number]
        assert.deepEqual([position.records, position.next], [all.length, last.offset + 1])
        assert.equal(position.holes, last.offset + 1 - 2 ** 33 - all.length)
        const sizes = all.map(one => (one.value?.length ?? 0) + (one.key?.length ?? 0))
        assert.equal(
          position.bytes,
          sizes.reduce((sum, size) => sum + size, 0),
        )
        const sent = last.headers[0]?.[0] === 'sent' ? 1_700_000_000_123 : last.timestamp
        assert.equal(position.lastTimestamp, sent)
      }),
    )
  })

  it('takes markers and what was aborted for what they are', () => {
    const { position, read } = started()
    const of = { producerId: 9n, isTransactional: true }
    const other = { producerId: 8n, isTransactional: true }
    const bytes = Buffer.concat([
      makeBatch({ records: [record(0), record(1)], ...of }),
      makeBatch({ records: [record(2)], ...other }),
      makeMarker(3, 9n, false),
      // The same producer once more, and this time it commits.
      makeBatch({ records: [record(4)], ...of }),
      makeMarker(5, 9n, true),
      makeMarker(6, 8n, true),
      plain(7, 8),
    ])
    const line = read(bytes, [{ producerId: 9n, firstOffset: 0 }])
    assert.equal(line, lineOf([record(2), record(4), record(7)]))
    assert.deepEqual([position.records, position.markers, position.holes, position.next], [3, 5, 0, 8])

    // The control: nothing was aborted.
    const all = started()
    all.read(bytes)
    assert.deepEqual([all.position.records, all.position.markers], [5, 3])
  })

  it('reads nothing before its position and nothing from its end on', () => {
    const { position, read } = started({ start: 3, end: 8 })
    const bytes = Buffer.concat([plain(0, 5), plain(5, 10)])
    assert.equal(read(bytes), lineOf(range(3, 8).map(record)))
    assert.deepEqual([position.records, position.next, position.isDone], [5, 8, true])
  })

  it('leaves a batch that an answer cut off for the next one', () => {
    const { position, read } = started()
    const bytes = Buffer.concat([plain(0, 4), plain(4, 8)])
    const cut = bytes.subarray(0, bytes.length - 1)
    assert.equal(PartitionReader.nextAfter(cut, answer(cut)), 4)
    assert.equal(read(cut), lineOf(range(0, 4).map(record)))
    assert.equal(position.next, 4)
    assert.equal(PartitionReader.nextAfter(bytes.subarray(0, 9), answer(bytes.subarray(0, 9))), null)
  })

  it('passes over what compaction took, also at the end of a batch', () => {
    const { position, read } = started()
    const batch = makeBatch({ baseOffset: 0, lastOffset: 9, records: [record(2), record(5)] })
    assert.equal(read(batch), lineOf([record(2), record(5)]))
    assert.deepEqual([position.records, position.holes, position.next], [2, 8, 10])
  })

  it('takes nothing of a batch of which a bit has changed', () => {
    const bytes = Buffer.concat([plain(0, 4), plain(4, 8)])
    const last = bytes.length - 1
    bytes[last] = (bytes[last] as number) ^ 1
    const { position, read } = started()
    assert.equal(read(bytes), lineOf(range(0, 4).map(record)))
    assert.equal(position.next, 4)
    const rest = bytes.subarray(plain(0, 4).length)
    assert.throws(() => read(rest), /the batch at offset 4 of telemetry\/3 does not have the checksum/)
    assert.equal(position.next, 4)
  })

  it('refuses records of formats that only old clients wrote', () => {
    const bytes = plain(0, 1)
    bytes[16] = 1
    assert.throws(() => started().read(bytes), /records have format 1, and this reads format 2/)
  })

  it('takes the broker’s time where it stamps records', () => {
    const { position, read } = started()
    read(makeBatch({ records: [record(0)], appendedAt: 1_700_000_555_000 }))
    assert.equal(position.lastTimestamp, 1_700_000_555_000)
  })
})
