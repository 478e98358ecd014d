import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { findByArgument, signalProcess } from '../../chaos/machine/process-table.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { DeployedLab } from '../local/deployed-lab.ts'
import { pythonTools } from '../local/moto.ts'
import { journalOf } from '../local/program.ts'
import { run } from '../local/run-program.ts'
import { noSystemd } from '../local/systemd-machine.ts'
import { noNamespaces } from '../local/zone-network.ts'

const PROGRAM = packageFile('bin', 'aftershock.mjs')
const DRILL = packageFile('test', 'fixtures', 'drills', 'deployed.yaml')

/** SIGKILL of the runner while its fault holds, and healing by another process, which knows the journal alone. */
describe('a runner in a deployed environment that is killed', function () {
  this.timeout(600_000)
  let lab: DeployedLab

  before(async function () {
    const tools = pythonTools('moto_server')
    const missing = typeof tools === 'string' ? tools : (noSystemd() ?? noNamespaces())
    if (typeof tools === 'string' || missing !== null) {
      process.stderr.write(`a runner that is killed: skipped, because ${missing}\n`)
      this.skip()
    }
    lab = await DeployedLab.start(tools, 'kafka')
  })
  after(() => lab?.[Symbol.asyncDispose]())

  const env = () => ({ ...lab.env, XDG_STATE_HOME: lab.moto.dir })
  const aftershock = (...args: string[]) => run(process.execPath, [PROGRAM, ...args], env())
  const there = () => ['--driver', 'aws', '--environment', lab.file]

  /** Kills the runner, and its guardian with it where nobody is to heal yet, as soon as the fault is proven. */
  async function killedAt(id: string, runDir: string, andGuardian: boolean): Promise<void> {
    const child = spawn(process.execPath, [PROGRAM, 'run', DRILL, ...there(), '--out', runDir], {
      env: env(),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', chunk => {
      said += String(chunk)
    })
    const gone = new Promise(resolve => child.once('exit', resolve))
    const isProven = () =>
      journalOf(runDir).some(line => line.kind === 'fault.proven' && line.id === id) ||
      (child.exitCode !== null && Promise.reject(new Error(`it ended before: ${said}`)))
    try {
      await waitFor(`${id} to be proven`, isProven, {
        clock: systemClock,
        deadlineMs: 120_000,
        lastSeen: () => said,
      })
    } finally {
      // The runner has the folder as an argument too, and is killed with it.
      const own = findByArgument(runDir).filter(({ pid }) => andGuardian || pid === child.pid)
      for (const one of own) signalProcess(one, 'SIGKILL')
      await gone
    }
  }

  async function isWhole(runDir: string, id: string): Promise<void> {
    const lines = journalOf(runDir)
    assert.ok(lines.some(line => line.kind === 'fault.heal-proven' && line.id === id))
    const left = lines.findLast(line => line.kind === 'account.left')
    assert.ok(left?.kind === 'account.left')
    assert.deepEqual([left.left, left.unlocked], [[], true])
    const status = await aftershock('aws', 'status', '--environment', lab.file)
    assert.equal(status.status, 0, status.stdout)
  }

  for (const id of ['stop', 'cut'])
    it(`leaves ${id} and its lock to \`heal\`, which proves it, and does nothing the second time`, async () => {
      const runDir = join(lab.moto.dir, `killed-${id}`)
      await killedAt(id, runDir, true)
      const next = await aftershock('run', DRILL, ...there(), '--out', join(lab.moto.dir, `next-${id}`))
      assert.equal(next.status, id === 'stop' ? 75 : next.status, next.stderr)
      assert.notEqual(next.status, 0)
      const healed = await aftershock('heal', runDir)
      assert.equal(
        healed.status,
        0,
        `${healed.stderr}${healed.stdout}\n${JSON.stringify(journalOf(runDir).slice(-6))}`,
      )
      await isWhole(runDir, id)
      const journal = readFileSync(join(runDir, 'journal.jsonl'), 'utf8')
      assert.equal((await aftershock('heal', runDir)).status, 0)
      assert.equal(readFileSync(join(runDir, 'journal.jsonl'), 'utf8'), journal)
    })

  it('is healed by its guardian', async () => {
    const runDir = join(lab.moto.dir, 'guarded')
    await killedAt('cut', runDir, false)
    await waitFor('the guardian', () => journalOf(runDir).some(({ kind }) => kind === 'heal.finished'), {
      clock: systemClock,
      deadlineMs: 120_000,
      lastSeen: () => readFileSync(join(runDir, 'logs', 'guardian.log'), 'utf8'),
    })
    await isWhole(runDir, 'cut')
  })
})
