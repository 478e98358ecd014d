import assert from 'node:assert/strict'
import { gatewayOutage } from '../../../chaos/faults/gateway-outage.ts'
import { fakeDriver, fakeWorld } from './fake-driver.ts'
import { begin } from './fault-life.ts'

const ALL = gatewayOutage.spec.parse({ gateways: 'all' })

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

  it('is not begun where a gateway has nothing to send anyway, which its silence would not tell from', async () => {
    const world = fakeWorld()
    world.shut.add('az-b-1')
    const { before, target } = await begin(gatewayOutage, fakeDriver(world), ALL)
    assert.match(gatewayOutage.doubt?.(before, target) ?? '', /^az-b-1 sent nothing for 500 ms/)
  })

  it('takes the gateways of one zone, and says how their devices come back', async () => {
    const spec = gatewayOutage.spec.parse({ gateways: { zone: 'az-b' }, reconnect: { policy: 'fixed' } })
    const { target } = await begin(gatewayOutage, fakeDriver(fakeWorld()), spec)
    assert.deepEqual(target.zones, ['az-b'])
    assert.equal(target.summary, 'gateways az-b-1, az-b-2; devices reconnect every 200 ms')
  })
})
