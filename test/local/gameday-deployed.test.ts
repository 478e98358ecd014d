import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readJournal } from '../../chaos/record/journal-reader.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { bootstrapAccount } from './bootstrapped-account.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { DeployedLab } from './deployed-lab.ts'
import { ENVIRONMENT, NETWORK } from './deployed-machines.ts'
import { inventory, parameters, stackNames } from './moto-inventory.ts'
import { MOTO_ACCOUNT, pythonTools } from './moto.ts'
import { sha256 } from './moto-node.ts'
import { run } from './run-program.ts'
import { noSystemd } from './systemd-machine.ts'
import { noNamespaces } from './zone-network.ts'

const PROGRAM = packageFile('bin', 'aftershock.mjs')
const DRILL = packageFile('test', 'fixtures', 'drills', 'deployed.yaml')
const SWITCH = `/aftershock/${ENVIRONMENT}/chaos/switch`

/** `cdk deploy` and `cdk destroy` themselves around a drill: nothing boots on the endpoint but what the test boots. */
describe('an environment for one drill, on the local endpoint', function () {
  this.timeout(1_200_000)
  let lab: DeployedLab
  let file = ''

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`an environment for one drill: skipped, because ${tools}\n`)
      this.skip()
    }
    lab = await DeployedLab.before(tools, 'kafka')
    await bootstrapAccount(lab.moto)
    const distribution = join(lab.moto.dir, 'distribution')
    writeFileSync(distribution, 'stands for a distribution')
    file = join(lab.moto.dir, `${ENVIRONMENT}.yaml`)
    writeFileSync(file, environmentFile(distribution))
  })
  after(() => lab?.[Symbol.asyncDispose]())

  const env = () => ({
    ...lab.env,
    XDG_STATE_HOME: lab.moto.dir,
    CDK_VALIDATION: 'false',
    // moto loses outputs of stacks that are made from change sets.
    CDK_METHOD: 'direct',
    CI: 'true',
  })

  /** Deployed, and waiting for its agents. */
  async function deployed(runDir: string) {
    const child = spawn(
      process.execPath,
      [
        PROGRAM,
        'gameday',
        '--ephemeral',
        '--environment',
        file,
        '--yes',
        '--through',
        'sessions',
        '--out',
        runDir,
        DRILL,
      ],
      { env: env(), stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const said = { out: '', err: '' }
    child.stdout.on('data', chunk => (said.out += String(chunk)))
    child.stderr.on('data', chunk => (said.err += String(chunk)))
    const ended = new Promise<number | null>(resolve => child.once('close', resolve))
    const isWaiting = () => {
      if (child.exitCode !== null) throw new Error(`it ended before: ${said.out}${said.err}`)
      return said.err.includes(`waiting for ${ENVIRONMENT} to answer`)
    }
    const wait = { clock: systemClock, deadlineMs: 600_000, everyMs: 250 }
    await waitFor('the environment to be deployed', isWaiting, {
      ...wait,
      lastSeen: () => said.err.slice(-2000),
    }).catch(async (error: unknown) => {
      await end(child, ended)
      throw error
    })
    assert.ok((await stackNames(lab.moto)).includes(`Aftershock-${ENVIRONMENT}-Cluster`))
    assert.equal((await parameters(lab.moto)).get(SWITCH), 'armed')
    assert.match(said.out, /at most +\d+\.\d\d for 4 h: at \d{4}-\d\d-\d\d \d\d:\d\d UTC it removes itself/)
    return { child, ended, said }
  }

  async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
    if (child.exitCode === null) child.kill('SIGKILL')
    await ended
  }

  async function nothingIsLeft(said: { readonly err: string }): Promise<void> {
    assert.match(said.err, /removing \S+mine\.yaml; Ctrl-C does not stop that/)
    assert.deepEqual(await stackNames(lab.moto), ['AftershockEvidence', 'CDKToolkit'])
    assert.equal((await parameters(lab.moto)).get(SWITCH), undefined)
    const known = await inventory(lab.moto)
    assert.deepEqual([...(known.get('AWS::EC2::Instance') ?? [])], [])
    assert.deepEqual([...(known.get('AWS::EC2::Volume') ?? [])], [])
    assert.deepEqual(lab.sessions, [])
  }

  it('is not made without the plugin by which its agents would be reached', async () => {
    const bare = { ...env(), PATH: lab.moto.env.PATH }
    const args = ['gameday', '--ephemeral', '--environment', file, '--yes', '--through', 'sessions', DRILL]
    const refused = await run(process.execPath, [PROGRAM, ...args], bare)
    assert.equal(refused.status, EXIT.unavailable, refused.stderr)
    assert.match(refused.stderr, /session-manager-plugin cannot be started[^]*install session-manager-plugin/)
    assert.deepEqual(await stackNames(lab.moto), ['CDKToolkit'])
  })

  it('is removed whole when somebody interrupts the drill, and is armed for as long as it is there', async () => {
    const { child, ended, said } = await deployed(join(lab.moto.dir, 'interrupted'))
    try {
      child.kill('SIGINT')
      assert.equal(await ended, EXIT.interrupted, `${said.out}${said.err}`)
    } finally {
      await end(child, ended)
    }
    await nothingIsLeft(said)
  })

  it('is drilled from outside of its network, leaves sealed evidence here, and is removed whole', async function () {
    const missing = noSystemd() ?? noNamespaces()
    if (missing !== null) {
      process.stderr.write(
        `a drill in an environment that was deployed for it: skipped, because ${missing}\n`,
      )
      this.skip()
    }
    const runDir = join(lab.moto.dir, 'run')
    const { child, ended, said } = await deployed(runDir)
    try {
      await lab.occupy()
      assert.equal(await ended, EXIT.pass, `${said.out}${said.err}`)
    } finally {
      await end(child, ended)
    }
    assert.match(said.err, /the evidence is sealed, in \S+run\n/)
    assert.match(said.out, /\nEvidence: \S+run\n$/)
    assert.equal(readScorecard(runDir)?.verdict, 'pass')
    const { events } = await readJournal(join(runDir, 'journal.jsonl'))
    const lines = events.map(({ event }) => event)
    assert.ok(lines.some(line => line.kind === 'account.entered' && line.through === 'sessions'))
    for (const id of ['stop', 'cut'])
      for (const kind of ['fault.proven', 'fault.heal-proven'] as const)
        assert.ok(
          lines.some(line => line.kind === kind && 'id' in line && line.id === id),
          `${id}: ${kind}`,
        )
    assert.deepEqual(lab.done, ['stop kafka-2', 'start kafka-2'])
    await nothingIsLeft(said)
    const verified = await run(process.execPath, [PROGRAM, 'verify', runDir], env())
    assert.equal(verified.status, 0, verified.stderr)
  })
})

function environmentFile(distribution: string): string {
  return `account: '${MOTO_ACCOUNT}'
environment: ${ENVIRONMENT}
platform: kafka
owner: me
costCenter: mine
expires: '2999-12-31'
region: eu-west-1
zones: { az-a: eu-west-1a, az-b: eu-west-1b, az-c: eu-west-1c }
network: { cidr: ${NETWORK}.0.0/16, nat: none, endpointZones: 1, flowLogs: false }
workload: { retentionHours: 6, localRetentionHours: 6 }
timeouts: tuned
security: plaintext
brokers: { perZone: 1, instanceType: t4g.small }
fleet: { host: ec2, shardsPerZone: 1, devicesPerShard: 20, instanceType: t4g.small }
distribution: { source: 'file:${distribution}', sha256: ${sha256(distribution)} }
`
}
