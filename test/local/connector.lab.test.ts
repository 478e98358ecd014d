import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureConnect } from '../../chaos/drivers/local/setup/connect.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { deliveredAndMetered, perform } from './connector-run.ts'
import { journalOf, processesOf, workplace } from './program.ts'

/** One that is killed, and one on a lab that stays: test/drills/connector.test.ts. */
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
