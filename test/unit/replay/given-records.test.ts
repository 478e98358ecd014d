import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'mocha'
import { givenIn } from '../../../chaos/replay/given-records.ts'
import { Position } from '../../../chaos/replay/position.ts'

type BatchOf = new (
  topic: string,
  fetchedOffset: string,
  partitionData: object,
) => { readonly messages: readonly { readonly offset: string }[]; lastOffset(): string }
const Batch = createRequire(import.meta.url)('kafkajs/src/consumer/batch.js') as BatchOf

const ABORT_KEY = Buffer.from([0, 0, 0, 0])
const COMMIT_KEY = Buffer.from([0, 0, 0, 1])

/** Commit 100, abort 50, commit 100, abort 50, as a broker gives it from `from` on: 304 offsets with the markers. */
function transactions(from: number) {
  const messages: object[] = []
  const abortedTransactions: object[] = []
  for (const [records, aborted] of [
    [100, false],
    [50, true],
    [100, false],
    [50, true],
  ] as const) {
    if (aborted) abortedTransactions.push({ producerId: '7', firstOffset: String(messages.length) })
    const batchContext = { producerId: '7', inTransaction: true }
    for (let i = 0; i < records; i++)
      messages.push({ offset: String(messages.length), key: null, batchContext, isControlRecord: false })
    const key = aborted ? ABORT_KEY : COMMIT_KEY
    messages.push({ offset: String(messages.length), key, batchContext, isControlRecord: true })
  }
  return new Batch('t', String(from), {
    partition: 0,
    highWatermark: '304',
    abortedTransactions,
    messages: messages.slice(from),
  })
}

/** What GroupReader does with an answer. */
function read(position: Position, batch: InstanceType<BatchOf>): number {
  const { askedFrom, records } = givenIn(batch)
  position.askedFrom(askedFrom ?? position.next)
  position.given(records)
  return batch.messages.length
}

describe('an answer as kafkajs keeps it', () => {
  it('is 200 records for readers of 304 offsets, and nothing is missing', () => {
    const position = new Position('t', 0, 0, 304)
    assert.equal(read(position, transactions(0)), 200)
    const { isDone, markers, holes, unread } = position
    assert.deepEqual([isDone, markers, holes, unread], [true, 104, 0, []])
  })

  it('misses 50 where 50 were deleted before they were asked for', () => {
    const position = new Position('t', 0, 0, 304)
    assert.equal(read(position, transactions(50)), 150)
    const { isDone, markers, holes, unread } = position
    assert.deepEqual([isDone, markers, holes, unread], [true, 104, 0, [{ from: 0, to: 50 }]])
  })

  it('is taken for whole where kafkajs does not keep what it hides', () => {
    const found = givenIn({ messages: [{ offset: '3' }, { offset: '4' }] })
    assert.deepEqual(found, {
      askedFrom: null,
      records: [
        { offset: 3, isForReaders: true },
        { offset: 4, isForReaders: true },
      ],
    })
  })
})
