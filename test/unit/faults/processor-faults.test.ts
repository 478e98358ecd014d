import assert from 'node:assert/strict'
import { seededRandom } from '../../../chaos/core/random.ts'
import { faultOf } from '../../../chaos/faults/index.ts'
import { fakeDriver, fakeWorld, type FakeWorld, THREE_ZONES, THREE_ZONES_AND_STORE } from './fake-driver.ts'

const KINDS = ['processor-kill', 'processor-hang', 'processor-state-loss'] as const
const spec = { instance: { zone: 'az-a' } }

describe('faults of a stateful processor', () => {
  const begin = async (kind: string, world: FakeWorld) => {
    const fault = faultOf(kind)
    const driver = fakeDriver(world, THREE_ZONES_AND_STORE, fault.needs)
    const target = await fault.choose(driver, fault.spec.parse(spec), seededRandom(1))
    const look = () => fault.probe(driver, target, 'one')
    return { fault, driver, target, look, before: fault.baseline([await look()]) }
  }
  const first = (world: FakeWorld) => {
    const found = world.instances.get(31)
    assert.ok(found)
    return found
  }

  it('doubt an instance that is not well, or processes nothing, before they touch it', async () => {
    for (const kind of KINDS) {
      const world = fakeWorld()
      const { fault, target, before } = await begin(kind, world)
      assert.equal(fault.doubt?.(before, target), null)
      first(world).active = []
      const idle = await begin(kind, world)
      assert.match(fault.doubt?.(idle.before, target) ?? '', /instance 31 processed no partition/)
      first(world).state = 'stopped'
      const hung = await begin(kind, world)
      assert.match(fault.doubt?.(hung.before, target) ?? '', /instance 31 was not well/)
    }
  })

  it('prove a loss of state by the file system, and a kill with the state left where it was', async () => {
    const world = fakeWorld()
    const { fault, driver, target, look, before } = await begin('processor-state-loss', world)
    await driver.processor?.instances.kill(31)
    assert.equal(fault.isEffective(await look(), before, target), false)
    const kill = faultOf('processor-kill')
    assert.equal(kill.isEffective(await look(), before, target), true)
    await driver.processor?.wipe(31)
    assert.equal(fault.isEffective(await look(), before, target), true)
    assert.equal(kill.isEffective(await look(), before, target), false)
  })

  it('prove nothing while the brokers do not tell who is a member of the group', async () => {
    for (const kind of KINDS) {
      const world = fakeWorld()
      const { fault, driver, target, look, before } = await begin(kind, world)
      await fault.inject(driver, target, 'one')
      world.noise = () => ({ ms: 0, lost: true })
      assert.equal(fault.isEffective(await look(), before, target), false)
    }
  })

  it('are refused where there is no such instance, with those that there are', async () => {
    const fault = faultOf('processor-kill')
    const choose = (topology: typeof THREE_ZONES) =>
      fault.choose(
        fakeDriver(fakeWorld(), topology, fault.needs),
        fault.spec.parse({ instance: { zone: 'az-c' } }),
        seededRandom(1),
      )
    await assert.rejects(choose(THREE_ZONES_AND_STORE), { hint: 'there are instances in az-a, az-b' })
    await assert.rejects(choose(THREE_ZONES), { hint: 'give the drill a `processor`' })
  })
})
