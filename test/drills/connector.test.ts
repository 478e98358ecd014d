import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { attachLab } from '../../chaos/drivers/local/lab/lab.ts'
import { withLabAdmin } from '../../chaos/drivers/local/lab/lab-admin.ts'
import { ensureConnect } from '../../chaos/drivers/local/setup/connect.ts'
import { CONNECT_TOPICS } from '../../chaos/platforms/connect.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { deliveredAndMetered, killWhen, perform, workersOf } from '../local/connector-run.ts'
import { journalOf, processesOf, succeed, type Workplace, workplace } from '../local/program.ts'

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

describe('a run with a connector', function () {
  this.timeout(300_000)

  before(async () => {
    const progress = (line: string) => void process.stderr.write(`    ${line}\n`)
    await ensureConnect({ env: process.env, clock: systemClock, progress })
  })

  it('cuts and counts the worker’s own links, exactly, and ends the worker before the brokers', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    const meters = await perform(place, runDir)
    deliveredAndMetered(meters, runDir)
    assert.deepEqual(
      meters.connectorBytes.from.map(({ file, selector }) => `${file} ${selector}`),
      ['samples/link-totals.json /exact'],
    )
    const journal = journalOf(runDir)
    const cut = journal.find(line => line.kind === 'fault.intended')
    assert.deepEqual(cut?.kind === 'fault.intended' && cut.links.filter(link => link.endsWith(':connect')), [
      'az-b>1:connect',
      'az-b>3:connect',
    ])
    const ended = journal.flatMap(line => (line.kind === 'process.ended' ? [line.role] : []))
    assert.equal(ended[0], 'connect')
    for (const kept of ['logs/connect.log', 'config/connect/worker.properties', 'config/connect/hosts'])
      assert.ok(existsSync(join(runDir, kept)), kept)
    assert.deepEqual(processesOf(place), [])
    assert.equal(existsSync(place.labDir), false)
  })
})
