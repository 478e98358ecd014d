import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { leastCrossings, theoreticalCrossings } from '../../../chaos/cost/model/crossings.ts'
import { ingestRequests } from '../../../chaos/cost/model/object-requests.ts'
import type { PlatformName } from '../../../chaos/platforms/index.ts'
import { brokersNeeded, sizeCluster } from '../../../chaos/cost/model/sizing.ts'
import { bytesPerSecond, GIB, seconds } from '../../../chaos/cost/units.ts'
import { paperWorkload } from './sample-workload.ts'

const placement = (change: { rackAwareClients?: boolean; zoneLocalProduce?: boolean } = {}) => ({
  zones: 3,
  replicas: 3,
  rackAwareClients: false,
  zoneLocalProduce: false,
  ...change,
})

/** All crossings of an ingested byte with so many consumer groups. */
function total(platform: PlatformName, groups: number, change = {}): number {
  const { produce, replicate, consume } = theoreticalCrossings(platform, placement(change))
  return Number((produce + replicate + groups * consume).toFixed(2))
}

describe('crossings of an ingested byte, three zones', () => {
  it('are those of the published formulas, for one and for three consumer groups', () => {
    const rows: readonly (readonly [PlatformName, object, number, number])[] = [
      ['kafka', {}, 3.33, 4.67],
      ['kafka', { rackAwareClients: true }, 2.67, 2.67],
      ['kafka', { rackAwareClients: true, zoneLocalProduce: true }, 2, 2],
      ['kafka-tiered', {}, 3.33, 4.67],
      ['kafka-tiered', { rackAwareClients: true }, 2.67, 2.67],
      ['automq', {}, 1.33, 2.67],
      ['automq', { rackAwareClients: true }, 1.33, 2.67],
      ['automq-router', { rackAwareClients: true }, 0, 0],
      ['automq-router', {}, 1.33, 2.67],
    ]
    for (const [platform, change, one, three] of rows) {
      assert.equal(total(platform, 1, change), one, `${platform} ${JSON.stringify(change)}`)
      assert.equal(total(platform, 3, change), three, `${platform} ${JSON.stringify(change)}`)
    }
  })

  it('never go below the least possible', () => {
    for (const platform of ['kafka', 'automq', 'automq-router'] as const)
      for (const zones of [1, 2, 3, 5])
        for (const replicas of [1, 2, 3, 4])
          for (const rackAwareClients of [false, true]) {
            const where = { zones, replicas, rackAwareClients, zoneLocalProduce: true }
            const usual = theoreticalCrossings(platform, where)
            const least = leastCrossings(platform, where)
            for (const ratio of ['produce', 'replicate', 'consume', 'replay'] as const)
              assert.ok(usual[ratio] >= least[ratio] - 1e-12, `${platform} ${ratio} ${JSON.stringify(where)}`)
          }
  })

  it('count copies that stay in their leader’s zone as not crossing', () => {
    const of = (zones: number) => theoreticalCrossings('kafka', { ...placement(), zones }).replicate
    assert.deepEqual([of(1), of(2), of(3), of(6)], [0, 1.5, 2, 2])
  })
})

describe('object requests of AutoMQ', () => {
  const count = (platform: 'automq' | 'automq-router', mbPerSecond: number, brokers: number) => {
    const rate = bytesPerSecond(mbPerSecond * 1e6)
    const { puts, gets } = ingestRequests(platform, paperWorkload(), rate, brokers, seconds(GIB / rate))
    return { puts, gets, all: puts + gets }
  }

  it('are within 16% of what was counted on a running node at 25.7 MB/s', () => {
    // Counted for 1 GiB: 192 PutObject and 88 multipart calls, 144 GETs (deletes are free).
    const { puts, gets } = count('automq', 25.7, 1)
    assert.ok(Math.abs(puts / 280 - 1) < 0.01, `${puts}`)
    // The model adds 64 reads of compaction, which a run of 42 s did not live to see.
    assert.ok(Math.abs((gets - 64) / 144 - 1) < 0.17, `${gets}`)
  })

  it('are within 20% of what was counted with the router on three nodes at 8 to 10 MB/s', () => {
    // Counted: 6,200 to 7,100 calls a GiB.
    const [slow, fast] = [count('automq-router', 8, 3).all, count('automq-router', 10, 3).all]
    assert.ok(fast > 6200 * 0.8 && fast < 7100 * 1.2, `${fast}`)
    assert.ok(slow > 6200 && slow < 7100 * 1.2, `${slow}`)
  })

  it('have a floor that small clusters pay whatever they write, and a limit for each GiB that large ones reach', () => {
    assert.ok(count('automq', 1, 3).puts > 10 * count('automq', 100, 3).puts)
    const large = count('automq', 3000, 3).puts
    assert.ok(Math.abs(large - (128 + 113)) < 1, `${large}`)
  })
})

describe('the size of a cluster', () => {
  it('is what the busier direction moves, over what one broker moves less its headroom', () => {
    const sizing = { mbPerSecondPerBroker: 100, headroom: 0.4 }
    assert.equal(brokersNeeded(bytesPerSecond(300e6), sizing), 5)
    assert.equal(brokersNeeded(bytesPerSecond(300e6 + 1e4), sizing), 6)
  })

  it('fills whole zones, unless it need not', () => {
    const workload = paperWorkload({ ingestMbPerSecond: 50 })
    // Out: 50 × (2 copies + 2 groups) + 1 = 201 MB/s over 50 a broker are 5.
    assert.equal(sizeCluster('kafka', workload, false).brokers, 6)
    const loose = { ...workload, sizing: { ...workload.sizing, wholeZones: false } }
    assert.equal(sizeCluster('kafka', loose, false).brokers, 5)
  })

  it('has a broker for every zone and for every replica', () => {
    assert.equal(sizeCluster('kafka', paperWorkload({ zones: 1, replicas: 3 }), false).brokers, 3)
    assert.equal(sizeCluster('automq', paperWorkload({ zones: 1, replicas: 3 }), false).brokers, 1)
  })
})
