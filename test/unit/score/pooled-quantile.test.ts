import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { seededRandom } from '../../../chaos/core/random.ts'
import { percentile } from '../../../chaos/score/latency.ts'
import { PooledQuantile } from '../../../chaos/score/pooled-quantile.ts'

/** All values of a draw, sorted anew. */
function plain(seconds: readonly Int32Array[], share: number, order: Int32Array): number {
  const values = [...order].flatMap(second => [...(seconds[second] ?? [])]).sort((a, b) => a - b)
  return Math.max(1, percentile(values, share) ?? Number.NaN)
}

describe('a quantile of many seconds together', () => {
  for (const [how, mostCounts] of [
    ['looked up', undefined],
    ['counted at each draw', 0],
  ] as const)
    it(`is that of all their values, in any order and however often a second is drawn: ${how}`, () => {
      const random = seededRandom('pooled')
      let draws = 0
      for (let world = 0; world < 60; world++) {
        const n = 1 + random.integer(12)
        // Few values that repeat, many, none at all in some seconds, and times below zero.
        const spread = 1 + random.integer(world % 2 === 0 ? 5 : 4000)
        const seconds = Array.from({ length: n }, () =>
          Int32Array.from({ length: random.integer(9) }, () => random.integer(spread) - 2),
        )
        for (const share of [0.5, 0.99]) {
          const pooled = new PooledQuantile(seconds, share, mostCounts)
          for (let draw = 0; draw < 20; draw++) {
            const block = 1 + random.integer(n)
            const order = new Int32Array(n)
            for (let at = 0; at < n; ) {
              const start = random.integer(n)
              for (let i = 0; i < block && at < n; i++) order[at++] = (start + i) % n
            }
            assert.equal(pooled.of(order), plain(seconds, share, order))
            draws++
          }
        }
        assert.equal(
          new PooledQuantile(seconds, 0.5).cost,
          seconds.reduce((sum, second) => sum + new Set(second).size, 0),
        )
      }
      assert.equal(draws, 2400)
    })
})
