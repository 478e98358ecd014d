import assert from 'node:assert/strict'
import { missingCapabilities } from '../../../chaos/drill/capabilities.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { FAULTS } from '../../../chaos/faults/index.ts'
import { fakeDriver, fakeWorld, type FakeWorld, THREE_ZONES_AND_STORE } from './fake-driver.ts'
import { begin, type FaultLife, shippedSpec } from './fault-life.ts'

for (const [kind, fault] of FAULTS) {
  describe(`the fault ${kind}`, () => {
    let world: FakeWorld
    let life: FaultLife
    const driver = () => fakeDriver(world, THREE_ZONES_AND_STORE, fault.needs)

    beforeEach(async () => {
      world = fakeWorld()
      life = await begin(fault, driver(), await shippedSpec(kind))
    })

    it('is effective after its injection and healed after its healing, with no capability beside those it names', async () => {
      await fault.inject(driver(), life.target, 'one')
      assert.equal(await life.isEffective(), true)
      await fault.heal(driver(), life.target, 'one')
      assert.equal(await life.isHealed(), true)
    })

    it('is not effective before it is injected', async () => {
      assert.equal(await life.isEffective(), false)
    })

    it('is not effective when the injector does nothing', async () => {
      world.obeys = false
      await fault.inject(driver(), life.target, 'one')
      assert.equal(await life.isEffective(), false)
    })

    it('is not healed while it lasts, nor when the healing does nothing', async () => {
      await fault.inject(driver(), life.target, 'one')
      assert.equal(await life.isHealed(), false)
      world.obeys = false
      await fault.heal(driver(), life.target, 'one')
      assert.equal(await life.isHealed(), false)
    })

    it('proves nothing when what it touches was already broken', async () => {
      await fault.inject(driver(), life.target, 'earlier')
      const late = await begin(fault, driver(), await shippedSpec(kind))
      world.obeys = false
      await fault.inject(driver(), late.target, 'one')
      assert.equal(await late.isEffective(), false)
    })

    it('may be healed twice, and without ever having been injected', async () => {
      await fault.heal(driver(), life.target, 'one')
      assert.equal(await life.isHealed(), true)
      await fault.inject(driver(), life.target, 'one')
      await fault.heal(driver(), life.target, 'one')
      await fault.heal(driver(), life.target, 'one')
      assert.equal(await life.isHealed(), true)
    })

    it('is healed, and proven healed, from what the journal keeps', async () => {
      const { target, before } = life
      const kept = JSON.parse(JSON.stringify({ target, before })) as typeof life
      assert.deepEqual(kept, { target, before })
      await fault.inject(driver(), target, 'one')
      await fault.heal(driver(), kept.target, 'one')
      const now = await fault.probe(driver(), kept.target, 'one')
      assert.equal(fault.isHealed(now, kept.before, kept.target), true)
    })

    it('chooses the same for the same seed', async () => {
      const spec = await shippedSpec(kind)
      const choices = await Promise.all(['x', 'x'].map(seed => begin(fault, driver(), spec, seed)))
      assert.deepEqual(choices[0]?.target, choices[1]?.target)
    })

    it('says in words what it touches and what it saw', async () => {
      await fault.inject(driver(), life.target, 'one')
      const now = await fault.probe(driver(), life.target, 'one')
      const observations = fault.describe(now, life.before, life.target, 'during')
      assert.ok(observations.length > 0)
      assert.deepEqual(JSON.parse(JSON.stringify(observations)), observations)
      assert.notDeepEqual(fault.describe(life.before, life.before, life.target, 'before'), observations)
      assert.notEqual(life.target.summary, '')
    })

    it('is refused by name where a capability that it needs is absent', async () => {
      const { drill } = await loadDrill(kind)
      const entryId = drill.timeline.find(entry => entry.kind === kind)?.id
      assert.deepEqual(
        missingCapabilities(drill, { capabilities: new Set() }).filter(missing => missing.kind === kind),
        fault.needs.map(capability => ({ entryId, kind, capability })),
      )
      const missing = missingCapabilities(drill, driver())
      assert.deepEqual(
        missing.filter(({ entryId: of }) => of === entryId),
        [],
      )
    })
  })
}
