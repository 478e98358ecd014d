import assert from 'node:assert/strict'
import { StallGrace } from '../../../chaos/replay/stall-grace.ts'

describe('grace with a reader that is given nothing', () => {
  it('is none until somebody asks for it, and ends at its time', () => {
    const grace = new StallGrace()
    assert.equal(grace.holds(0), false)
    grace.until(Number.POSITIVE_INFINITY)
    assert.equal(grace.holds(1e9), true)
    grace.until(40_000)
    assert.deepEqual([grace.holds(39_999), grace.holds(40_000)], [true, false])
  })
})
