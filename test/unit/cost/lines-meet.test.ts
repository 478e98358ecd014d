import assert from 'node:assert/strict'
import { cheapestOf, linesMeet } from '../../../chaos/cost/model/lines-meet.ts'

const RANGE = { fromFactor: 0.05, toFactor: 20 }
const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? 0) / expected - 1) < 0.01, `${actual} is not ${expected}`)

describe('where two bills meet', () => {
  it('is one place, with the stretch around it in which they are the same within 2%', () => {
    const found = linesMeet(x => [100 + 10 * x, 80 + 20 * x], RANGE)
    assert.equal(found.length, 1)
    const [one] = found
    near(one?.factor, 2)
    assert.deepEqual([one?.below, one?.above], [1, 0])
    // 2% of 120 is 2.4, and they part by 10 for each step.
    near(one?.same?.fromFactor, 1.77)
    near(one?.same?.toFactor, 2.25)
  })

  it('is one stretch where a step makes them cross back and forth', () => {
    // A broker more at 1 on the one, at 1.1 on the other: less than 2% of the bill.
    const found = linesMeet(x => [1000 + (x > 1 ? 10 : 0), 1005 + 40 * Math.abs(Math.log(x)) ** 2], RANGE)
    assert.equal(found.length, 1)
    assert.deepEqual([found[0]?.below, found[0]?.above], [0, 0])
    assert.ok((found[0]?.same?.fromFactor ?? 9) < 1 && (found[0]?.same?.toFactor ?? 0) > 1.1)
  })

  it('is no crossing where they only come near and part again', () => {
    assert.deepEqual(
      linesMeet(x => [1000, 1010 + 400 * Math.log(x) ** 2], RANGE),
      [],
    )
  })

  it('is a place without a stretch where one jumps past the other', () => {
    const [one, ...others] = linesMeet(x => [100, x < 3 ? 50 : 200], RANGE)
    near(one?.factor, 3)
    assert.deepEqual([one?.below, one?.above, one?.same, others.length], [1, 0, null, 0])
  })

  it('does not name the end of the range as a crossing', () => {
    assert.deepEqual(
      linesMeet(x => [100, x < 0.0515 ? 90 : 200], RANGE),
      [],
    )
    assert.deepEqual(
      linesMeet(x => [100, x < 19 ? 200 : 90], RANGE),
      [],
    )
  })

  it('says that they are the same up to a place when they are from the start', () => {
    const [one, ...others] = linesMeet(x => [100, 100 + (x > 0.5 ? x * 10 : 0)], RANGE)
    assert.deepEqual([one?.below, one?.above, others.length], [null, 0, 0])
    near(one?.same?.toFactor, 0.5)
  })

  it('says of the same bill that it is the same throughout', () => {
    const [one] = linesMeet(x => [x, x], RANGE)
    assert.deepEqual([one?.below, one?.above, one?.same], [null, null, RANGE])
  })
})

describe('the cheapest of several bills', () => {
  it('stays it until another is clearly below', () => {
    const found = cheapestOf(x => [100, Math.max(60, 110 - 10 * x), Math.max(20, 400 - 30 * x)], RANGE)
    assert.deepEqual(
      found.map(({ index }) => index),
      [0, 1, 2],
    )
    near(found[0]?.toFactor, 1.196)
    near(found[1]?.toFactor, 11.37)
    assert.equal(found[0]?.fromFactor, 0.05)
    assert.equal(found.at(-1)?.toFactor, 20)
  })
})
