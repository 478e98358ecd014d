import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { DeployedLab } from '../local/deployed-lab.ts'
import { pythonTools } from '../local/moto.ts'
import { journalOf } from '../local/program.ts'
import { run } from '../local/run-program.ts'
import { noSystemd } from '../local/systemd-machine.ts'
import { noNamespaces } from '../local/zone-network.ts'

const PROGRAM = packageFile('bin', 'aftershock.mjs')
const DRILL = packageFile('test', 'fixtures', 'drills', 'deployed.yaml')
const LINKS = packageFile('test', 'fixtures', 'drills', 'deployed-links.yaml')

/** The driver in an account of the local endpoint, on real brokers under a real systemd, in zones that are namespaces. */
describe('a drill in a deployed environment', function () {
  this.timeout(600_000)
  let lab: DeployedLab

  before(async function () {
    const tools = pythonTools('moto_server')
    const missing = typeof tools === 'string' ? tools : (noSystemd() ?? noNamespaces())
    if (typeof tools === 'string' || missing !== null) {
      process.stderr.write(`a deployed environment: skipped, because ${missing}\n`)
      this.skip()
    }
    lab = await DeployedLab.start(tools, 'kafka')
  })
  after(() => lab?.[Symbol.asyncDispose]())

  const env = () => ({ ...lab.env, XDG_STATE_HOME: lab.moto.dir })
  const aftershock = (...args: string[]) => run(process.execPath, [PROGRAM, ...args], env())
  const there = () => ['--driver', 'aws', '--environment', lab.file]

  it('is shown by every read and no write', async () => {
    const dry = await aftershock('run', DRILL, '--driver', 'aws', '--environment', lab.file, '--dry-run')
    assert.equal(dry.status, 0, dry.stderr)
    assert.match(dry.stdout, /broker 2 is on kafka-2, and its agent answers/)
    assert.match(dry.stdout, /devices of az-c connect from gateway-az-c/)
    assert.match(dry.stdout, /no guard refuses it/)
    const plan = await aftershock('run', DRILL, ...there(), '--plan')
    assert.equal(plan.status, 0, plan.stderr)
    assert.match(plan.stdout, /2 is kafka-2\.mine\.internal on kafka-2 in az-b/)
    assert.match(plan.stdout, /a lease of \d+ s that heals it without anybody/)
    assert.deepEqual(lab.done, [])
  })

  it('stops a broker, cuts a zone off, is judged and sealed, and leaves nothing', async () => {
    const runDir = join(lab.moto.dir, 'run')
    const ran = await aftershock('run', DRILL, '--driver', 'aws', '--environment', lab.file, '--out', runDir)
    assert.equal(ran.status, 0, `${ran.stderr}\n${ran.stdout}`)
    const lines = journalOf(runDir)
    for (const id of ['stop', 'cut'])
      for (const kind of ['fault.proven', 'fault.heal-proven'] as const)
        assert.ok(
          lines.some(line => line.kind === kind && 'id' in line && line.id === id),
          `${id}: ${kind}`,
        )
    assert.deepEqual(lab.done, ['stop kafka-2', 'start kafka-2'])
    assert.equal(readScorecard(runDir)?.verdict, 'pass')
    const left = lines.find(line => line.kind === 'account.left')
    assert.ok(left?.kind === 'account.left')
    assert.deepEqual([left.healed, left.left, left.unlocked], [[], [], true])
    const verified = await aftershock('verify', runDir)
    assert.equal(verified.status, 0, verified.stderr)
  })

  it('goes through sessions from outside of the network, judged and sealed, and ends them all', async () => {
    const runDir = join(lab.moto.dir, 'outside')
    const ran = await aftershock('run', DRILL, ...there(), '--through', 'sessions', '--out', runDir)
    assert.equal(ran.status, 0, `${ran.stderr}\n${ran.stdout}`)
    const entered = journalOf(runDir).find(line => line.kind === 'account.entered')
    assert.ok(entered?.kind === 'account.entered' && entered.through === 'sessions')
    // How long answers took is evidence, and makes no time of it the platform's.
    const tool = readFileSync(join(runDir, 'samples', 'tool.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { part: string; wayMs?: number })
    assert.ok(tool.filter(({ part }) => part === 'main').every(({ wayMs }) => wayMs !== undefined))
    assert.deepEqual(lab.sessions, [])
    const verified = await aftershock('verify', runDir)
    assert.equal(verified.status, 0, verified.stderr)
    const plan = await aftershock('run', DRILL, ...there(), '--through', 'sessions', '--plan')
    assert.match(
      plan.stdout.replaceAll(/\s+/g, ' '),
      /through sessions of Systems Manager, one to each machine/,
    )
    assert.deepEqual(lab.sessions, [])
  })

  it('has no verdict when a session is lost in the middle, and leaves the environment healed and free', async () => {
    const runDir = join(lab.moto.dir, 'lost')
    const drill = await underWay(runDir, 'stop', ['--through', 'sessions'])
    lab.dropSessions('gateway-az-a')
    assert.equal(await drill.ended, 69, drill.said())
    assert.match(
      drill.said(),
      /the run was ended early, and healed, for want of evidence: the session with gateway-az-a ended while it was used/,
    )
    const lines = journalOf(runDir)
    assert.ok(lines.some(line => line.kind === 'fault.heal-proven' && line.id === 'stop'))
    const left = lines.find(line => line.kind === 'account.left')
    assert.ok(left?.kind === 'account.left')
    assert.deepEqual([left.left, left.unlocked], [[], true])
    assert.deepEqual(lab.sessions, [])
    // Whoever judges its files all the same is told that they are not all there.
    const judged = await aftershock('score', runDir)
    assert.notEqual(judged.status, 0, judged.stdout)
    assert.notEqual(readScorecard(runDir)?.verdict, 'pass')
  })

  /** Starts it, and resolves once its fault is proven: what is under way, and how it ends. */
  async function underWay(runDir: string, id: string, more: readonly string[] = []) {
    const child = spawn(process.execPath, [PROGRAM, 'run', DRILL, ...there(), ...more, '--out', runDir], {
      env: env(),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', chunk => {
      said += String(chunk)
    })
    const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
    const isProven = () =>
      journalOf(runDir).some(line => line.kind === 'fault.proven' && line.id === id) ||
      (child.exitCode !== null && Promise.reject(new Error(`it ended before: ${said}`)))
    await waitFor(`${id} to be proven`, isProven, {
      clock: systemClock,
      deadlineMs: 120_000,
      lastSeen: () => said,
    }).catch(async (error: unknown) => {
      child.kill('SIGKILL')
      await ended
      throw error
    })
    return { ended, said: () => said }
  }

  it('keeps a second runner out, with who has it, and ends healed when the switch is turned off', async () => {
    const runDir = join(lab.moto.dir, 'switched')
    const first = await underWay(runDir, 'stop')
    const second = await aftershock('run', DRILL, ...there(), '--out', join(lab.moto.dir, 'second'))
    assert.equal(second.status, 75, second.stderr)
    assert.match(second.stderr, /lock: (mine is )?held by run \S+ \(process \d+ on /)
    assert.ok(!existsSync(join(lab.moto.dir, 'second', 'history')))
    await lab.switch('enough')
    assert.equal(await first.ended, 75, first.said())
    assert.match(first.said(), /switch: .* is 'enough', and not 'armed'/)
    const lines = journalOf(runDir)
    assert.ok(lines.some(line => line.kind === 'fault.heal-proven' && line.id === 'stop'))
    assert.ok(!lines.some(line => line.kind === 'fault.injected' && line.id === 'cut'))
    const left = lines.find(line => line.kind === 'account.left')
    assert.ok(left?.kind === 'account.left')
    assert.deepEqual([left.left, left.unlocked], [[], true])
    const off = await aftershock('run', DRILL, ...there(), '--out', join(lab.moto.dir, 'third'))
    assert.equal(off.status, 75)
    assert.match(off.stderr, /switch: /)
    await lab.switch('armed')
  })

  it('loses a disk, and has single links cut, narrowed and reset, each proven, met and healed', async () => {
    const runDir = join(lab.moto.dir, 'links')
    const ran = await aftershock('run', LINKS, ...there(), '--out', runDir)
    const lines = journalOf(runDir)
    const journal = () =>
      JSON.stringify(
        lines.filter(({ kind }) => kind.startsWith('fault.')),
        null,
        1,
      )
    for (const id of ['lost', 'one-way', 'narrow', 'resets'])
      for (const kind of ['fault.proven', 'fault.heal-proven'] as const)
        assert.ok(
          lines.some(line => line.kind === kind && 'id' in line && line.id === id),
          `${id}: ${kind}\n${journal()}\n${ran.stderr}`,
        )
    const card = readScorecard(runDir)
    assert.notEqual(card?.verdict, 'fail', ran.stdout)
    const left = lines.find(line => line.kind === 'account.left')
    assert.ok(left?.kind === 'account.left')
    assert.deepEqual([left.healed, left.left, left.unlocked], [[], [], true])
    for (const index of [0, 1, 2]) assert.deepEqual((await lab.agent(index).look()).faults, [])
    // What brokers said to each other was counted where it came, and is no less than records that were copied.
    const links = readFileSync(join(runDir, 'samples', 'links.jsonl'), 'utf8')
      .trim()
      .split('\n')
    const last = JSON.parse(links.at(-1) ?? '') as { links: Record<string, [number, number]> }
    for (const link of ['az-a>2:replication', 'az-b>1:replication', 'az-c>1:replication', 'az-c>1:control'])
      assert.ok((last.links[link]?.[1] ?? 0) > 0, `${link}: ${links.at(-1)}`)
  })
})
