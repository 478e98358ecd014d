import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { givenIn } from '../../../chaos/replay/given-records.ts'
import { Position } from '../../../chaos/replay/position.ts'

const records = (...offsets: readonly number[]) => offsets.map(offset => ({ offset, isForReaders: true }))
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('the position of a reader in a partition', () => {
  it('has nothing to account for when every offset was read', () => {
    const position = new Position('t', 0, 0, 5)
    position.askedFrom(0)
    position.given(records(0, 1, 2, 3, 4))
    assert.deepEqual([position.isDone, position.holes, position.markers, position.unread], [true, 0, 0, []])
  })

  it('keeps the offsets that were never asked for, apart from those that an answer passed over', () => {
    const position = new Position('t', 0, 0, 100)
    position.askedFrom(0)
    position.given(records(0, 1))
    // Deleted to 50 meanwhile: the client asks for the first that is left. 60 to 69 were compacted.
    position.askedFrom(50)
    position.given(records(...range(50, 60), ...range(70, 100)))
    assert.deepEqual([position.isDone, position.unread, position.holes], [true, [{ from: 2, to: 50 }], 10])
  })

  it('does not count what was passed over beyond its end', () => {
    const position = new Position('t', 0, 0, 10)
    position.given(records(0, 1, 2))
    position.askedFrom(40)
    assert.deepEqual([position.isDone, position.unread], [true, [{ from: 3, to: 10 }]])
    const other = new Position('t', 0, 0, 10)
    other.given(records(0, 1, 2, 40))
    assert.deepEqual([other.isDone, other.holes, other.unread], [true, 7, []])
  })

  it('counts nothing twice when it reads again', () => {
    const position = new Position('t', 0, 0, 10)
    position.given(records(0, 1, 5))
    position.askedFrom(0)
    position.given(records(0, 1, 5, 6))
    assert.deepEqual([position.next, position.holes, position.unread], [7, 3, []])
  })

  it('joins ranges that follow on each other', () => {
    const position = new Position('t', 0, 0, 100)
    position.askedFrom(20)
    position.askedFrom(50)
    position.given(records(50))
    position.askedFrom(60)
    assert.deepEqual(position.unread, [
      { from: 0, to: 50 },
      { from: 51, to: 60 },
    ])
  })

  // Commit 100, abort 50, commit 100, abort 50: 304 offsets with their markers, 200 of them for readers.
  const committed = [...range(0, 100), ...range(152, 252)]
  const transactions = (from: number) => ({
    fetchedOffset: String(from),
    rawMessages: range(from, 304).map(offset => ({ offset: String(offset) })),
    messages: committed.filter(offset => offset >= from).map(offset => ({ offset: String(offset) })),
  })

  it('takes markers and aborted records for what they are: nothing is missing', () => {
    const position = new Position('t', 0, 0, 304)
    const { askedFrom, records: given } = givenIn(transactions(0))
    position.askedFrom(askedFrom ?? 0)
    position.given(given)
    assert.deepEqual([position.isDone, position.markers, position.holes, position.unread], [true, 104, 0, []])
  })

  it('misses 50 where 50 of them were deleted: the control of the case before', () => {
    const position = new Position('t', 0, 0, 304)
    const { askedFrom, records: given } = givenIn(transactions(50))
    position.askedFrom(askedFrom ?? 0)
    position.given(given)
    assert.deepEqual(
      [position.isDone, position.markers, position.holes, position.unread],
      [true, 104, 0, [{ from: 0, to: 50 }]],
    )
  })

  it('passes an answer that held markers alone', () => {
    const position = new Position('t', 0, 10, 20)
    position.givenNothing(10, 13)
    assert.deepEqual([position.next, position.markers, position.holes], [14, 4, 0])
    position.givenNothing(17, 25)
    assert.deepEqual([position.isDone, position.markers, position.holes], [true, 7, 3])
  })
})
