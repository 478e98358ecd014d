import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { bootstrapAccount } from './bootstrapped-account.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { inventory, parameters, stackNames } from './moto-inventory.ts'
import { MOTO_ACCOUNT, type Moto, pythonTools, startMoto } from './moto.ts'
import { sha256 } from './moto-node.ts'
import { run } from './run-program.ts'
import { installPlugin } from './session-stand-in.ts'

const SWITCH = '/aftershock/once/chaos/switch'

/** `cdk deploy` and `cdk destroy` themselves around a drill to which nobody answers: no machine boots on the endpoint. */
describe('an environment for one drill, on the local endpoint', function () {
  this.timeout(1_200_000)
  let moto: Moto
  let file = ''

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`an environment for one drill: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
    await bootstrapAccount(moto)
    const distribution = join(moto.dir, 'distribution')
    writeFileSync(distribution, 'stands for a distribution')
    file = join(moto.dir, 'once.yaml')
    writeFileSync(file, environmentFile(distribution))
  })
  after(() => moto?.[Symbol.asyncDispose]())

  const env = () => ({
    ...moto.env,
    CDK_VALIDATION: 'false',
    // moto loses outputs of stacks that are made from change sets.
    CDK_METHOD: 'direct',
    CI: 'true',
  })
  /** From outside of its network, as from a laptop. */
  const ephemeral = (...more: readonly string[]) => [
    packageFile('bin', 'aftershock.mjs'),
    'gameday',
    '--ephemeral',
    '--environment',
    file,
    '--yes',
    ...more,
    packageFile('test', 'fixtures', 'drills', 'deployed.yaml'),
  ]

  it('is not made without the plugin by which its agents would be reached', async () => {
    const refused = await run(process.execPath, ephemeral(), env())
    assert.equal(refused.status, EXIT.unavailable, refused.stderr)
    assert.match(refused.stderr, /session-manager-plugin cannot be started[^]*install session-manager-plugin/)
    assert.deepEqual(await stackNames(moto), ['CDKToolkit'])
  })

  it('is removed whole when somebody interrupts the drill, and is armed for as long as it is there', async () => {
    const child = spawn(process.execPath, ephemeral('--out', join(moto.dir, 'run')), {
      env: { ...env(), PATH: `${installPlugin(moto.dir)}:${moto.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, err] = ['', '']
    child.stdout.on('data', chunk => (out += String(chunk)))
    child.stderr.on('data', chunk => (err += String(chunk)))
    const ended = new Promise<number | null>(resolve => child.once('close', resolve))
    try {
      const isWaiting = () => {
        if (child.exitCode !== null) throw new Error(`it ended before: ${out}${err}`)
        return err.includes('waiting for once to answer')
      }
      const wait = { clock: systemClock, deadlineMs: 600_000, everyMs: 250, lastSeen: () => err.slice(-2000) }
      await waitFor('the environment to be deployed', isWaiting, wait)
      assert.ok((await stackNames(moto)).includes('Aftershock-once-Cluster'))
      assert.equal((await parameters(moto)).get(SWITCH), 'armed')
      assert.match(out, /at most +\d+\.\d\d for 4 h: at \d{4}-\d\d-\d\d \d\d:\d\d UTC it removes itself/)
      child.kill('SIGINT')
      assert.equal(await ended, EXIT.interrupted, `${out}${err}`)
    } finally {
      if (child.exitCode === null) child.kill('SIGKILL')
      await ended
    }
    assert.match(err, /removing \S+once\.yaml; Ctrl-C does not stop that/)
    assert.deepEqual(await stackNames(moto), ['AftershockEvidence', 'CDKToolkit'])
    assert.equal((await parameters(moto)).get(SWITCH), undefined)
    const known = await inventory(moto)
    assert.deepEqual([...(known.get('AWS::EC2::Instance') ?? [])], [])
    assert.deepEqual([...(known.get('AWS::EC2::Volume') ?? [])], [])
  })
})

function environmentFile(distribution: string): string {
  return `account: '${MOTO_ACCOUNT}'
environment: once
platform: kafka
owner: me
costCenter: mine
expires: '2999-12-31'
region: eu-west-1
zones: { az-a: eu-west-1a, az-b: eu-west-1b, az-c: eu-west-1c }
network: { cidr: 10.80.0.0/16, nat: none, endpointZones: 1, flowLogs: false }
workload: { retentionHours: 6, localRetentionHours: 6 }
timeouts: tuned
security: plaintext
brokers: { perZone: 1, instanceType: t4g.small }
fleet: { host: ec2, shardsPerZone: 1, devicesPerShard: 20, instanceType: t4g.small }
distribution: { source: 'file:${distribution}', sha256: ${sha256(distribution)} }
`
}
