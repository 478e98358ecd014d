import assert from 'node:assert/strict'
import { intervalsAreApart, formatOf, spreadWords } from '../../../../chaos/compare/page/spread-words.ts'
import { axisTop } from '../../../../chaos/compare/page/interval-bars.ts'
import { spreadOf } from '../../../../chaos/compare/spread.ts'

const of = (...values: (number | null)[]) =>
  spreadOf(
    values.map((value, index) => ({ run: index + 1, value, why: value === null ? 'no sample' : null })),
  )
const seconds = formatOf('s')

describe('a number over repeats, in words', () => {
  it('gives the median, its interval and how sure that is', () => {
    assert.equal(spreadWords(of(3, 4, 5), seconds), '4 s (3 s to 5 s, 75%)')
  })

  it('says of equal runs that they are', () => {
    assert.equal(spreadWords(of(2, 2, 2), seconds), '2 s (the same in 3 runs)')
  })

  it('says that too few runs have no interval', () => {
    assert.equal(spreadWords(of(2, 3), seconds), '2.5 s (2 runs, no interval)')
  })

  it('says why nothing is known', () => {
    assert.equal(spreadWords(of(null, null, null), seconds), 'not known: no sample')
  })

  it('never calls runs the same when one of them has no value', () => {
    assert.doesNotMatch(spreadWords(of(2, null, 2), seconds), /the same/)
  })

  it('tells two numbers apart only when their intervals do not touch', () => {
    assert.equal(intervalsAreApart(of(1, 2, 3), of(4, 5, 6)), true)
    assert.equal(intervalsAreApart(of(4, 5, 6), of(1, 2, 3)), true)
    assert.equal(intervalsAreApart(of(1, 2, 3), of(3, 4, 5)), false)
    assert.equal(intervalsAreApart(of(1, 2), of(4, 5)), false)
  })
})

describe('the top of an axis', () => {
  it('is never below what is drawn, and splits into four', () => {
    for (const value of [0.0007, 0.9, 1, 7.3, 22_798, 99, 1e9]) {
      const top = axisTop(value)
      assert.ok(top >= value * 0.999_999, `${top} for ${value}`)
      assert.ok(top <= value * 1.6, `${top} for ${value}`)
    }
  })
})
