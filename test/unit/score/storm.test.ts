import assert from 'node:assert/strict'
import { measurePeaks, ownPart } from '../../../chaos/score/fleet-load.ts'
import { measureStorm, undrainedZones, withoutSession } from '../../../chaos/score/storm.ts'
import { evidenceOf, fleetRows, seriesOf } from './evidence-of.ts'
import { faultLife, timelineOf } from './faults.ts'

type Change = Parameters<typeof fleetRows>[2]
const timeline = timelineOf()
const QUIET = { sessionsLost: 0, sessionsOpened: 0, sessionsRefused: 0, sessions: 1000 }
const DEVICES = 1000

/** Devices are away from 10 s on; the fault is healed at 20 s and observed until 40 s. */
function storm(at: Change, keep: (t: number) => boolean = () => true) {
  return measureStorm(evidence(at, keep), timeline, faultLife())
}
function evidence(at: Change, keep: (t: number) => boolean = () => true) {
  const rows = fleetRows(0, 40_000, t => ({
    ...QUIET,
    waiting: { overdue: 0, overdueByZone: { 'az-a': 0 }, oldestMs: {} },
    ...at?.(t),
  })).filter(row => keep(row.t))
  const base = evidenceOf({ fleet: seriesOf('fleet', 1000, rows) })
  const { drill } = base.header
  return {
    ...base,
    header: { ...base.header, drill: { ...drill, fleet: { ...drill.fleet, devices: DEVICES } } },
  }
}
const overdue = (count: number) => ({
  waiting: { overdue: count, overdueByZone: { 'az-a': count }, oldestMs: { telemetry: count * 10 } },
})
const away =
  (backAt: number, drainedAt: number): Change =>
  t => ({
    ...(t === 10_000 && { sessionsLost: DEVICES }),
    ...(t >= 10_000 && t < backAt && { sessions: 0, sessionsRefused: 7, deviceConnects: 9 }),
    ...(t > 11_000 && t < drainedAt && overdue(500)),
  })

describe('a storm of devices that reconnect', () => {
  it('is over when all have a session, and again when what they held is delivered', () => {
    const found = storm(away(25_000, 28_000))
    assert.deepEqual([found.sessionsBackMs.value, found.drainMs.value], [5000, 8000])
    const { low, high, confidence } = found.drainMs.interval ?? {}
    assert.deepEqual([low, high, confidence], [7000, 8000, 1])
    assert.deepEqual(
      [found.sessionsLost.value, found.attempts.value, found.refused.value],
      [1000, 15 * 9, 15 * 7],
    )
    assert.deepEqual([found.overduePeak.value, found.oldestMs.value], [500, 5000])
  })

  it('was over at once where nothing was left when the fault was healed', () => {
    const found = storm(away(15_000, 16_000))
    assert.deepEqual([found.sessionsBackMs.value, found.drainMs.value], [0, 0])
  })

  it('is not over where throughput is back and the backlog stays', () => {
    const { drainMs } = storm(t => ({ ...away(22_000, 50_000)?.(t), acked: 5000 }))
    assert.deepEqual([drainMs.value, drainMs.atLeast], [null, 20_000])
    assert.match(drainMs.why ?? '', /^500 records that had been due for over a second waited at the edge/)
  })

  it('is not over where a backlog that was gone comes back', () => {
    const { drainMs } = storm(t => (t === 33_000 ? overdue(400) : (away(22_000, 24_000)?.(t) ?? {})))
    assert.equal(drainMs.value, 14_000)
  })

  it('is not known to be over where all was well for a moment only', () => {
    const { sessionsBackMs } = storm(away(38_000, 0))
    assert.deepEqual([sessionsBackMs.value, sessionsBackMs.atLeast], [null, 17_000])
  })

  it('has no end where the fleet was not sampled, nor in runs of before sessions were counted', () => {
    const hole = storm(away(25_000, 28_000), t => t < 29_000 || t > 34_000)
    assert.deepEqual([hole.drainMs.value, hole.drainMs.atLeast], [null, 7000])
    assert.equal(hole.refused.value, 15 * 7)
    const old = measureStorm(evidenceOf(), timeline, faultLife())
    for (const measured of [old.sessionsLost, old.sessionsBackMs, old.drainMs, old.refused])
      assert.deepEqual([measured.value, measured.atLeast], [null, undefined])
  })

  it('has nothing of the fault that ends its window in it', () => {
    const next: Change = t => (t >= 30_500 ? { sessionsLost: 1000, deviceConnects: 9000, sessions: 0 } : {})
    const rows = evidence(t => ({ ...away(22_000, 24_000)?.(t), ...next(t) }))
    const found = measureStorm(rows, timeline, faultLife({ windowEndsAt: 30_400 }))
    assert.deepEqual([found.sessionsLost.value, found.attempts.value], [1000, 12 * 9])
    assert.equal(found.sessionsBackMs.value, 2000)
    const span = { fromMs: 9950, toMs: 30_400 }
    assert.equal(measurePeaks(rows, ownPart(rows.fleet, span)).deviceConnectsPerSecond.value, 9)
    assert.deepEqual(ownPart(rows.fleet, { fromMs: 0, toMs: 60_000 }), { fromMs: 0, toMs: 60_000 })
  })

  it('forgives one late device in a thousand', () => {
    assert.equal(storm(t => (t > 11_000 ? overdue(1) : {})).drainMs.value, 0)
    assert.equal(storm(t => (t > 11_000 ? overdue(2) : {})).drainMs.value, null)
  })

  it('has no peak of attempts where there was none', () => {
    const { value, why } = measurePeaks(
      evidence(() => ({})),
      { fromMs: 0, toMs: 40_000 },
    ).deviceConnectsPerSecond
    assert.deepEqual([value, why], [null, 'no device lost its session, so none sought one'])
  })
})

describe('devices without a session when the load ends', () => {
  it('are counted where any was lost at all', () => {
    assert.deepEqual(
      withoutSession(
        evidence(() => ({})),
        timeline,
      ),
      {},
    )
    assert.equal(withoutSession(evidence(away(25_000, 0)), timeline).withoutSession?.value, 0)
    assert.equal(withoutSession(evidence(away(41_000, 0)), timeline).withoutSession?.value, DEVICES)
  })

  it('are not known without a sample of then', () => {
    const { withoutSession: found } = withoutSession(
      evidence(away(25_000, 0), t => t < 35_000),
      timeline,
    )
    assert.equal(found?.value, null)
  })
})

describe('zones whose devices hold more than usual', () => {
  it('are those that did so twice in a row before the end', () => {
    const zones = (...times: number[]) =>
      undrainedZones(
        evidence(t => (times.includes(t) ? overdue(300) : {})),
        timeline,
        40_000,
      )
    assert.deepEqual(zones(), [])
    assert.deepEqual(zones(40_000), [])
    assert.deepEqual(zones(39_000, 40_000), ['az-a'])
  })
})
