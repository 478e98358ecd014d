import assert from 'node:assert/strict'
import { configRollback } from '../../../chaos/faults/config-rollback.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { fakeDriver, type FakeWorld, fakeWorld } from './fake-driver.ts'
import { TOPIC_DEFAULT } from './fake-settings.ts'

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

  describe('of a topic', () => {
    const ofTopic = (topic: string) =>
      configRollback.spec.parse({ topic, setting: 'retention.ms', value: 1000 })
    const beginOn = async (topic = 'telemetry') => {
      const target = await configRollback.choose(driver(), ofTopic(topic), seededRandom(1))
      return { target, before: await configRollback.probe(driver(), target, 'one') }
    }
    const look = (target: Awaited<ReturnType<typeof beginOn>>['target']) =>
      configRollback.probe(driver(), target, 'one')

    for (const earlier of [null, '120000'])
      it(`restarts nobody, and is taken back to what stood on it: ${earlier ?? 'nothing'}`, async () => {
        world.onTopics.set('telemetry', earlier)
        const { target, before } = await beginOn()
        assert.equal(configRollback.isEffective(before, before, target), false)
        await configRollback.inject(driver(), target, 'one')
        assert.equal(configRollback.isEffective(await look(target), before, target), true)
        assert.equal(configRollback.isHealed(await look(target), before, target), false)
        assert.deepEqual(
          [...world.nodes.values()].map(({ pid }) => pid),
          [1001, 1002, 1003],
        )
        await configRollback.heal(driver(), target, 'one')
        assert.equal(world.onTopics.get('telemetry'), earlier)
        assert.equal(configRollback.isHealed(await look(target), before, target), true)
      })

    it('is not healed while the earlier value stands on the topic and did not before', async () => {
      const { target, before } = await beginOn()
      world.onTopics.set('telemetry', TOPIC_DEFAULT)
      assert.equal(configRollback.isHealed(await look(target), before, target), false)
    })

    it('is in doubt where the topic has that value already', async () => {
      world.onTopics.set('telemetry', '1000')
      const { target, before } = await beginOn()
      assert.equal(
        configRollback.doubt?.(before, target),
        'telemetry has retention.ms=1000 already, as broker 1 says',
      )
    })

    it('is refused where a broker shows no such setting', async () => {
      await assert.rejects(beginOn('nobody'), {
        code: 'refused',
        message: /shows no setting retention.ms of nobody/,
      })
    })
  })

  for (const setting of [
    'listeners',
    'node.id',
    'log.dirs',
    'ssl.keystore.location',
    'sasl.jaas.config',
    'Bad Name',
    'remote.storage.enable',
  ])
    it(`is refused for ${setting}`, () => {
      assert.equal(configRollback.spec.safeParse({ setting, value: 'x' }).success, false)
    })
})
