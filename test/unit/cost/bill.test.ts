import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type Bill, billFor, pricesOf } from '../../../chaos/cost/model/bill.ts'
import { LINES, type LineName } from '../../../chaos/record/cost-file.ts'
import { PLATFORM_NAMES, type PlatformName } from '../../../chaos/platforms/index.ts'
import type { Workload } from '../../../chaos/cost/workload.ts'
import { paperPrices, paperWorkload } from './sample-workload.ts'

const bill = (platform: PlatformName, change: Partial<Workload> = {}): Bill =>
  billFor(platform, paperWorkload(change), paperPrices())

function line(of: Bill, name: LineName): number {
  return of.lines.find(one => one.line === name)?.usdPerMonth ?? Number.NaN
}

/** To a tenth of a cent: the sums on paper are rounded there. */
function costs(of: Bill, expected: Readonly<Partial<Record<LineName | 'total', number>>>): void {
  for (const [name, usd] of Object.entries(expected)) {
    const found = name === 'total' ? of.totalUsdPerMonth : line(of, name as LineName)
    assert.ok(Math.abs(found - usd) < 0.001, `${name}: ${found} where paper says ${usd}`)
  }
}

describe('a bill worked out on paper', () => {
  it('agrees for kafka', () => {
    costs(bill('kafka'), {
      compute: 219, // 3 brokers × 730 h × 0.1
      'broker-storage': 417.12, // (864 GB × 3 ÷ 0.5 + 3 × 10) × 0.08
      'object-storage': 0,
      'object-requests': 0,
      'network-transfer': 35.04, // 2,628 GB × 2/3 × 0.02
      'read-fan-out': 700.8, // 26,280 GB × 2 × 2/3 × 0.02
      'cross-zone-paths': 1401.6, // 26,280 GB × (2/3 + 2) × 0.02
      'operator-time': 500,
      replays: 111.52, // 2 × (432 GB × 2/3 × 0.02 + 50)
      'broker-losses': 117.28, // 864 GB × 0.02 + 2 × 50
      total: 3502.36,
    })
  })

  it('agrees for kafka-tiered', () => {
    costs(bill('kafka-tiered'), {
      compute: 219,
      'broker-storage': 106.08, // (216 GB × 3 ÷ 0.5 + 30) × 0.08
      'object-storage': 19.872, // 864 GB × 0.023
      'object-requests': 2.1024, // 26,280 segments × 16 × 0.000005
      'cross-zone-paths': 1401.6,
      'read-fan-out': 700.8,
      replays: 111.5632, // as kafka, and 2 × 54,000 reads × 0.0000004
      'broker-losses': 104.32, // 216 GB × 0.02 + 100
    })
  })

  it('agrees for automq', () => {
    // A month has 2,628,000 s, in which 26.28 TB are 24,475.14838 GiB.
    const gib = 26.28e12 / 2 ** 30
    const log = 3 * 4 * 2_628_000
    costs(bill('automq'), {
      compute: 219,
      'broker-storage': 2.4, // 3 × 10 GB × 0.08
      'object-storage': 19.872,
      'object-requests': (log + gib * 113) * 5e-6 + (log + gib * 64) * 4e-7,
      'cross-zone-paths': 350.4, // 26,280 GB × 2/3 × 0.02
      'read-fan-out': 700.8,
      'broker-losses': 100 + 128 * 4e-7, // nothing to copy back but its log
    })
  })

  it('agrees for automq with its router and clients that say where they are', () => {
    const gib = 26.28e12 / 2 ** 30
    const log = 3 * 4 * 2_628_000
    costs(bill('automq-router', { rackAwareClients: true }), {
      'object-requests': (2 * log + gib * 113) * 5e-6 + (3 * log + gib * 64) * 4e-7,
      'cross-zone-paths': 0,
      'read-fan-out': 0,
      'network-transfer': 0,
    })
  })

  it('gives the router nothing when clients do not say where they are', () => {
    const unaware = bill('automq-router')
    costs(unaware, { 'cross-zone-paths': 350.4, 'read-fan-out': 700.8 })
  })
})

describe('a bill', () => {
  it('is the sum of its lines, which are always the same ones', () => {
    for (const platform of PLATFORM_NAMES) {
      const one = bill(platform)
      assert.deepEqual(
        one.lines.map(({ line: name }) => name),
        LINES,
      )
      const total = one.lines.reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0)
      assert.ok(Math.abs(total - one.totalUsdPerMonth) < 1e-9)
    }
  })

  it('says of every line how it was worked out, from what, and at which prices', () => {
    for (const platform of PLATFORM_NAMES)
      for (const { line: name, formula, inputs, prices, usdPerMonth } of bill(platform).lines) {
        assert.ok(formula.length > 3, name)
        assert.ok(inputs.length > 0, name)
        if (usdPerMonth > 0 && name !== 'operator-time') assert.ok(prices.length > 0, `${platform} ${name}`)
      }
    assert.deepEqual(
      pricesOf([bill('kafka')]).map(row => row.item),
      [
        'ebs.gp3.storage',
        'ebs.gp3.throughput',
        'ec2.linux.paper',
        's3.standard.get',
        'xfer.interaz.per_direction',
      ],
    )
  })

  it('keeps machines ready for a replay that must end soon, and charges them to replays', () => {
    const inNoHurry = bill('kafka')
    const hurried = bill('kafka', {
      replays: { perMonth: 2, depth: 43_200_000, share: 1, within: 1_800_000 },
    })
    // 432 GB in 30 minutes are 240 MB/s more: 281 MB/s over 50 a broker are 6 brokers, 3 more than without.
    costs(hurried, { compute: 219, replays: line(inNoHurry, 'replays') + 219 + 3 * 10 * 0.08 })
    assert.equal(hurried.sizing.brokers, 3)
  })

  it('costs nothing for replays when none is planned', () => {
    costs(bill('kafka', { replays: { perMonth: 0, depth: 43_200_000, share: 1, within: 60_000 } }), {
      replays: 0,
    })
  })

  it('charges disk throughput only above what volumes include', () => {
    const fast = bill('kafka', {
      ingestMbPerSecond: 1000,
      sizing: { ...paperWorkload().sizing, mbPerSecondPerBroker: 4000, headroom: 0 },
    })
    // 3 GB/s are 2,861.02 MiB/s; 3 volumes include 375.
    const above = (3000e6 / 2 ** 20 - 375) * 0.04
    costs(fast, { 'broker-storage': (86_400 * 3 * 2 + 30) * 0.08 + above })
  })

  it('copies nothing back where the lost disk held the only copy, and says that it is lost', () => {
    const lossOf = (platform: PlatformName) =>
      bill(platform, { replicas: 1 }).lines.find(one => one.line === 'broker-losses')
    for (const platform of ['kafka', 'kafka-tiered'] as const) {
      const loss = lossOf(platform)
      assert.equal(loss?.usdPerMonth, 100)
      assert.match(loss?.formula ?? '', /had no other copy, so it is lost/)
      assert.equal(loss?.inputs.find(({ name }) => name === 'one copies back')?.value, 0)
    }
    assert.doesNotMatch(lossOf('automq')?.formula ?? '', /had no other copy/)
  })

  it('keeps compacted topics on brokers, because they cannot be tiered', () => {
    const classes = {
      telemetry: { share: 0.5, retention: 86_400_000, compacted: false },
      'device-state': { share: 0.5, retention: 86_400_000, compacted: true, storedGb: 100 },
    }
    costs(bill('kafka-tiered', { classes }), {
      'broker-storage': ((108 + 100) * 6 + 30) * 0.08, // half of 216 GB, and 100 GB whole
      'object-storage': 432 * 0.023,
      'object-requests': 2.1024 / 2,
    })
    costs(bill('automq', { classes }), { 'object-storage': (432 + 100) * 0.023 })
  })

  it('charges the way to the object store unless it is the gateway endpoint', () => {
    const objectStore = paperWorkload().objectStore
    const sinks = 35.04
    // Uploaded once, and half of it read and written again: 2 × 26,280 GB.
    costs(bill('automq', { objectStore: { ...objectStore, access: 'interface' } }), {
      'network-transfer': sinks + 52_560 * 0.01 + 3 * 730 * 0.01,
    })
    costs(bill('automq', { objectStore: { ...objectStore, access: 'nat' } }), {
      'network-transfer': sinks + 52_560 * 0.045 + 3 * 730 * 0.045,
    })
    costs(bill('kafka', { objectStore: { ...objectStore, access: 'nat' } }), { 'network-transfer': sinks })
  })

  it('charges sinks by where they are', () => {
    costs(bill('kafka', { connector: { mbPerSecond: 1, to: 'other-region' } }), {
      'network-transfer': 2628 * 0.02,
    })
    costs(bill('kafka', { connector: { mbPerSecond: 1, to: 'internet' } }), {
      'network-transfer': 2628 * 0.09,
    })
  })

  it('needs no traffic between zones where there is one', () => {
    const one = bill('kafka', { zones: 1 })
    costs(one, { 'cross-zone-paths': 0, 'read-fan-out': 0, 'broker-losses': 100 })
  })

  it('charges what leaves either region, where there are two, and names the price', () => {
    costs(bill('kafka', {}), { 'inter-region': 0 })
    const two = bill('kafka', { secondRegion: { bytesPerIngestedByte: 1.5, to: 'other' } })
    costs(two, { 'inter-region': 26_280 * 1.5 * 0.02 })
    const between = two.lines.find(one => one.line === 'inter-region')
    assert.deepEqual(
      between?.prices.map(({ item }) => item),
      ['xfer.interregion.other'],
    )
    const more = two.totalUsdPerMonth - bill('kafka', {}).totalUsdPerMonth
    assert.ok(Math.abs(more - 26_280 * 1.5 * 0.02) < 1e-6)
  })

  it('takes what a run measured between regions in place of what the workload declares', () => {
    const crossings = { produce: 1, replicate: 3, consume: 0.5, replay: 0.25, betweenRegions: 2 }
    const declared = paperWorkload({ secondRegion: { bytesPerIngestedByte: 1, to: 'other' } })
    for (const workload of [declared, paperWorkload()])
      costs(billFor('kafka', workload, paperPrices(), crossings), { 'inter-region': 26_280 * 2 * 0.02 })
  })

  it('takes measured crossings in place of the formula’s', () => {
    const crossings = { produce: 1, replicate: 3, consume: 0.5, replay: 0.25 }
    const measured = billFor('kafka', paperWorkload(), paperPrices(), crossings)
    costs(measured, { 'cross-zone-paths': 26_280 * 4 * 0.02, 'read-fan-out': 26_280 * 2 * 0.5 * 0.02 })
    assert.equal(measured.crossingsFrom, 'measured')
  })
})
