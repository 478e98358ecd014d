import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { nextDate } from '../../../chaos/gameday/deployed/next-date.ts'
import { expressionOf } from '../../../lib/gamedays/schedule.ts'

const at = (text: string) => Date.parse(text)
const next = (day: Parameters<typeof expressionOf>[0], now: string) => {
  const { scheduleExpression, scheduleExpressionTimezone, startDate } = expressionOf(day)
  const ms = nextDate(
    {
      expression: scheduleExpression,
      timeZone: scheduleExpressionTimezone,
      ...(startDate !== undefined && { startMs: at(startDate) }),
    },
    at(now),
  )
  return typeof ms === 'number' ? new Date(ms).toISOString() : ms
}

describe('the next date of a schedule', () => {
  it('is that of a day which is once, until it was', () => {
    const day = { at: '2027-01-14T09:00:00Z' }
    assert.equal(next(day, '2027-01-01T00:00:00Z'), '2027-01-14T09:00:00.000Z')
    assert.equal(next(day, '2027-01-14T09:00:00Z'), null)
  })

  it('is the first of one that is repeated, and then each week or month by the clocks of its place', () => {
    const monthly = {
      at: '2027-02-09T08:30:00Z',
      repeats: { every: 'month', timeZone: 'Europe/Berlin' },
    } as const
    assert.equal(next(monthly, '2026-12-01T00:00:00Z'), '2027-02-09T08:30:00.000Z')
    // Clocks have changed: half past nine there is an hour earlier.
    assert.equal(next(monthly, '2027-04-01T00:00:00Z'), '2027-04-13T07:30:00.000Z')
    assert.equal(next(monthly, '2027-04-13T07:30:00Z'), '2027-05-11T07:30:00.000Z')
    const weekly = { at: '2027-07-29T21:30:00Z', repeats: { every: 'week', timeZone: 'Asia/Tokyo' } } as const
    assert.equal(next(weekly, '2027-08-01T00:00:00Z'), '2027-08-05T21:30:00.000Z')
  })

  it('is not known of an expression that somebody else wrote', () => {
    assert.equal(nextDate({ expression: 'rate(1 day)', timeZone: 'UTC' }, 0), undefined)
  })
})
