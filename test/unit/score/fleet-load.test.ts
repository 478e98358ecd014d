import assert from 'node:assert/strict'
import { measureFleet, measurePeaks } from '../../../chaos/score/fleet-load.ts'
import { evidenceOf, fleetRows, seriesOf } from './evidence-of.ts'
import { timelineOf } from './faults.ts'
import { logOf, steadySends } from './sends.ts'

const span = { fromMs: 10_000, toMs: 40_000 }
const withFleet = (rows: ReturnType<typeof fleetRows>) => evidenceOf({ fleet: seriesOf('fleet', 1000, rows) })
const node = (t: number, cpuSeconds: number | null) => ({
  t,
  node: 1,
  state: 'running' as const,
  cpuSeconds,
  residentBytes: 100 + t,
})

describe('load', () => {
  it('peaks at the worst sample of the span, per second', () => {
    const rows = fleetRows(0, 40_000, t =>
      t === 20_000 ? { deviceConnects: 900, intervalMs: 1500 } : t === 5_000 ? { deviceConnects: 5_000 } : {},
    )
    const { deviceConnectsPerSecond, sendsPerSecond } = measurePeaks(withFleet(rows), span)
    assert.equal(deviceConnectsPerSecond.value, 600)
    assert.deepEqual(deviceConnectsPerSecond.from, [
      { file: 'samples/fleet.jsonl', selector: 'line 21', value: 600 },
    ])
    assert.equal(sendsPerSecond.value, 5)
  })

  it('has only a lower bound of a peak that a hole may hide', () => {
    const rows = fleetRows(0, 40_000).filter(row => row.t < 20_000 || row.t > 24_000)
    const { value, atLeast } = measurePeaks(withFleet(rows), span).sendsPerSecond
    assert.deepEqual([value, atLeast], [null, 5])
  })

  it('has no peak without samples', () => {
    assert.equal(measurePeaks(withFleet([]), span).sendsPerSecond.value, null)
  })
})

describe('the fleet', () => {
  it('adds up what every second saw', () => {
    const fleet = measureFleet(withFleet(fleetRows(0, 40_000)), timelineOf())
    assert.equal(fleet.acked.value, 410)
    assert.equal(fleet.ackedPerSecond.value, 10)
  })

  it('counts drops from the histories of the gateways', () => {
    const shard = { process: 'g', role: 'gateway', zone: 'az-a', lines: 5, trouble: null }
    const shards = [
      { ...shard, file: 'history/g1.jsonl', refusedRecords: 0, refusedDevices: null, droppedRecords: 3 },
      { ...shard, file: 'history/g2.jsonl', refusedRecords: 2, refusedDevices: null, droppedRecords: 4 },
    ]
    assert.equal(measureFleet(evidenceOf({ shards }), timelineOf()).dropped.value, 7)
    assert.equal(measureFleet(evidenceOf(), timelineOf()).dropped.value, null)
  })

  for (const [delay, expected] of [
    [199, false],
    [201, true],
  ] as const) {
    it(`${expected ? 'is' : 'is not'} the bottleneck when its own loop was ${delay} ms late`, () => {
      const rows = fleetRows(0, 40_000, t => (t === 20_000 ? { loopDelayMs: delay } : {}))
      assert.equal(measureFleet(withFleet(rows), timelineOf()).toolIsBottleneck, expected)
    })
  }

  it('may or may not be the bottleneck when nobody sampled it', () => {
    assert.equal(measureFleet(withFleet([]), timelineOf()).toolIsBottleneck, null)
  })

  it('knows its latency in the steady part', () => {
    const fleet = measureFleet(evidenceOf({ sends: logOf(steadySends(0, 9_000, 100)) }), timelineOf())
    assert.deepEqual([fleet.steadyP50Ms.value, fleet.steadyP99Ms.value], [10, 10])
  })

  it('adds up a broker’s CPU over a restart, and knows nothing of one that was not sampled', () => {
    const nodes = seriesOf('nodes', 1000, [
      node(0, 5),
      node(1000, 8),
      node(2000, null),
      node(3000, 1),
      node(4000, 2.5),
    ])
    const [first, second] = measureFleet(evidenceOf({ nodes }), timelineOf()).nodes
    assert.equal(first?.cpuSeconds.value, 5.5)
    assert.equal(first?.peakResidentBytes.value, 4100)
    assert.equal(second?.cpuSeconds.value, null)
  })
})
