import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  bytes,
  bytesPerSecond,
  charge,
  CONVENTIONS,
  GIB,
  gbMonths,
  gigabytes,
  heldFor,
  hours,
  inGb,
  minus,
  month,
  months,
  moved,
  type Price,
  plus,
  requests,
  seconds,
  secondsIn,
  sum,
  times,
  usd,
} from '../../../chaos/cost/units.ts'

const perGb = 0.01 as Price<'GB'>
const perGbMonth = 0.08 as Price<'GB-month'>
const perHour = 0.1632 as Price<'hour'>

describe('units of cost', () => {
  it('charges a quantity at a price of the same unit', () => {
    assert.equal(charge(perGb, gigabytes(300)), 3)
    assert.equal(charge(perGbMonth, heldFor(gigabytes(100), months(0.5))), 4)
    assert.equal(charge(perHour, hours(730)), 0.1632 * 730)
  })

  it('turns a rate into bytes, and bytes into the GB of the bill, by its two conventions', () => {
    const day = moved(bytesPerSecond(1e6), seconds(86_400))
    assert.equal(inGb(day, CONVENTIONS), 86.4)
    assert.equal(inGb(day, { hoursPerMonth: 720, bytesPerGb: GIB }), 86.4e9 / GIB)
    assert.equal(secondsIn(month(CONVENTIONS)), 2_628_000)
    assert.equal(secondsIn(month({ hoursPerMonth: 720, bytesPerGb: GIB })), 2_592_000)
  })

  it('adds, subtracts and scales within one unit', () => {
    assert.equal(plus(bytes(2), bytes(3)), 5)
    assert.equal(minus(usd(5), usd(2)), 3)
    assert.equal(times(requests(4), 2.5), 10)
    assert.equal(sum([usd(1), usd(2), usd(3)]), 6)
    assert.equal(sum<'USD'>([]), 0)
  })

  it('does not compile when units are mixed', () => {
    // Each line must be refused by the compiler: a line that compiles makes its directive an error.
    const mixed = [
      // @ts-expect-error bytes are not gigabytes
      () => charge(perGb, bytes(1e9)),
      // @ts-expect-error gigabytes are not gigabytes held for a month
      () => charge(perGbMonth, gigabytes(1)),
      // @ts-expect-error a price per GB is not one per GB-month
      () => charge(perGb, gbMonths(1)),
      // @ts-expect-error a bare number has no unit
      () => charge(perHour, 730),
      // @ts-expect-error hours and months do not add up
      () => plus(hours(1), months(1)),
      // @ts-expect-error money and requests do not add up
      () => plus(usd(1), requests(1)),
      // @ts-expect-error a rate is held for seconds, not for hours
      () => moved(bytesPerSecond(1), hours(1)),
      // @ts-expect-error a price is not money
      () => plus(usd(1), perGb),
      // @ts-expect-error one list, one unit
      () => sum<'USD'>([usd(1), bytes(1)]),
    ]
    assert.equal(mixed.length, 9)
  })
})
