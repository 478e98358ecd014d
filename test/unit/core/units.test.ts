import assert from 'node:assert/strict'
import { drillDuration, duration, formatDuration, parseDurationMs } from '../../../chaos/core/units.ts'
import { durationOf } from '../../../chaos/fleet/kept-topics.ts'
import { AftershockError } from '../../../chaos/core/errors.ts'

describe('a duration', () => {
  it('is refused when no clock could tell it', () => {
    assert.throws(() => parseDurationMs('9007199254740993s'), AftershockError)
    assert.equal(duration.safeParse('9007199254740993s').success, false)
    assert.equal(duration.parse('400d'), 400 * 86_400_000)
  })

  it('is at most a day in a drill', () => {
    assert.equal(drillDuration.parse('24h'), 86_400_000)
    const refused = drillDuration.safeParse('25h')
    assert.match(refused.error?.issues[0]?.message ?? '', /^'25h' is longer than 24h/)
  })

  it('is written with seconds that are less than a minute', () => {
    assert.equal(formatDuration(179_600), '3 min 0 s')
    assert.equal(formatDuration(125_400), '2 min 5 s')
  })

  it('of an option names the option, the value and the longest', () => {
    assert.equal(durationOf('--for', '30d', '365d'), 30 * 86_400_000)
    assert.throws(
      () => durationOf('--for', '366d', '365d'),
      (error: Error & { hint?: string }) =>
        error.message === "--for is '366d'" && error.hint === 'at most 365d',
    )
  })
})
