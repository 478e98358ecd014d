import assert from 'node:assert/strict'
import { missesLimit } from '../../../chaos/core/observation.ts'

describe('what a probe saw', () => {
  const misses = (value: number | string | null, limit?: string) =>
    missesLimit({ what: 'bytes in 500 ms', value, ...(limit !== undefined && { limit }) })

  it('is beyond its limit, or within it, or nobody can say', () => {
    assert.deepEqual(
      [
        misses(705, 'at most 596 B'),
        misses(596, 'at most 596 B'),
        misses(3, 'at least 4'),
        misses(4, 'at least 4'),
      ],
      [true, false, true, false],
    )
    assert.deepEqual(
      [
        misses(5, 'above 5 B'),
        misses(6, 'above 5 B'),
        misses(9.5, 'below 9.5 ms'),
        misses(9, 'less than 9.5'),
      ],
      [true, false, true, false],
    )
    assert.deepEqual(
      [misses('silent', 'at most 5'), misses(null, 'at least 1'), misses(7), misses(7, 'none')],
      [false, false, false, false],
    )
  })
})
