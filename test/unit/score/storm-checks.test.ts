import assert from 'node:assert/strict'
import { known, longerThan, type Measured, notKnown } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import { UNCOUNTED } from '../../../chaos/score/storm.ts'
import { awayWords, stormChecks } from '../../../chaos/score/storm-checks.ts'

function checks(sessionsLost: Measured | null, withoutSession?: Measured, kind = 'gateway-outage') {
  const dimension = kind === 'gateway-outage' ? 'device-reconnect-storm' : 'broker-loss'
  const fault = { id: 'one', kind, dimension, injectedAt: 1, storm: sessionsLost && { sessionsLost } }
  const service = withoutSession && { withoutSession }
  return stormChecks({ faults: [fault], service } as unknown as Measurements).map(
    ({ check, verdict, shown }) => [check, verdict, shown],
  )
}

describe('the row of the reconnect storm', () => {
  it('passes where devices lost their session and all had one in the end', () => {
    assert.deepEqual(checks(known(500), known(0)), [
      ['sessions-lost', 'pass', '500 devices'],
      ['sessions-back', 'pass', 'none'],
    ])
  })

  it('is never passed by a fault that took no session, or of which nothing is known', () => {
    assert.deepEqual(checks(known(0)), [['sessions-lost', 'inconclusive', '0 devices']])
    assert.deepEqual(checks(notKnown('the file is missing')), [
      ['sessions-lost', 'inconclusive', 'not measured'],
    ])
  })

  it('fails where devices had no session in the end, whatever took it', () => {
    assert.deepEqual(checks(known(5), known(3), 'broker-kill'), [['sessions-back', 'fail', '3 devices']])
    assert.deepEqual(checks(known(5), notKnown('x'), 'broker-kill'), [
      ['sessions-back', 'inconclusive', 'not measured'],
    ])
  })

  it('leaves runs of before sessions were counted as they were judged', () => {
    assert.deepEqual(checks(notKnown(UNCOUNTED)), [])
    assert.deepEqual(checks(null), [])
  })
})

describe('what is told of devices that came back late', () => {
  const told = (...storms: readonly [id: string, back: Measured, lost?: number][]) =>
    awayWords({
      faults: storms.map(([id, sessionsBackMs, lost = 5]) => ({
        id,
        storm: { sessionsLost: known(lost), sessionsBackMs },
      })),
    } as unknown as Measurements)

  it('is the longest time, and after which fault', () => {
    assert.equal(
      told(['jitter', known(4000)], ['immediate', known(22_000)]),
      'After immediate, devices were still without a session for up to 22 s.',
    )
  })

  it('is no less than was seen, where it did not end', () => {
    assert.match(told(['immediate', longerThan(30_000, 'the load ended')]) ?? '', /for at least 30 s\.$/)
  })

  it('is nothing where they were back soon, had never lost it, or nobody counted', () => {
    assert.equal(told(['jitter', known(3000)], ['kill', known(9000), 0], ['old', notKnown('x')]), null)
  })
})
