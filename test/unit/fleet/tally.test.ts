import assert from 'node:assert/strict'
import { LATENCY_CAP_MS } from '../../../chaos/fleet/latency.ts'
import { Tally } from '../../../chaos/fleet/tally.ts'

const none: ReadonlyMap<string, number> = new Map()

describe('the tally of the fleet', () => {
  it('adds up zones, and begins anew after each take', () => {
    const tally = new Tally(['az-a', 'az-b'])
    tally.zone('az-a').counts.acked = 3
    tally.zone('az-b').counts.acked = 4
    tally.zone('az-b').counts.deviceConnects = 1
    const first = tally.take(new Map([['az-b', 9]]))
    assert.deepEqual([first.acked, first.deviceConnects, first.buffered], [7, 1, 9])
    assert.equal(first.byZone['az-a']?.acked, 3)
    assert.equal(first.byZone['az-b']?.buffered, 9)
    assert.equal(tally.take(none).acked, 0)
  })

  it('keeps how many devices have a session, which is no count of an interval', () => {
    const tally = new Tally(['az-a', 'az-b'])
    tally.zone('az-a').sessions = 3
    tally.zone('az-b').sessions = 4
    for (const { sessions, byZone } of [tally.take(none), tally.take(none)])
      assert.deepEqual([sessions, byZone['az-b']?.sessions], [7, 4])
  })

  it('takes percentiles over all zones and per zone', () => {
    const tally = new Tally(['az-a', 'az-b'])
    for (let i = 0; i < 99; i++) tally.zone('az-a').latency.record(10)
    tally.zone('az-b').latency.record(500)
    const { latency, byZone } = tally.take(none)
    assert.deepEqual([latency.n, latency.p50, latency.p99, latency.max], [100, 10, 10, 500])
    assert.equal(byZone['az-b']?.latency.p50, 500)
    assert.deepEqual(tally.take(none).latency, { n: 0, p50: 0, p95: 0, p99: 0, max: 0 })
  })

  it('records what is later than the cap at the cap', () => {
    const tally = new Tally(['az-a'])
    tally.zone('az-a').latency.record(LATENCY_CAP_MS * 3)
    const { n, max } = tally.take(none).latency
    assert.equal(n, 1)
    assert.ok(max >= LATENCY_CAP_MS && max < LATENCY_CAP_MS * 1.001)
  })
})
