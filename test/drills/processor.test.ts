import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { attachLab } from '../../chaos/drivers/local/lab/lab.ts'
import { withLabAdmin } from '../../chaos/drivers/local/lab/lab-admin.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { isProcessorTopic } from '../../chaos/platforms/processor.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import {
  aftershock,
  guardianFinished,
  journalOf,
  processesOf,
  succeed,
  untilJournal,
  workplace,
} from '../local/program.ts'

const QUICK = packageFile('test', 'fixtures', 'drills', 'processor-quick.yaml')

describe('a stateful processor on a lab that stays', function () {
  this.timeout(600_000)

  it('is gone with its run, killed in the middle of a fault, and the next run begins anew', async () => {
    using place = workplace()
    await succeed(place, 'lab', 'up')
    const killed = join(place.dir, 'killed')
    const program = aftershock(place, 'run', QUICK, '--out', killed)
    await untilJournal(program, killed, 'fault.proven')
    program.child.kill('SIGKILL')
    await program.exit
    await guardianFinished(killed)
    const healed = journalOf(killed).find(line => line.kind === 'heal.finished')
    assert.deepEqual(healed?.kind === 'heal.finished' && [healed.healed, healed.failed], [
      ['processor-kill-1'],
      [],
    ])
    const { layout, supervisor } = attachLab(place.labDir, systemClock)
    assert.deepEqual(
      supervisor.state.processes.filter(({ role }) => role === 'processor' || role === 'database'),
      [],
    )
    const proxies = (await (await fetch(`${layout.toxiproxyApi}/proxies`)).json()) as object
    assert.equal(Object.keys(proxies).length, layout.topology.links.length)
    assert.equal(existsSync(layout.processorDir), false)
    const topics = await withLabAdmin(layout, admin => admin.listTopics())
    assert.deepEqual(topics.filter(isProcessorTopic), [])
    await succeed(place, 'run', QUICK, '--out', join(place.dir, 'next'))
    await succeed(place, 'lab', 'down')
    assert.deepEqual(processesOf(place), [])
  })
})
