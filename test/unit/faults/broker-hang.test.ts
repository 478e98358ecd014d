import assert from 'node:assert/strict'
import { brokerHang } from '../../../chaos/faults/broker-hang.ts'
import { fakeDriver, fakeWorld } from './fake-driver.ts'
import { begin } from './fault-life.ts'

describe('a broker that hangs', () => {
  it('is not proven by a broker that died', async () => {
    const world = fakeWorld()
    const driver = fakeDriver(world)
    const life = await begin(brokerHang, driver, { target: { node: 2 } })
    await driver.processes?.kill(2)
    assert.equal(await life.isEffective(), false)
  })

  it('is the same process after healing', async () => {
    const world = fakeWorld()
    const driver = fakeDriver(world)
    const { target } = await begin(brokerHang, driver, { target: { node: 2 } })
    const before = await driver.processes?.look(2)
    await brokerHang.inject(driver, target, 'one')
    await brokerHang.heal(driver, target, 'one')
    assert.deepEqual(await driver.processes?.look(2), before)
  })
})
