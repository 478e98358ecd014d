import assert from 'node:assert/strict'
import { configRollback } from '../../../chaos/faults/config-rollback.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { fakeDriver, type FakeWorld, fakeWorld } from './fake-driver.ts'

describe('a change of configuration that is taken back', () => {
  let world: FakeWorld
  const driver = () => fakeDriver(world)
  const spec = configRollback.spec.parse({ setting: 'num.io.threads', value: 2 })
  const begin = async () => {
    const target = await configRollback.choose(driver(), spec, seededRandom(1))
    return { target, before: await configRollback.probe(driver(), target, 'one') }
  }
  beforeEach(() => {
    world = fakeWorld()
  })

  it('is no proof while one broker runs with the earlier value', async () => {
    const { target, before } = await begin()
    await configRollback.inject(driver(), target, 'one')
    world.settings.set(3, { written: '2', inForce: '8' })
    const now = await configRollback.probe(driver(), target, 'one')
    assert.equal(configRollback.isEffective(now, before, target), false)
  })

  it('is no proof in a process that was there before', async () => {
    const { target, before } = await begin()
    for (const node of target.nodes) world.settings.set(node, { written: '2', inForce: '2' })
    const now = await configRollback.probe(driver(), target, 'one')
    assert.equal(configRollback.isEffective(now, before, target), false)
  })

  it('is in doubt where a broker has that value already, so that nothing is injected', async () => {
    world.settings.set(2, { written: '2', inForce: '2' })
    const { target, before } = await begin()
    assert.equal(configRollback.doubt?.(before, target), 'broker 2 runs with num.io.threads=2 already')
  })

  it('is taken back to what each broker had, which need not be the same', async () => {
    world.settings.set(2, { written: '16', inForce: '16' })
    const { target, before } = await begin()
    await configRollback.inject(driver(), target, 'one')
    await configRollback.heal(driver(), target, 'one')
    assert.deepEqual(
      [...world.settings.values()].map(({ written, inForce }) => [written, inForce]),
      [
        [null, '8'],
        ['16', '16'],
        [null, '8'],
      ],
    )
    const now = await configRollback.probe(driver(), target, 'one')
    assert.equal(configRollback.isHealed(now, before, target), true)
    world.settings.set(1, { written: null, inForce: '9' })
    const other = await configRollback.probe(driver(), target, 'one')
    assert.equal(configRollback.isHealed(other, before, target), false)
  })

  for (const setting of [
    'listeners',
    'node.id',
    'log.dirs',
    'ssl.keystore.location',
    'sasl.jaas.config',
    'Bad Name',
  ])
    it(`is refused for ${setting}`, () => {
      assert.equal(configRollback.spec.safeParse({ setting, value: 'x' }).success, false)
    })
})
