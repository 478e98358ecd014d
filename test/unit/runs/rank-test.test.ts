import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import * as fc from 'fast-check'
import { rankTest } from '../../../chaos/runs/rank-test.ts'

const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-9, `${actual}, expected ${expected}`)

describe('the rank test', () => {
  it('gives the probabilities that can be counted by hand', () => {
    near(rankTest([1, 2, 3], [4, 5, 6])?.p, 2 / 20)
    near(rankTest([1, 2, 3, 4], [5, 6, 7, 8])?.p, 2 / 70)
    near(rankTest([1, 3, 5], [2, 4, 6])?.p, 14 / 20)
    near(rankTest([1], [2])?.p, 1)
  })

  it('says how small its answer could become at all', () => {
    near(rankTest([1, 3, 5], [2, 4, 6])?.smallest, 2 / 20)
    near(rankTest([7], [8])?.smallest, 1)
  })

  it('shares ranks among equal values: where all are equal, nothing is told apart', () => {
    near(rankTest([5, 5, 5], [5, 5, 5])?.p, 1)
    // Half of the ways to choose two of 1, 1, 1, 9 hold the 9: each is as far from the middle as the other half.
    near(rankTest([1, 1], [1, 9])?.p, 1)
    // Five of 70 ways choose zeros only, and five hold all three nines.
    near(rankTest([0, 0, 0, 0], [0, 9, 9, 9])?.p, 10 / 70)
  })

  it('has no answer without values on both sides', () => {
    assert.equal(rankTest([], [1, 2]), null)
    assert.equal(rankTest([1], []), null)
  })

  it('does not depend on which group comes first, nor on a scale', () => {
    const group = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(group, group, (first, second) => {
        const p = rankTest(first, second)?.p
        near(rankTest(second, first)?.p, p ?? -1)
        near(
          rankTest(
            first.map(value => value * 3 + 1),
            second.map(value => value * 3 + 1),
          )?.p,
          p ?? -1,
        )
        assert.ok(p !== undefined && p > 0 && p <= 1 + 1e-9)
      }),
    )
  })
})
