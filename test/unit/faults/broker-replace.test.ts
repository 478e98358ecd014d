import assert from 'node:assert/strict'
import { seededRandom } from '../../../chaos/core/random.ts'
import type { DiskReading, Driver } from '../../../chaos/drivers/driver.ts'
import { brokerReplace } from '../../../chaos/faults/broker-replace.ts'
import { fakeDriver, fakeWorld } from './fake-driver.ts'

/** The disk of broker 2 as the test has it; everything else is as the world has it. */
async function replaceWith(down: Partial<DiskReading>, up: Partial<DiskReading> = down) {
  const world = fakeWorld()
  const driver = fakeDriver(world)
  const first = { directoryId: 'old', clusterId: 'ours', segmentBytes: 1000 }
  let disk: DiskReading = first
  const on: Driver = { ...driver, disks: { wipe: async () => {}, look: async () => disk } }
  const target = await brokerReplace.choose(on, { target: { node: 2 } }, seededRandom(1))
  const look = () => brokerReplace.probe(on, target, 'one')
  const before = brokerReplace.baseline([await look(), await look()])
  await brokerReplace.inject(on, target, 'one')
  disk = { ...first, ...down }
  const during = await look()
  await brokerReplace.heal(on, target, 'one')
  disk = { ...first, ...up }
  const after = await look()
  const words = (reading: unknown, when: 'during' | 'after') =>
    brokerReplace.describe(reading, before, target, when).find(({ what }) => what === 'disk of broker 2')
      ?.value
  return {
    proven: brokerReplace.isEffective(during, before, target),
    healed: brokerReplace.isHealed(after, before, target),
    during: words(during, 'during'),
    after: words(after, 'after'),
  }
}

describe('a broker that is replaced', () => {
  it('is proven by a disk of another id that keeps nothing', async () => {
    assert.deepEqual(await replaceWith({ directoryId: 'new', segmentBytes: 0 }), {
      proven: true,
      healed: true,
      during: 'another disk than before',
      after: 'another disk than before',
    })
  })

  it('is proven where a node formats its own disk: no id while it is down, another when it is back', async () => {
    const wiped = { directoryId: null, clusterId: null, segmentBytes: 0 }
    assert.deepEqual(await replaceWith(wiped, { directoryId: 'new', segmentBytes: 0 }), {
      proven: true,
      healed: true,
      during: 'wiped: no id until a node formats it',
      after: 'another disk than before',
    })
    assert.equal((await replaceWith(wiped, wiped)).healed, false, 'a node that never formatted its disk')
  })

  it('is not proven by the same folder, nor by what still has its segments, and says which disk it was', async () => {
    const same = await replaceWith({})
    assert.deepEqual([same.proven, same.during], [false, 'the same disk as before'])
    assert.equal((await replaceWith({ directoryId: 'new' })).proven, false)
    assert.equal((await replaceWith({ directoryId: null })).proven, false)
  })

  it('is not proven by a disk of another cluster, which is a mistake in the set-up', async () => {
    const foreign = await replaceWith({ directoryId: 'new', clusterId: 'theirs', segmentBytes: 0 })
    assert.deepEqual([foreign.proven, foreign.during], [false, 'a disk of another cluster, theirs'])
  })

  it('is not proven while the old process lives', async () => {
    const world = fakeWorld()
    world.formatThemselves = true
    const driver = fakeDriver(world)
    const target = await brokerReplace.choose(driver, { target: { node: 2 } }, seededRandom(1))
    const look = () => brokerReplace.probe(driver, target, 'one')
    const before = brokerReplace.baseline([await look()])
    await brokerReplace.inject(driver, target, 'one')
    assert.equal(brokerReplace.isEffective(await look(), before, target), true)
    await driver.processes?.start(2)
    const back = await look()
    assert.equal(brokerReplace.isEffective(back, before, target), false)
    const [process] = brokerReplace.describe(back, before, target, 'after')
    assert.equal(process?.value, 'running, pid 1102, another process than before')
  })
})
