import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { spread as spreadFile } from '../../../chaos/compare/spread-schema.ts'
import { numberOfRun, spreadOf } from '../../../chaos/compare/spread.ts'

const runs = (...values: (number | null)[]) =>
  values.map((value, index) => ({
    run: index + 1,
    value,
    why: value === null ? 'the probe was silent' : null,
  }))

describe('a number over the repeats of a platform', () => {
  it('has no interval with fewer than three runs, and says so', () => {
    const spread = spreadOf(runs(4, 6))
    assert.deepEqual([spread.median, spread.low, spread.high, spread.method], [5, null, null, null])
    assert.match(spread.why ?? '', /2 runs: at least 3 are needed/)
  })

  it('has the range of three as its interval, with the confidence of the sign test', () => {
    const spread = spreadOf(runs(4, 9, 6))
    assert.deepEqual([spread.median, spread.low, spread.high, spread.confidence], [6, 4, 9, 0.75])
    assert.equal(spread.why, null)
  })

  it('is not known when no run knows it, for the reason of the first', () => {
    const spread = spreadOf(runs(null, null, null))
    assert.deepEqual([spread.n, spread.median, spread.low, spread.high], [0, null, null, null])
    assert.equal(spread.why, 'the probe was silent')
  })

  it('is open on both sides when one run of three has no value: it could have had any', () => {
    const spread = spreadOf(runs(4, null, 6))
    assert.deepEqual([spread.n, spread.median, spread.low, spread.high], [2, 5, null, null])
    assert.match(spread.why ?? '', /1 of 3 runs have no value/)
  })

  it('is open above only, when that run certainly took at least so long', () => {
    const spread = spreadOf([...runs(4, 6), { run: 3, value: null, why: 'it never came back', atLeast: 50 }])
    assert.deepEqual([spread.low, spread.high], [4, null])
    assert.equal(spread.values[2]?.why, 'at least 50: it never came back')
  })

  it('keeps counts exact, and takes noise from what was scaled', () => {
    assert.equal(spreadOf(runs(123_457, 123_457, 123_457)).median, 123_457)
    assert.equal(spreadOf([numberOfRun(1, { value: 3642, why: null, from: [] }, 1 / 1000)]).median, 3.642)
  })

  it('never takes a number with a remark for one that is missing, nor the other way round', () => {
    assert.deepEqual(numberOfRun(1, { value: 5, why: 'a remark', from: [] }), { run: 1, value: 5, why: null })
    assert.equal(numberOfRun(1, undefined).why, 'not measured in this run')
  })

  it('holds its median between its bounds, whatever runs say', () => {
    const value = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), values => {
        const spread = spreadFile.parse(spreadOf(runs(...values)))
        const { median, low, high } = spread
        assert.equal(spread.n, values.filter(one => one !== null).length)
        assert.equal(spread.values.length, values.length)
        if (median === null) return assert.deepEqual([low, high], [null, null])
        assert.ok(low === null || low <= median)
        assert.ok(high === null || high >= median)
      }),
    )
  })
})
