import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { FetchSize } from '../../../chaos/replay/fetch-size.ts'
import { Position } from '../../../chaos/replay/position.ts'
import { STUCK_MS, StallWatch, UNSERVED_MS } from '../../../chaos/replay/stall-watch.ts'
import { UnservedPartitions } from '../../../chaos/replay/unserved.ts'

const reading = (at: number, high: number, low = 0) => ({
  at,
  partitions: new Map(['t/0', 't/1'].map(key => [key, { low, high }])),
})
const MANY = 1000

describe('the watch for partitions that are given nothing although answers come', () => {
  it('says nothing while no answer comes, however long that takes: slowness is nobody’s standstill', () => {
    const watch = new StallWatch()
    const position = new Position('t', 0, 5)
    for (let at = 0; at <= 10 * STUCK_MS; at += UNSERVED_MS)
      assert.deepEqual(watch.standing([position], reading(at, 9), 0), [])
  })

  it('names a partition that is in none of the answers, and since when', () => {
    const watch = new StallWatch()
    const stuck = new Position('t', 0, 5)
    const moving = new Position('t', 1, 0)
    watch.standing([stuck, moving], reading(0, 100), 0)
    moving.next += 1
    assert.deepEqual(watch.standing([stuck, moving], reading(UNSERVED_MS, 100), MANY), [
      { partition: 't/0', since: 0, forMs: UNSERVED_MS },
    ])
  })

  it('is quiet while there is nothing to read, and about a partition that was read to its end', () => {
    const watch = new StallWatch()
    for (const at of [0, STUCK_MS, 2 * STUCK_MS]) {
      assert.deepEqual(watch.standing([new Position('t', 0, 5)], reading(at, 5), at), [])
      assert.deepEqual(watch.standing([new Position('t', 0, 5, 5)], reading(at, 50), at), [])
    }
  })

  it('begins anew after a reset, so that a silent leader is not held against the reader', () => {
    const watch = new StallWatch()
    const position = new Position('t', 0, 5)
    watch.standing([position], reading(0, 9), 0)
    watch.reset()
    assert.deepEqual(watch.standing([position], reading(STUCK_MS, 9), MANY), [])
  })
})

describe('partitions that are given nothing although answers come', () => {
  it('are asked for more at once, and the reader is stuck only when that has not helped for a minute', () => {
    const size = new FetchSize(1_000_000, 1)
    const unserved = new UnservedPartitions(size)
    const positions = new Map([['t/0', new Position('t', 0, 5)]])
    unserved.look(positions, reading(0, 9), 0)
    const before = size.bytes
    assert.equal(unserved.look(positions, reading(UNSERVED_MS, 9), MANY).stuck, null)
    assert.equal(size.bytes, 2 * before)
    const { stuck } = unserved.look(positions, reading(STUCK_MS, 9), 2 * MANY)
    assert.deepEqual([stuck?.cause, stuck?.since], ['position-stuck', 0])
    assert.match(stuck?.why ?? '', /t\/0/)
  })

  it('are unread where nothing is left of them, not done', () => {
    const unserved = new UnservedPartitions(new FetchSize(1_000_000, 1))
    const position = new Position('t', 0, 5, 20)
    const positions = new Map([['t/0', position]])
    unserved.look(positions, reading(0, 30, 25), 0)
    assert.deepEqual(unserved.look(positions, reading(UNSERVED_MS, 30, 25), MANY).emptied, [position])
    assert.deepEqual([position.isDone, position.unread], [true, [{ from: 5, to: 20 }]])
  })
})
