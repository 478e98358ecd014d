import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import type { Link } from '../../chaos/core/topology.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { attachLab } from '../../chaos/drivers/local/lab/lab.ts'
import { localDriver } from '../../chaos/drivers/local/local-driver.ts'
import { findAlive, identityOf, signalProcess } from '../../chaos/machine/process-table.ts'
import { Journal } from '../../chaos/record/journal.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { JournalState } from '../../chaos/run/journal-state.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { chainIsWhole, killInMidCut, QUICK } from './killed-run.ts'
import {
  aftershock,
  guardianFinished,
  journalOf,
  processesOf,
  succeed,
  type Workplace,
  workplace,
} from './program.ts'

const soon = { clock: systemClock, deadlineMs: 30_000, everyMs: 50 }

describe('a guardian', function () {
  this.timeout(60_000)

  it('heals although the pipe closes before the runner is gone, as it does when a process is killed', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    mkdirSync(runDir)
    const runner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    try {
      const header = {
        labDir: place.labDir,
        ownsLab: true,
        startedAtWallMs: systemClock.wallMs(),
        runner: identityOf(runner.pid as number),
        guardian: null,
      }
      writeFileSync(join(runDir, 'run.json'), JSON.stringify(header))
      Journal.create(join(runDir, 'journal.jsonl'), systemClock)[Symbol.dispose]()
      const guardian = spawn(
        process.execPath,
        ['--import', 'tsx', packageFile('chaos', 'run', 'guardian.ts'), runDir],
        { stdio: ['pipe', 'ignore', 'pipe'] },
      )
      const exit = once(guardian, 'exit')
      let said = ''
      guardian.stderr.on('data', chunk => {
        said += chunk
      })
      guardian.stdin.end()
      await waitFor('the guardian to hear of the death', () => said !== '', soon)
      runner.kill('SIGKILL')
      assert.deepEqual(await exit, [0, null], said)
      assert.equal(journalOf(runDir).at(-1)?.kind, 'heal.finished')
    } finally {
      runner.kill('SIGKILL')
    }
  })
})

/** The guardian killed too, in a lab of the run's own: test/drills/heal.test.ts; in one that stays: standing-lab.lab.test.ts. */
describe('a run that was killed with kill -9 in the middle of a zone cut', function () {
  this.timeout(300_000)

  it('is healed by its guardian, which ends everything that the run owned', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    await killInMidCut(place, runDir, () => {})
    await guardianFinished(runDir)
    assert.deepEqual(processesOf(place), [])
    assert.deepEqual(JournalState.after(journalOf(runDir)).openFaults(), [])
    await chainIsWhole(runDir)
  })

  it('leaves a lab that stays whole again, its links open and its brokers alive, even one that ends once it is back', async () => {
    using place = workplace()
    const runDir = join(place.dir, 'run')
    await succeed(place, 'lab', 'up')
    await killInMidCut(place, runDir, () => {})
    await endsAfterItsHeal(place, runDir, 3)
    await guardianFinished(runDir)
    assert.deepEqual(
      journalOf(runDir).flatMap(line => (line.kind === 'node.restarted' ? [line.node] : [])),
      [3],
    )
    using driver = localDriver(attachLab(place.labDir, systemClock))
    for (const { id } of driver.topology.nodes)
      assert.equal((await driver.processes?.look(id))?.answer, 'answered', `broker ${id}`)
    const links: readonly Link[] = driver.topology.links
    const trips = await Promise.all(links.map(async link => driver.links?.roundTrip(link, 5000)))
    assert.deepEqual([...new Set(trips.map(trip => trip?.outcome))], ['answered'])
    await refusesWithoutABroker(place)
    await succeed(place, 'lab', 'down')
    assert.deepEqual(processesOf(place), [])
  })
})

/** As a broker of a shared platform does that was cut off: nothing of the run ends it. */
async function endsAfterItsHeal(place: Workplace, runDir: string, node: number): Promise<void> {
  await waitFor(
    'the cut to be healed',
    () => journalOf(runDir).some(line => line.kind === 'fault.heal-proven'),
    soon,
  )
  const broker = attachLab(place.labDir, systemClock).supervisor.find('broker', node)
  assert.ok(broker && signalProcess(broker.process, 'SIGKILL'))
}

/** The same lab, now with a dead broker: a drill must not begin on it. */
async function refusesWithoutABroker(place: Workplace): Promise<void> {
  const lab = attachLab(place.labDir, systemClock)
  const broker = lab.supervisor.find('broker', 2)
  assert.ok(broker && signalProcess(broker.process, 'SIGKILL'))
  await waitFor('broker 2 to be gone', () => findAlive(broker.process) === undefined, soon)
  const program = aftershock(place, 'run', QUICK, '--out', join(place.dir, 'refused'))
  assert.equal(await program.exit, EXIT.unavailable)
  assert.match(program.output().stderr, /broker 2 \(az-b\) is not well: process absent, listener refused/)
}
