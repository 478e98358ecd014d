import assert from 'node:assert/strict'
import { linkId } from '../../../chaos/core/topology.ts'
import { faultOf } from '../../../chaos/faults/index.ts'
import { fakeDriver, fakeWorld } from './fake-driver.ts'
import { begin, type FaultLife } from './fault-life.ts'

describe('faults that overlap on one link', () => {
  const tagsOn = (world: ReturnType<typeof fakeWorld>, { target }: FaultLife) => [
    ...new Set(target.links.flatMap(link => [...(world.effects.get(linkId(link))?.keys() ?? [])])),
  ]

  it('are healed one by one, each by its own id', async () => {
    const world = fakeWorld()
    const driver = fakeDriver(world)
    const latency = faultOf('link-latency')
    const links = { zone: 'az-b', direction: 'both', traffic: 'all' }
    const first = await begin(latency, driver, { links, delayMs: 200, jitterMs: 0 })
    await latency.inject(driver, first.target, 'latency-1')
    const second = await begin(latency, driver, { links, delayMs: 500, jitterMs: 0 })
    await latency.inject(driver, second.target, 'latency-2')
    assert.equal(await second.isEffective(), true)

    await latency.heal(driver, second.target, 'latency-2')
    assert.equal(await second.isHealed(), true)
    assert.equal(await first.isEffective(), true)
    assert.deepEqual(tagsOn(world, first), ['latency-1'])

    await latency.heal(driver, first.target, 'latency-1')
    assert.equal(await first.isHealed(), true)
    assert.deepEqual(tagsOn(world, first), [])
  })

  it('are healed one by one when they are of different kinds', async () => {
    const world = fakeWorld()
    const driver = fakeDriver(world)
    const [latency, cut] = [faultOf('link-latency'), faultOf('zone-cut')]
    const links = { zone: 'az-b', direction: 'both', traffic: 'all' }
    const slow = await begin(latency, driver, { links, delayMs: 200, jitterMs: 0 })
    await latency.inject(driver, slow.target, 'slow')
    const gone = await begin(cut, driver, { ...links, mode: 'silent' })
    await cut.inject(driver, gone.target, 'gone')
    assert.equal(await gone.isEffective(), true)

    await latency.heal(driver, slow.target, 'slow')
    assert.equal(await slow.isHealed(), false, 'a link that carries nothing cannot prove that it is fast')
    await cut.heal(driver, gone.target, 'gone')
    assert.equal(await gone.isHealed(), true)
    assert.equal(await slow.isHealed(), true)
  })

  it('prove a second cut by the links that only it took away', async () => {
    const world = fakeWorld()
    const driver = fakeDriver(world)
    const cut = faultOf('zone-cut')
    const spec = { direction: 'both', traffic: 'all', mode: 'silent' }
    const first = await begin(cut, driver, { ...spec, zone: 'az-a' })
    await cut.inject(driver, first.target, 'a')
    const second = await begin(cut, driver, { ...spec, zone: 'az-b' })
    assert.equal(await second.isEffective(), false)
    await cut.inject(driver, second.target, 'b')
    assert.equal(await second.isEffective(), true)

    await cut.heal(driver, second.target, 'b')
    assert.equal(await second.isHealed(), true)
    assert.equal(await first.isEffective(), true)
    await cut.heal(driver, first.target, 'a')
    assert.equal(await first.isHealed(), true)
  })
})
