import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { ConnectionWatch } from '../../../chaos/replay/connection-watch.ts'

/** An answer as it stands on the wire: its length, then that many bytes. */
function answer(size: number): Buffer {
  const bytes = Buffer.alloc(4 + size)
  bytes.writeInt32BE(size)
  return bytes
}

describe('the watch of one connection', () => {
  it('owes nothing before anything was asked, and after all answers are whole', () => {
    const watch = new ConnectionWatch('kafka-1', 0)
    assert.deepEqual([watch.owed, watch.silentSince], [0, null])
    watch.sent(10)
    watch.sent(20)
    assert.deepEqual([watch.owed, watch.silentSince], [2, 10])
    watch.received(Buffer.concat([answer(5), answer(7)]), 30)
    assert.deepEqual([watch.owed, watch.silentSince], [0, null])
  })

  it('counts silence from the last byte, not from the last whole answer', () => {
    const watch = new ConnectionWatch('kafka-1', 0)
    watch.sent(0)
    const bytes = answer(1000)
    assert.deepEqual(watch.received(bytes.subarray(0, 100), 5000), [])
    assert.equal(watch.silentSince, 5000)
    assert.deepEqual(watch.received(bytes.subarray(100, 900), 9000), [])
    assert.deepEqual([watch.silentSince, watch.owed], [9000, 1])
    assert.deepEqual(watch.received(bytes.subarray(900), 9500), [{ sizeBytes: 1000, tookMs: 4500 }])
    assert.equal(watch.silentSince, null)
  })

  it('reads lengths and answers wherever the network cuts them', () => {
    const sizes = [0, 1, 300, 70_000, 2]
    const stream = Buffer.concat(sizes.map(answer))
    for (const step of [1, 3, 4, 5, 1000]) {
      const watch = new ConnectionWatch('kafka-1', 0)
      for (const _ of sizes) watch.sent(0)
      const found: number[] = []
      for (let at = 0; at < stream.length; at += step)
        found.push(...watch.received(stream.subarray(at, at + step), at).map(one => one.sizeBytes))
      assert.deepEqual(found, sizes)
      assert.equal(watch.owed, 0)
    }
  })
})
