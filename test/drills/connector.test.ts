import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { attachLab } from '../../chaos/drivers/local/lab/lab.ts'
import { withLabAdmin } from '../../chaos/drivers/local/lab/lab-admin.ts'
import { CONNECT_TOPICS } from '../../chaos/platforms/connect.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { deliveredAndMetered, killWhen, perform, workersOf } from '../local/connector-run.ts'
import { processesOf, succeed, type Workplace, workplace } from '../local/program.ts'

/** On a lab that stays, after a run: it is as it was without a connector. */
async function nothingIsLeft(place: Workplace): Promise<void> {
  const { layout } = attachLab(place.labDir, systemClock)
  assert.equal(workersOf(place), 0)
  const proxies = (await (await fetch(`${layout.toxiproxyApi}/proxies`)).json()) as object
  assert.equal(Object.keys(proxies).length, layout.topology.links.length)
  assert.ok(Object.keys(proxies).every(name => !name.endsWith('.connect')))
  const topics = await withLabAdmin(layout, admin => admin.listTopics())
  assert.deepEqual(
    topics.filter(topic => CONNECT_TOPICS.includes(topic)),
    [],
  )
  assert.equal(existsSync(layout.connectDir), false)
}

describe('a run with a connector that is killed', function () {
  this.timeout(300_000)

  it('leaves nothing of it when it is killed with kill -9', async () => {
    using place = workplace()
    await killWhen(place, join(place.dir, 'run'), 'connector.started')
    assert.deepEqual(processesOf(place), [])
    assert.equal(existsSync(place.labDir), false)
  })

  it('leaves a lab that stays as it was, killed in the middle or not, and fit for the next connector', async () => {
    using place = workplace()
    await succeed(place, 'lab', 'up')
    await killWhen(place, join(place.dir, 'killed'), 'fault.proven')
    await nothingIsLeft(place)
    const runDir = join(place.dir, 'run')
    deliveredAndMetered(await perform(place, runDir), runDir)
    await nothingIsLeft(place)
    await succeed(place, 'lab', 'down')
    assert.deepEqual(processesOf(place), [])
  })
})
