import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { carriedCrossings, priceUse, workloadOf } from '../../../chaos/cost/environment-use.ts'
import { billFor } from '../../../chaos/cost/model/bill.ts'
import type { LineName } from '../../../chaos/record/cost-file.ts'
import { leastCrossings, theoreticalCrossings } from '../../../chaos/cost/model/crossings.ts'
import { loadPrices } from '../../../chaos/cost/prices.ts'
import type { EnvironmentLoad, EnvironmentUse } from '../../../chaos/platforms/environment-load.ts'
import { environmentLoad } from '../../../lib/deploy/load.ts'
import { loadEnvironment } from '../../../lib/environment.ts'

const MONTH_SECONDS = 730 * 3600

describe('what the fleet of an environment costs', () => {
  for (const name of ['kafka', 'kafka-tiered', 'automq', 'automq-router'])
    it(`is what the cost model says of the same load (${name})`, () => {
      const load = loadOf(name)
      const workload = workloadOf(load)
      const bill = billFor(load.platform, workload, loadPrices(), carriedCrossings(load.platform, workload))
      const billed = (line: LineName) => bill.lines.find(one => one.line === line)?.usdPerMonth ?? NaN
      const use = priceUse(load, loadPrices())
      assert.equal(usd(use, 'GB between zones'), billed('cross-zone-paths'))
      assert.equal(usd(use, 'requests to S3'), billed('object-requests'))
      assert.equal(usd(use, 'GB in S3, once its retention is full'), billed('object-storage'))
      assert.equal(billed('read-fan-out'), 0)
    })

  it('is bytes between zones, by the formula and what the protocol added in the lab', () => {
    const load = loadOf('kafka')
    const gb = (load.bytesPerSecond * MONTH_SECONDS) / 1e9
    const { produce, replicate } = theoreticalCrossings('kafka', workloadOf(load))
    const formula = gb * (produce + replicate) * 0.02
    const said = usd(priceUse(load, loadPrices()), 'GB between zones')
    // Two thirds of what is produced, and two copies; a stored byte took a fifth to a quarter more on the wire.
    assert.ok(Math.abs(formula - gb * (2 / 3 + 2) * 0.02) < 1e-6)
    assert.ok(said > formula * 1.2 && said < formula * 1.25, `${said} and ${formula}`)
    const least = leastCrossings('kafka', workloadOf(load))
    assert.ok(said > gb * (least.produce + least.replicate) * 0.02)
  })

  it('is four log objects a second and broker of AutoMQ, which nothing else writes', () => {
    const use = priceUse(loadOf('automq'), loadPrices())
    const floor = 3 * 4 * MONTH_SECONDS
    assert.ok(usd(use, 'requests to S3') > floor * (5e-6 + 4e-7))
    assert.equal(usd(priceUse(loadOf('kafka'), loadPrices()), 'requests to S3'), 0)
  })

  it('counts the brokers that there are', () => {
    const load = loadOf('automq')
    const twice = priceUse({ ...load, brokers: load.brokers * 2 }, loadPrices())
    assert.ok(usd(twice, 'requests to S3') > 1.8 * usd(priceUse(load, loadPrices()), 'requests to S3'))
  })

  it('is no traffic between zones with the router of AutoMQ, whose clients are told where to go', () => {
    const routed = environmentLoad({ ...loadEnvironment('automq'), zoneRouter: true })
    assert.equal(routed.platform, 'automq-router')
    assert.equal(usd(priceUse(routed, loadPrices()), 'GB between zones'), 0)
  })

  it('grows with the load that the fleet is given', () => {
    const config = loadEnvironment('kafka')
    const more = environmentLoad({ ...config, fleet: { ...config.fleet, devicesPerShard: 6800 } })
    const ratio =
      usd(priceUse(more, loadPrices()), 'GB between zones') /
      usd(priceUse(loadOf('kafka'), loadPrices()), 'GB between zones')
    assert.ok(ratio > 1.9 && ratio <= 2, String(ratio))
  })

  it('adds up all but bounds, which nobody measured', () => {
    const load: EnvironmentLoad = { ...loadOf('kafka'), burstable: [{ type: 't4g.small', count: 3 }] }
    const use = priceUse(load, loadPrices())
    const bound = use.lines.find(({ isBound }) => isBound)
    // Three machines of two vCPUs, of which a fifth is in the price.
    assert.equal(Math.round(bound?.quantity ?? 0), Math.round(3 * 2 * 0.8 * 730))
    assert.equal(bound?.isUnsourced, true)
    const counted = use.lines
      .filter(line => line !== bound)
      .reduce((sum, { monthlyUsd }) => sum + monthlyUsd, 0)
    assert.equal(use.monthlyUsd, counted)
    const none = priceUse({ ...load, burstable: [] }, loadPrices())
    assert.ok(none.lines.every(({ isBound }) => !isBound))
  })

  it('names what has no price in the region, and adds up the rest', () => {
    const use = priceUse({ ...loadOf('kafka'), region: 'eu-north-1' }, loadPrices())
    assert.deepEqual(use.lines, [])
    assert.match(use.unpriced[0]?.why ?? '', /has no price of xfer\.interaz\.per_direction in eu-north-1/)
  })
})

const loadOf = (name: string) => environmentLoad(loadEnvironment(name))

function usd({ lines }: EnvironmentUse, what: string): number {
  return lines.find(line => line.what === what)?.monthlyUsd ?? 0
}
