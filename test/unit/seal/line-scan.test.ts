import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { assert as forAll, integer, jsonValue, property } from 'fast-check'
import { jsonDepth, LineScan } from '../../../chaos/seal/line-scan.ts'

describe('the look at a file of JSON from outside', () => {
  it('finds the depth that a recursive walk finds', () => {
    forAll(
      property(jsonValue(), value => {
        assert.equal(jsonDepth(Buffer.from(JSON.stringify(value))), depthOf(value))
      }),
    )
  })

  it('takes brackets and newlines inside of strings for what they are', () => {
    assert.equal(jsonDepth(Buffer.from('["[[[\\"[[", "{"]')), 1)
    assert.equal(jsonDepth(Buffer.from('["\\\\",[1]]')), 2)
  })

  it('sees the same whatever the chunks are', () => {
    const bytes = Buffer.from('{"a":["x\\"]"]}\n{"bb":[[1]]}\n\n{"torn')
    const whole = scan([bytes])
    forAll(
      property(integer({ min: 0, max: bytes.length }), at => {
        assert.deepEqual(scan([bytes.subarray(0, at), bytes.subarray(at)]), whole)
      }),
    )
    assert.deepEqual(whole, { lines: 4, longestLineBytes: 14, depth: 3, torn: true })
  })

  it('begins anew with each line, so that a torn string hides nothing after it', () => {
    assert.equal(scan([Buffer.from('"open\n[[1]]\n')]).depth, 2)
    assert.deepEqual(scan([Buffer.alloc(0)]), { lines: 0, longestLineBytes: 0, depth: 0, torn: true })
  })
})

function scan(chunks: readonly Uint8Array[]) {
  const lines = new LineScan(true)
  for (const chunk of chunks) lines.update(chunk)
  return lines.finish()
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}
