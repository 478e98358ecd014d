import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { after, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { packageFile, packageRoot } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { log4jProperties, SMALL_JVM } from '../../chaos/platforms/kafka/properties.ts'
import { userDataScript } from '../../lib/constructs/user-data.ts'
import {
  BROKER_CLUSTER,
  brokerProperties,
  serves,
  stageKafka,
  type StagedArchive,
} from './bootstrap-broker.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { deployNode, putParameter, sha256, signalKey, upload } from './moto-node.ts'
import { type SwitchedEndpoint, switchedEndpoint } from './switched-endpoint.ts'
import { noSystemd, SystemdMachine } from './systemd-machine.ts'

const NAME = 'kafka-1'
const CLIENT = 'fleet-az-a-1'
const HOST = '127.84.5.1'
const LOG = '/var/log/aftershock-node.log'
const ADDRESS = '/test/addresses/1'
/** What a proxy, or somebody in the way, could answer. */
const LIE = "<html>touch /run/told-to</html>\ntouch /run/told-to\nBOOTSTRAP_SHA256='x'\n"

/** A real systemd, the unit that user data makes, a real broker; AWS is the local endpoint, and comes and goes. */
describe('a node under systemd', function () {
  this.timeout(600_000)
  let moto: Moto
  let endpoint: SwitchedEndpoint
  let machine: SystemdMachine
  let archive: StagedArchive
  let programs: string

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    const missing = typeof tools === 'string' ? tools : noSystemd()
    if (typeof tools === 'string' || missing !== null) {
      process.stderr.write(`a node under systemd: skipped, because ${missing}\n`)
      this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
    endpoint = await switchedEndpoint(moto, LIE)
    archive = await stageKafka(moto)
    await deploy()
    await putParameter(moto, ADDRESS, 'none')
    const dir = join(moto.dir, 'machine')
    mkdirSync(dir)
    programs = tools.bin
    machine = new SystemdMachine(dir, environment())
  })
  after(async () => {
    await machine?.[Symbol.asyncDispose]()
    await endpoint?.[Symbol.asyncDispose]()
    await moto?.[Symbol.asyncDispose]()
  })

  const environment = (): Record<string, string> => ({
    PATH: `${programs}:${process.env.PATH ?? ''}`,
    HOME: '/root',
    ...(process.env.JAVA_HOME && { JAVA_HOME: process.env.JAVA_HOME }),
    ...Object.fromEntries(
      Object.entries(moto.env).filter(([key]) => /^AWS_(?!ENDPOINT)/.test(key)) as [string, string][],
    ),
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_ENDPOINT_URL_S3: endpoint.url,
    AFTERSHOCK_METADATA: 'http://127.0.0.1:9',
    AFTERSHOCK_ADDRESS: HOST,
    AFTERSHOCK_BOOT_SECONDS: '4',
    AFTERSHOCK_RENEW_SECONDS: '4',
    AFTERSHOCK_AGAIN_SECONDS: '1',
    AFTERSHOCK_ADDRESS_SECONDS: '2',
  })
  const deploy = (jvm: readonly string[] = SMALL_JVM) =>
    deployNode(moto, moto.dir, {
      name: NAME,
      settings: {
        NODE_ROLE: 'kafka',
        NODE_HOST: HOST,
        CLUSTER_ID: BROKER_CLUSTER,
        DISTRIBUTION_URI: archive.uri,
        DISTRIBUTION_SHA256: archive.sha256,
        PLUGINS: '',
        JVM_OPTIONS: jvm.join(' '),
        VOLUME_ID: '',
        LOG_GROUP: '/aftershock/test/kafka',
        ADDRESS_PARAMETER: ADDRESS,
        ADDRESS_PORT: '9092',
      },
      files: {
        'server.properties': brokerProperties('/var/lib/aftershock/log', HOST),
        'log4j2.properties': log4jProperties(),
      },
    })
  const mainProcess = () => machine.run('systemctl show aftershock-node --property MainPID --value')
  const state = (unit: string) => machine.run(`systemctl is-active ${unit} || true`)

  async function restarted(process: string): Promise<void> {
    await waitFor('another process of the node', async () => !['0', process].includes(await mainProcess()), {
      clock: systemClock,
      deadlineMs: 120_000,
      everyMs: 500,
    })
    await serves(HOST)
  }

  const address = async () => {
    const body = { Name: ADDRESS }
    const { Parameter } = await moto.json<{ Parameter: { Value: string } }>(
      'ssm',
      'AmazonSSM.GetParameter',
      body,
    )
    return Parameter.Value
  }

  it('has its unit before AWS answers at all, and never takes a wrong answer for settings', async () => {
    endpoint.mode = 'refuses'
    await machine.boot()
    machine.write('/user-data.sh', userDataScript(`/test/${NAME}`))
    await machine.run('bash /user-data.sh')
    await machine.says(LOG, /boot: \/test\/kafka-1\/node\.env could not be had/)
    endpoint.mode = 'lies'
    const asked = endpoint.asked
    await waitFor('it to be lied to', () => endpoint.asked > asked + 2, {
      clock: systemClock,
      deadlineMs: 60_000,
    })
    assert.equal(await machine.run('ls /run/told-to 2>/dev/null || true'), '')
    assert.equal(await machine.run('systemctl is-enabled aftershock-node'), 'enabled')
    endpoint.mode = 'passes'
    await machine.says(LOG, /bootstrap: node kafka-1: kafka, settings of/)
  })

  it('serves although its logs cannot be shipped, and says so to CloudFormation when it does', async () => {
    await serves(HOST)
    assert.equal(await state('aftershock-node'), 'active')
    await machine.says(LOG, /signal serves: SUCCESS, it serves, and what it keeps is in sync \(HTTP 200\)/)
    const signal = JSON.parse(await moto.get('s3', signalKey(NAME, 'serves'))) as Record<string, string>
    assert.deepEqual([signal.Status, signal.UniqueId], ['SUCCESS', 'kafka-1-unknown'])
    assert.match(signal.Data ?? '', /kernel: \d/)
    await machine.says(LOG, /package amazon-cloudwatch-agent: trying again until it works/)
    assert.match(machine.read(LOG), /machine: \{.*"java": "openjdk version/)
    assert.equal(await address(), `${HOST}:9092`)
  })

  it('serves although the agent of its logs does not start, and ships them once it does', async () => {
    const process = await mainProcess()
    const folder = '/opt/aws/amazon-cloudwatch-agent/bin'
    const script = '#!/bin/bash\n[ -e /run/agent-works ] || { echo the agent is broken; exit 1; }\n'
    const program = `${folder}/amazon-cloudwatch-agent-ctl`
    await machine.run(`mkdir -p ${folder} && printf '${script.replaceAll('\n', String.raw`\n`)}' >${program}`)
    await machine.run(`chmod 755 ${program} && systemctl restart --no-block aftershock-node-ship`)
    await machine.says(LOG, /the agent of CloudWatch did not start: the agent is broken/)
    assert.equal(await state('aftershock-node'), 'active')
    await serves(HOST)
    // Nobody starts it again but its unit, after a minute.
    await machine.run('touch /run/agent-works')
    await machine.says(LOG, /log: goes to \/aftershock\/test\/kafka/)
    assert.equal(await mainProcess(), process)
  })

  it('starts its process again without AWS, and without doing all of it again', async () => {
    endpoint.mode = 'refuses'
    const process = await mainProcess()
    const began = machine.read(LOG).length
    await machine.run('systemctl kill --signal=KILL --kill-whom=main aftershock-node')
    await restarted(process)
    assert.doesNotMatch(machine.read(LOG).slice(began), /settings of|distribution:|boot:/)
    endpoint.mode = 'passes'
  })

  it('writes its address again after a deployment has written over it', async () => {
    await putParameter(moto, ADDRESS, 'none')
    await waitFor('the address', async () => (await address()) === `${HOST}:9092`, {
      clock: systemClock,
      deadlineMs: 60_000,
      everyMs: 500,
    })
  })

  it('takes a new configuration when it is told to, and restarts for nothing else', async () => {
    const process = await mainProcess()
    await machine.run('bash /opt/aftershock/boot.sh apply >>/var/log/apply.log 2>&1')
    assert.match(machine.read('/var/log/apply.log'), /runs already, and nothing has changed/)
    assert.equal(await mainProcess(), process)
    await deploy([...SMALL_JVM, '-Daftershock.changed=yes'])
    await machine.run('bash /opt/aftershock/boot.sh apply >>/var/log/apply.log 2>&1')
    await restarted(process)
    assert.match(
      await machine.run(`tr '\\0' ' ' </proc/$(systemctl show aftershock-node -P MainPID)/cmdline`),
      /changed=yes/,
    )
  })

  it('comes back after a power cut, with AWS out of reach, with what it has', async () => {
    await machine.crash()
    endpoint.mode = 'refuses'
    const began = machine.read(LOG).length
    await machine.boot()
    await machine.says(LOG, /boot: starts with what is here/)
    await serves(HOST)
    assert.match(
      machine.read(LOG).slice(began),
      /of this node \(cluster bootstrapTestClusterAA, node 1\), taken up again/,
    )
    endpoint.mode = 'passes'
    // The last boot's answer is not given twice.
    assert.equal(machine.read('/opt/aftershock/told').trim().split('\n').length, 2)
  })

  it('is a unit that systemd has no complaint about', async () => {
    assert.equal(
      await machine.run('systemd-analyze verify /etc/systemd/system/aftershock-node.service 2>&1'),
      '',
    )
    assert.equal(
      await machine.run('systemd-analyze verify /run/systemd/system/aftershock-node-*.timer 2>&1'),
      '',
    )
  })

  it('starts a client again and again until some broker has said where it is', async () => {
    await machine.crash()
    await using client = await clientMachine()
    await client.boot()
    // A client is no root, and the AWS CLI of tests may be in a folder that only root may enter.
    await client.run('chmod o+rx ~root ~root/.cache 2>/dev/null || true')
    client.write('/user-data.sh', userDataScript(`/test/${CLIENT}`))
    await client.run('bash /user-data.sh')
    await client.says(LOG, /no broker wrote its address into \/test\/late[\s\S]*no broker wrote its address/)
    assert.match(await client.run('systemctl is-active aftershock-node || true'), /^activ/)
    await putParameter(moto, '/test/late/2', 'file:/etc/passwd\nsasl.x=y')
    await client.says(LOG, /\/test\/late\/2: passed over, because it is not host:port/)
    await putParameter(moto, '/test/late/1', `${HOST}:9092`)
    await client.says(LOG, new RegExp(`${CLIENT}: looking for ${HOST}:9092`))
  })

  /** A shard of the fleet, as user data brings it up, which does not wait for long. */
  async function clientMachine(): Promise<SystemdMachine> {
    for (const index of [1, 2]) await putParameter(moto, `/test/late/${index}`, 'none')
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [packageFile('lib', 'assets', 'stage-program.mjs')],
      { cwd: packageRoot(), env: { ...process.env, XDG_CACHE_HOME: join(moto.dir, 'cache') } },
    )
    const staged = stdout.trim()
    await deployNode(moto, moto.dir, {
      name: CLIENT,
      settings: {
        NODE_ROLE: 'fleet',
        NODE_ZONE: 'az-a',
        PROGRAM_URI: await upload(moto, staged, 'program.mjs'),
        PROGRAM_SHA256: sha256(staged),
        BOOTSTRAP_SERVERS_PATH: '/test/late',
        SHARD_INDEX: '0',
        SHARD_COUNT: '1',
        SHARD_DEVICES: '50',
        SHARD_DIR: '/var/tmp/aftershock',
        EVIDENCE_URI: 's3://assets/evidence',
        VOLUME_ID: '',
        LOG_GROUP: '',
      },
      files: {},
    })
    const dir = join(moto.dir, 'client')
    mkdirSync(dir)
    return new SystemdMachine(dir, { ...environment(), AFTERSHOCK_WAIT_SECONDS: '3' })
  }
})
