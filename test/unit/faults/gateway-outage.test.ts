import assert from 'node:assert/strict'
import { gatewayOutage } from '../../../chaos/faults/gateway-outage.ts'
import { fakeDriver, fakeWorld } from './fake-driver.ts'
import type { GatewayTraffic } from '../../../chaos/core/gateway-traffic.ts'
import { begin } from './fault-life.ts'

const ALL = gatewayOutage.spec.parse({ gateways: 'all' })

/** As on AutoMQ on 2026-12-01: one of six gateways, with 67 devices. */
const USUAL: GatewayTraffic = {
  connections: 3,
  bytes: 11_920,
  otherBytes: 0,
  requestsWithRecords: 12,
  sessions: 67,
}
const SHUT: GatewayTraffic = { ...USUAL, bytes: 0, requestsWithRecords: 0, sessions: 0 }
const NO_TARGET = { nodes: [], zones: [], links: [], summary: '', gateways: ['gw-az-a-2'], reconnect: null }

const provenBy = (now: GatewayTraffic): boolean =>
  gatewayOutage.isEffective({ 'gw-az-a-2': now }, { 'gw-az-a-2': USUAL }, NO_TARGET)
const healedBy = (now: GatewayTraffic): boolean =>
  gatewayOutage.isHealed({ 'gw-az-a-2': now }, { 'gw-az-a-2': USUAL }, NO_TARGET)

describe('an outage of gateways', () => {
  it('is not proven by gateways that crashed: their connections are gone too', async () => {
    const driver = fakeDriver(fakeWorld())
    const life = await begin(gatewayOutage, driver, ALL)
    await driver.clients?.crash(driver.clients.gateways.map(({ name }) => name))
    assert.equal(await life.isEffective(), false)
  })

  it('is not proven while one of them still sends', async () => {
    const world = fakeWorld()
    const driver = fakeDriver(world)
    const life = await begin(gatewayOutage, driver, ALL)
    await gatewayOutage.inject(driver, life.target, 'one')
    world.shut.delete('az-b-1')
    assert.equal(await life.isEffective(), false)
  })

  it('is proven although its client asked for metadata: 705 B were taken, and all of them had no record', () => {
    assert.equal(provenBy({ ...SHUT, bytes: 705, otherBytes: 705 }), true)
    // What is written may be taken later.
    assert.equal(provenBy({ ...SHUT, bytes: 300, otherBytes: 705 }), true)
  })

  it('is not proven by 705 B that nobody can explain, nor by one request with records among the others', () => {
    assert.equal(provenBy({ ...SHUT, bytes: 705 }), false)
    assert.equal(provenBy({ ...SHUT, bytes: 705, otherBytes: 705, requestsWithRecords: 1 }), false)
  })

  it('is not proven by brokers that take nothing while devices have their sessions', () => {
    assert.equal(provenBy({ ...SHUT, sessions: 67 }), false)
  })

  it('is not proven where the kernel knows no connection', () => {
    assert.equal(provenBy({ ...SHUT, connections: 0 }), false)
  })

  it('is healed by records alone, and not by what a client asks when it comes back', () => {
    assert.equal(healedBy({ ...SHUT, bytes: 4000, otherBytes: 4000, sessions: 20 }), false)
    assert.equal(healedBy({ ...USUAL, bytes: 4000, otherBytes: 400, requestsWithRecords: 3 }), true)
  })

  it('is not begun where a gateway has no session to lose', async () => {
    const world = fakeWorld()
    world.shut.add('az-b-1')
    const { before, target } = await begin(gatewayOutage, fakeDriver(world), ALL)
    assert.match(gatewayOutage.doubt?.(before, target) ?? '', /^no device had a session with az-b-1/)
  })

  it('is not begun where a gateway has nothing to send anyway, which its silence would not tell from', () => {
    const reading = { 'gw-az-a-2': { ...SHUT, bytes: 400, sessions: 67 } }
    assert.match(
      gatewayOutage.doubt?.(reading, NO_TARGET) ?? '',
      /^gw-az-a-2 sent no record for 500 ms while nothing was broken/,
    )
  })

  it('takes the gateways of one zone, and says how their devices come back', async () => {
    const spec = gatewayOutage.spec.parse({ gateways: { zone: 'az-b' }, reconnect: { policy: 'fixed' } })
    const { target } = await begin(gatewayOutage, fakeDriver(fakeWorld()), spec)
    assert.deepEqual(target.zones, ['az-b'])
    assert.equal(target.summary, 'gateways az-b-1, az-b-2; devices reconnect every 200 ms')
  })
})
