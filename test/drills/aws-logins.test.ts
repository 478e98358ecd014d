import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
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

/** Brokers know each other by certificates, and clients by SCRAM over TLS, through the agents of their zones. */
describe('a drill in a deployed environment with logins', function () {
  this.timeout(600_000)
  let lab: DeployedLab

  before(async function () {
    const tools = pythonTools('moto_server')
    const missing = typeof tools === 'string' ? tools : (noSystemd() ?? noNamespaces())
    if (typeof tools === 'string' || missing !== null) {
      process.stderr.write(`a deployed environment with logins: skipped, because ${missing}\n`)
      this.skip()
    }
    lab = await DeployedLab.start(tools, 'kafka', { withLogins: true })
  })
  after(() => lab?.[Symbol.asyncDispose]())

  const aftershock = (...args: string[]) =>
    run(process.execPath, [PROGRAM, ...args], { ...lab.env, XDG_STATE_HOME: lab.moto.dir })
  const there = () => ['--driver', 'aws', '--environment', lab.file]

  it('says what it takes when nobody logs in, and touches nothing', async () => {
    const dry = await aftershock('run', DRILL, ...there(), '--dry-run')
    assert.notEqual(dry.status, 0)
    assert.match(dry.stderr, /--command-config/)
    assert.deepEqual(lab.done, [])
  })

  it('stops a broker and cuts a zone off, proves both over logins, and keeps the password to itself', async () => {
    const runDir = join(lab.moto.dir, 'run')
    const config = ['--command-config', lab.clientProperties]
    const ran = await aftershock('run', DRILL, ...there(), ...config, '--out', runDir)
    const lines = journalOf(runDir)
    for (const id of ['stop', 'cut'])
      for (const kind of ['fault.proven', 'fault.heal-proven'] as const)
        assert.ok(
          lines.some(line => line.kind === kind && 'id' in line && line.id === id),
          `${id}: ${kind}\n${ran.stderr}\n${ran.stdout}`,
        )
    assert.notEqual(readScorecard(runDir)?.verdict, 'fail', ran.stdout)
    const left = lines.find(line => line.kind === 'account.left')
    assert.ok(left?.kind === 'account.left')
    assert.deepEqual([left.left, left.unlocked], [[], true])
    const files = readdirSync(runDir, { recursive: true, withFileTypes: true }).filter(one => one.isFile())
    for (const file of files)
      assert.ok(
        !readFileSync(join(file.parentPath, file.name)).includes('only-of-this-test'),
        `${file.name} has the password`,
      )
    assert.ok(!`${ran.stdout}${ran.stderr}`.includes('only-of-this-test'))
  })
})
