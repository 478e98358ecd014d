import assert from 'node:assert/strict'
import { PartitionDigest } from '../../../chaos/replay/partition-digest.ts'

function digest(...records: readonly (readonly [number, string | null])[]): string {
  const result = new PartitionDigest()
  for (const [offset, value] of records) result.update(offset, value === null ? null : Buffer.from(value))
  return result.hex()
}

describe('the digest of a partition', () => {
  it('is equal for equal records at equal offsets', () => {
    assert.equal(digest([0, 'a'], [1, 'b']), digest([0, 'a'], [1, 'b']))
  })

  it('differs when a record, an offset, the order or a boundary differs', () => {
    const all = [
      digest([0, 'a'], [1, 'b']),
      digest([0, 'a'], [1, 'c']),
      digest([0, 'a'], [2, 'b']),
      digest([1, 'b'], [0, 'a']),
      digest([0, 'a']),
      digest([0, 'ab']),
      digest([0, ''], [1, 'b']),
      digest([0, null], [1, 'b']),
      digest(),
    ]
    assert.equal(new Set(all).size, all.length)
  })

  it('can be asked on the way', () => {
    const result = new PartitionDigest()
    result.update(0, Buffer.from('a'))
    assert.equal(result.hex(), digest([0, 'a']))
    result.update(1, Buffer.from('b'))
    assert.equal(result.hex(), digest([0, 'a'], [1, 'b']))
  })
})
