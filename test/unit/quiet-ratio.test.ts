import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { ratioOf } from '../house/quiet-ratio.ts'

const pair = (ratio: number, byOthers: number) => ({ ratio, byOthers })

describe('the ratio of a benchmark', () => {
  it('is refused when the machine was busy with something else in every pair', () => {
    const said = ratioOf([pair(0.5, 0.4), pair(0.6, 0.8)])
    assert.match(said, /^no ratio: .* busy with something else \(40% of its CPU at least\)/)
  })

  it('is the middle one of the pairs that were left alone', () => {
    const said = ratioOf([pair(0.5, 0), pair(9.9, 0.5), pair(0.7, 0.05), pair(0.6, 0.1)])
    assert.match(said, /^0\.60 \(0\.50 to 0\.70 in 3 of 4 pairs/)
  })
})
