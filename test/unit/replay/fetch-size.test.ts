import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { FetchSize, readEachTime } from '../../../chaos/replay/fetch-size.ts'

const MIB = 1024 * 1024

describe('how much of a partition is asked for at once', () => {
  it('comes to what an answer can bring in about two seconds on a narrow link', () => {
    const size = new FetchSize(MIB, 6)
    const bytesPerMs = 60
    for (let i = 0; i < 5; i++) {
      const sizeBytes = size.bytes * 6
      size.answered({ sizeBytes, tookMs: sizeBytes / bytesPerMs })
    }
    assert.equal(size.bytes, 20_000)
  })

  it('grows to the most on a fast link within a few answers, and shrinks with the first slow one', () => {
    const size = new FetchSize(MIB, 6)
    for (let i = 0; i < 3; i++) size.answered({ sizeBytes: size.bytes * 6, tookMs: 5 })
    assert.equal(size.bytes, MIB)
    size.answered({ sizeBytes: 6 * MIB, tookMs: 100_000 })
    assert.ok(size.bytes < 32 * 1024)
  })

  it('learns nothing from small answers', () => {
    const size = new FetchSize(MIB, 6)
    const before = size.bytes
    size.answered({ sizeBytes: 500, tookMs: 900 })
    assert.equal(size.bytes, before)
  })

  it('does not shrink below what a partition with large batches needed', () => {
    const size = new FetchSize(MIB, 1)
    size.widen()
    const needed = size.bytes
    size.answered({ sizeBytes: needed, tookMs: 60_000 })
    assert.equal(size.bytes, needed)
    for (let i = 0; i < 9; i++) size.widen()
    assert.equal(size.bytes, MIB)
  })

  it('is read by kafkajs for each request', () => {
    let bytes = 7
    const limit = readEachTime(() => bytes)
    const written = Buffer.alloc(4)
    written.writeInt32BE(limit)
    assert.equal(written.readInt32BE(), 7)
    bytes = 9
    written.writeInt32BE(limit)
    assert.equal(written.readInt32BE(), 9)
  })
})
