import assert from 'node:assert/strict'
import { Position } from '../../../chaos/replay/position.ts'
import { STANDSTILL_MS, STUCK_MS, StallWatch } from '../../../chaos/replay/stall-watch.ts'

const reading = (at: number, high: number) => ({
  at,
  partitions: new Map(['t/0', 't/1'].map(key => [key, { low: 0, high }])),
})

describe('the watch for a reader that stands still', () => {
  it('speaks up soon when nothing moves although there is something to read', () => {
    const watch = new StallWatch()
    const position = new Position('t', 0, 5)
    assert.equal(watch.isStalled([position], reading(0, 9)), false)
    assert.equal(watch.isStalled([position], reading(STANDSTILL_MS - 1, 12)), false)
    assert.equal(watch.isStalled([position], reading(STANDSTILL_MS, 12)), true)
  })

  it('has patience with a partition while another moves, but not for ever', () => {
    const watch = new StallWatch()
    const stuck = new Position('t', 0, 5)
    const moving = new Position('t', 1, 0)
    const at = (ms: number) => {
      moving.next += 1
      return watch.isStalled([stuck, moving], reading(ms, 100))
    }
    assert.deepEqual([at(0), at(STANDSTILL_MS), at(STUCK_MS - 1), at(STUCK_MS)], [false, false, false, true])
  })

  it('is quiet while the reader moves, however far behind it is', () => {
    const watch = new StallWatch()
    const position = new Position('t', 0, 5)
    for (let at = 0; at < 10 * STUCK_MS; at += STANDSTILL_MS) {
      position.next += 1
      assert.equal(watch.isStalled([position], reading(at, 10_000)), false)
    }
  })

  it('is quiet while there is nothing to read, and about a partition that was read to its end', () => {
    const watch = new StallWatch()
    const caughtUp = new Position('t', 0, 5)
    const done = new Position('t', 0, 5, 5)
    for (const at of [0, STUCK_MS, 2 * STUCK_MS]) {
      assert.equal(watch.isStalled([caughtUp], reading(at, 5)), false)
      assert.equal(watch.isStalled([done], reading(at, 50)), false)
    }
  })

  it('begins anew after a reset, so that a silent leader is not held against the reader', () => {
    const watch = new StallWatch()
    const position = new Position('t', 0, 5)
    watch.isStalled([position], reading(0, 9))
    watch.reset()
    assert.equal(watch.isStalled([position], reading(STUCK_MS, 9)), false)
  })
})
