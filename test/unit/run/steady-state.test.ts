import assert from 'node:assert/strict'
import type { Clock } from '../../../chaos/core/clock.ts'
import type { ProbeCondition } from '../../../chaos/core/drill.ts'
import type { ClusterSample, FleetSample } from '../../../chaos/record/samples.ts'
import { FRESH_MS, LiveState } from '../../../chaos/run/live-state.ts'
import { measureBaseline } from '../../../chaos/run/steady-baseline.ts'
import { watchSteadyState } from '../../../chaos/run/steady-state.ts'

/** Time passes only when somebody sleeps; `onTick` sees every step. */
function steppingClock(onTick: (now: number) => void): Clock {
  let now = 0
  return {
    now: () => now,
    wallMs: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      now += ms
      onTick(now)
    },
  }
}

const cluster = (t: number, changes: Partial<ClusterSample> = {}): ClusterSample => ({
  t,
  answered: [1, 2, 3],
  controller: 1,
  underReplicated: 0,
  offline: 0,
  ...changes,
})
const whole: ProbeCondition = { probe: 'under-replicated-partitions', equals: 0, forSeconds: 2 }

const latency = { n: 10, p50: 40, p95: 80, p99: 120, max: 150 }
const fleet = (t: number, changes: Partial<FleetSample> = {}): FleetSample => ({
  t,
  intervalMs: 500,
  due: 10,
  acked: 10,
  failed: 0,
  unknown: 0,
  dropped: 0,
  sends: 1,
  deviceConnects: 0,
  brokerConnects: 0,
  buffered: 7,
  latency,
  byZone: {},
  loopDelayMs: 1,
  ...changes,
})

describe('the steady state', () => {
  it('is proven once every condition has held for as long as it must', async () => {
    const live = new LiveState()
    const clock = steppingClock(now => {
      live.cluster = cluster(now)
    })
    const { verdict } = await watchSteadyState([whole], live, { clock, deadlineMs: 10_000 })
    assert.equal(verdict, 'pass')
    assert.ok(clock.now() >= 2000)
  })

  it('begins to count anew when a condition breaks in between', async () => {
    const live = new LiveState()
    const clock = steppingClock(now => {
      live.cluster = cluster(now, { underReplicated: now >= 1500 && now < 1700 ? 3 : 0 })
    })
    await watchSteadyState([whole], live, { clock, deadlineMs: 10_000 })
    assert.ok(clock.now() >= 3700, `proven at ${clock.now()}`)
  })

  it('fails with what was seen when the deadline passes first', async () => {
    const live = new LiveState()
    const clock = steppingClock(now => {
      live.cluster = cluster(now, { underReplicated: 4 })
    })
    const { verdict, probes } = await watchSteadyState([whole], live, { clock, deadlineMs: 5000 })
    assert.equal(verdict, 'fail')
    assert.equal(probes[0]?.value, 4)
  })

  it('is inconclusive when the probe never answered', async () => {
    const { verdict } = await watchSteadyState([whole], new LiveState(), {
      clock: steppingClock(() => {}),
      deadlineMs: 5000,
    })
    assert.equal(verdict, 'inconclusive')
  })

  it('does not let the last good value of a silent probe stand', async () => {
    const live = new LiveState()
    live.cluster = cluster(0)
    const longer = { ...whole, forSeconds: (FRESH_MS + 2000) / 1000 }
    const { verdict } = await watchSteadyState([longer], live, {
      clock: steppingClock(() => {}),
      deadlineMs: 20_000,
    })
    assert.equal(verdict, 'inconclusive')
  })
})

describe('a steady state relative to the platform’s own baseline', () => {
  const relative: ProbeCondition = {
    probe: 'produce-p99-ms',
    atMostTimesBaseline: 3,
    atMost: 3000,
    forSeconds: 2,
  }
  /** A platform with one p99 while the baseline is measured, and another one afterwards. */
  const watch = async (during: number, after: number, condition = relative) => {
    const live = new LiveState()
    const clock = steppingClock(now => {
      if (now % 1000 === 0)
        live.takeFleet(fleet(now, { latency: { ...latency, p99: now <= 10_000 ? during : after } }))
    })
    const baseline = await measureBaseline([condition], live, { clock })
    return watchSteadyState([condition], live, { clock, deadlineMs: 10_000, baseline })
  }

  const table: readonly [during: number, after: number, verdict: string, limit: number][] = [
    [508, 508, 'pass', 1524],
    [508, 1600, 'fail', 1524],
    [40, 450, 'pass', 500],
    [40, 501, 'fail', 500],
    [20_000, 20_000, 'fail', 3000],
    [1100, 2900, 'pass', 3000],
  ]
  for (const [during, after, verdict, limit] of table) {
    it(`with a baseline of ${during} ms and then ${after} ms: ${verdict}, by ${limit} ms`, async () => {
      const found = await watch(during, after)
      assert.deepEqual([found.verdict, found.probes[0]?.limit], [verdict, limit])
      assert.match(found.probes[0]?.expected ?? '', new RegExp(`the baseline was ${during}`))
    })
  }

  it('is never above five seconds where the drill gives no cap', async () => {
    const { atMost: _, ...uncapped } = relative
    assert.equal((await watch(20_000, 20_000, uncapped)).probes[0]?.limit, 5000)
  })

  it('cannot be told without a baseline', async () => {
    const live = new LiveState()
    const clock = steppingClock(now => live.takeFleet(fleet(now)))
    const { verdict } = await watchSteadyState([relative], live, { clock, deadlineMs: 3000, baseline: [] })
    assert.equal(verdict, 'inconclusive')
  })
})

describe('a topic that refuses everything', () => {
  const quick: ProbeCondition = { probe: 'produce-p99-ms', atMost: 500, forSeconds: 2 }
  const watch = (oldestOf: (now: number) => number) => {
    const live = new LiveState()
    const clock = steppingClock(now => {
      const oldestMs = { telemetry: 90, operations: oldestOf(now) }
      live.takeFleet(fleet(now, { waiting: { overdue: 0, oldestMs } }))
    })
    return watchSteadyState([quick], live, { clock, deadlineMs: 20_000 })
  }

  it('does not let the others’ acknowledgements prove a steady state', async () => {
    const found = await watch(now => 60_000 + now)
    assert.equal(found.verdict, 'fail')
    assert.deepEqual(
      found.probes.map(({ probe, holds }) => [probe, holds]),
      [
        ['produce-p99-ms', 'pass'],
        ['waiting-longest-ms', 'fail'],
      ],
    )
    assert.equal((await watch(() => 60)).verdict, 'pass')
  })

  it('is part of the percentiles as soon as more records wait than these leave out', () => {
    const live = new LiveState()
    const read = (overdue: number) => {
      live.takeFleet(
        fleet(1000, {
          latency: { ...latency, n: 990 },
          waiting: { overdue, oldestMs: { operations: 40_000 } },
        }),
      )
      return live.read('produce-p99-ms', 1000)
    }
    assert.deepEqual([read(0), read(10), read(11)], [120, 120, 40_000])
  })
})

describe('a live probe', () => {
  it('reads rates per second, whatever the interval was', () => {
    const live = new LiveState()
    live.takeFleet(fleet(1000))
    assert.equal(live.read('acked-per-second', 1000), 20)
  })

  it('has no latency when nothing was acknowledged', () => {
    const live = new LiveState()
    live.takeFleet(fleet(1000, { latency: { ...latency, n: 0 } }))
    assert.equal(live.read('produce-p99-ms', 1000), null)
  })

  it('adds up what was dropped over the whole run', () => {
    const live = new LiveState()
    live.takeFleet(fleet(1000, { dropped: 2 }))
    live.takeFleet(fleet(2000, { dropped: 3 }))
    assert.equal(live.read('edge-dropped-records', 2000), 5)
  })

  it('knows nothing of partitions when no broker answered', () => {
    const live = new LiveState()
    live.cluster = cluster(1000, { answered: [], underReplicated: 0 })
    assert.equal(live.read('under-replicated-partitions', 1000), null)
    assert.equal(live.read('nodes-answering', 1000), 0)
  })
})
