import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { packageFile } from '../../chaos/package-root.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { DeployedLab } from '../local/deployed-lab.ts'
import { pythonTools } from '../local/moto.ts'
import { journalOf } from '../local/program.ts'
import { run } from '../local/run-program.ts'
import { noSystemd } from '../local/systemd-machine.ts'
import { noNamespaces } from '../local/zone-network.ts'

const PROGRAM = packageFile('bin', 'aftershock.mjs')
const DRILL = packageFile('test', 'fixtures', 'drills', 'deployed.yaml')

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

  const aftershock = (...args: string[]) =>
    run(process.execPath, [PROGRAM, ...args], { ...lab.env, XDG_STATE_HOME: lab.moto.dir })

  it('is shown by every read and no write', async () => {
    const dry = await aftershock('run', DRILL, '--driver', 'aws', '--environment', lab.file, '--dry-run')
    assert.equal(dry.status, 0, dry.stderr)
    assert.match(dry.stdout, /broker 2 is on kafka-2, and its agent answers/)
    assert.match(dry.stdout, /devices of az-c connect from gateway-az-c/)
    assert.match(dry.stdout, /no guard refuses it/)
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
    assert.deepEqual(lab.done, ['stop kafka-2', 'heal kafka-2'])
    assert.equal(readScorecard(runDir)?.verdict, 'pass')
    const left = lines.find(line => line.kind === 'account.left')
    assert.ok(left?.kind === 'account.left')
    assert.deepEqual([left.healed, left.left, left.unlocked], [[], [], true])
    const verified = await aftershock('verify', runDir)
    assert.equal(verified.status, 0, verified.stderr)
  })
})
