import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Kafka } from 'kafkajs'
import { after, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { log4jProperties, SMALL_JVM } from '../../chaos/platforms/kafka/properties.ts'
import { accessRuleArguments, accessRules } from '../../chaos/platforms/security.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import {
  BROKER_CLUSTER,
  brokerProperties,
  kafkaAt,
  serves,
  stageKafka,
  type StagedArchive,
} from './bootstrap-broker.ts'
import { makeTopics } from './make-topics.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { secure } from './moto-secrets.ts'
import {
  bootstrapFile,
  MOUNT_NAMESPACE,
  type NodeDeployment,
  sha256,
  TestMachine,
  upload,
} from './moto-node.ts'

const HOST = '127.84.0.1'
const SECURED_HOST = '127.84.0.2'
const TOPIC = 'telemetry'
const RECORDS = Array.from({ length: 100 }, (_, index) => `record ${index}`)

describe('the bootstrap of a node', function () {
  this.timeout(600_000)
  let moto: Moto
  let mounts: boolean
  let distribution: StagedArchive
  const machines: TestMachine[] = []

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`bootstrap: skipped, because ${tools}\n`)
      this.skip()
    }
    mounts = canMount()
    moto = await startMoto(tools, 'eu-west-1')
    distribution = await stageKafka(moto)
  })
  after(async () => {
    for (const made of machines) await made[Symbol.asyncDispose]()
    await moto?.[Symbol.asyncDispose]()
  })

  function machine(name: string): TestMachine {
    const made = new TestMachine(moto, name, mounts)
    machines.push(made)
    return made
  }

  function kafka(on: TestMachine, name: string, settings: Record<string, string> = {}): NodeDeployment {
    return {
      name,
      settings: {
        NODE_ROLE: 'kafka',
        NODE_HOST: HOST,
        CLUSTER_ID: BROKER_CLUSTER,
        DISTRIBUTION_URI: distribution.uri,
        DISTRIBUTION_SHA256: distribution.sha256,
        PLUGINS: '',
        JVM_OPTIONS: SMALL_JVM.join(' '),
        ...settings,
      },
      files: {
        'server.properties': brokerProperties(join(on.data, 'log'), HOST),
        'log4j2.properties': log4jProperties(),
      },
    }
  }

  it('brings up a broker that keeps its records through a kill, a replaced machine and a power cut', async () => {
    const node = machine('kafka-1')
    await node.deploy(kafka(node, 'kafka-1', { METRIC_NAMESPACE: 'Aftershock/test' }))
    node.createDisk()
    node.boot('kafka-1', { AFTERSHOCK_MEASURE_SECONDS: '1' })
    if (mounts) {
      await node.said(/waiting until it is attached/)
      node.attachDisk()
      await node.said(/empty, making a file system/)
    }
    await node.said(/empty, formatting it for cluster bootstrapTestClusterAA, node 1/)
    await serves(HOST)
    await write()
    assert.deepEqual(await read(), RECORDS)
    if (mounts) {
      const used = await volumeUsed(moto, 'kafka-1')
      assert.ok(used > 0 && used < 50, `a few segments fill ${used}% of a GiB`)
    }

    const killed = node.kill()
    await node.said(/ended with status 137, starting again/)
    await serves(HOST)
    assert.notEqual(node.node()?.pid, killed.pid)
    assert.deepEqual(await read(), RECORDS, 'after a kill')

    assert.equal(await node.shutDown(), 0)
    assert.equal(node.node(), undefined)
    if (mounts) node.replaceMachine()
    node.boot('kafka-1')
    if (mounts) await node.said(/not empty, kept as it is/)
    await node.said(/of this node \(cluster bootstrapTestClusterAA, node 1\), taken up again/)
    assert.doesNotMatch(node.output, /formatting|making a file system/)
    await serves(HOST)
    assert.deepEqual(await read(), RECORDS, 'on another machine')

    await node.crash()
    node.boot('kafka-1')
    await node.said(/distribution: is there/)
    await serves(HOST)
    assert.deepEqual(await read(), RECORDS, 'after a power cut')
    await node.crash()
  })

  it('refuses a distribution whose digest is not the expected one, and leaves nothing of it', async () => {
    const node = machine('tampered')
    node.createDisk()
    node.attachDisk()
    const uri = await upload(moto, bootstrapFile(moto.dir), 'tampered.tar')
    await node.deploy(kafka(node, 'tampered', { DISTRIBUTION_URI: uri, DISTRIBUTION_SHA256: '0'.repeat(64) }))
    node.boot('tampered')
    assert.equal(await node.ended(), 65)
    assert.match(
      node.output,
      /SHA-256 of s3:\/\/assets\/tampered.tar is not 0{64}; nothing of it was unpacked/,
    )
    assert.deepEqual(
      readdirSync(node.base).filter(name => name.startsWith('distribution')),
      [],
    )
  })

  it('never formats a disk on which there is anything', async function () {
    if (!mounts) this.skip()
    const node = machine('strange-disk')
    node.createDisk()
    writeFileSync(node.disk, 'something that no file system wrote', { flag: 'r+' })
    const untouched = sha256(node.disk)
    node.attachDisk()
    await node.deploy(kafka(node, 'strange-disk'))
    node.boot('strange-disk')
    assert.equal(await node.ended(), 65)
    assert.match(node.output, /cannot be mounted; it was not changed/)
    assert.equal(sha256(node.disk), untouched)
  })

  it('refuses the data of another cluster', async () => {
    const node = machine('foreign')
    const log = join(node.data, 'log')
    mkdirSync(log, { recursive: true })
    const meta =
      'version=1\ncluster.id=anotherClusterAAAAAAAA\nnode.id=1\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ\n'
    writeFileSync(join(log, 'meta.properties'), meta)
    // Without a volume, as a stateless broker has none.
    await node.deploy(kafka(node, 'foreign', { VOLUME_ID: '' }))
    node.boot('foreign')
    assert.equal(await node.ended(), 65)
    assert.match(node.output, /belongs to cluster.id anotherClusterAAAAAAAA, not to bootstrapTestClusterAA/)
    assert.deepEqual(readdirSync(log), ['meta.properties'])
  })

  it('waits for no longer than it was told to, and says what was missing', async function () {
    if (!mounts) this.skip()
    const node = machine('no-disk')
    await node.deploy(kafka(node, 'no-disk'))
    node.boot('no-disk', { AFTERSHOCK_WAIT_SECONDS: '1' })
    assert.equal(await node.ended(), 69)
    assert.match(
      node.output,
      /volume vol-0123456789abcdef0: there is no .*nvme-Amazon_Elastic_Block_Store_vol0123/,
    )
  })

  it('secures a broker: who may log in, and who may do what, without a password in its log', async function () {
    if (!has('openssl')) this.skip()
    const node = machine('secured')
    const secured = await secure(moto, SECURED_HOST, ['admin', 'device', 'replay'])
    const certificates = {
      node: join(node.root, 'run', 'aftershock', 'node.pem'),
      authority: join(node.root, 'run', 'aftershock', 'authority.pem'),
    }
    const rules = accessRules([TOPIC]).filter(
      ({ name, principal }) => name === TOPIC && principal !== 'connector',
    )
    const plain = kafka(node, 'secured', { ...secured.settings, VOLUME_ID: '', NODE_HOST: SECURED_HOST })
    await node.deploy({
      ...plain,
      files: {
        ...plain.files,
        'server.properties': brokerProperties(join(node.data, 'log'), SECURED_HOST, certificates),
        'access-rules.txt': accessRuleArguments(rules),
      },
    })
    node.boot('secured')
    await node.said(/node.pem and authority.pem are in/)
    await node.said(/access rules: 2 in force/)
    await node.said(/logins: as in the secrets of 3 principals/)

    await write(secured.client('admin'), secured.client('device'))
    assert.deepEqual(await topicsOf(secured.client('replay')), [TOPIC])
    await assert.rejects(write(secured.client('admin'), secured.client('replay')), /Not authorized/i)
    await assert.rejects(topicsOf(secured.client('device', 'not the password')), /authentication failed/i)
    for (const password of secured.passwords) assert.ok(!node.output.includes(password))
    await node.crash()
  })

  it('tells clients where a broker without a name is', async () => {
    const node = machine('nameless')
    const plain = kafka(node, 'nameless', {
      VOLUME_ID: '',
      ADDRESS_PARAMETER: '/test/nameless',
      ADDRESS_PORT: '9092',
    })
    const text = brokerProperties(join(node.data, 'log'), HOST).replaceAll(HOST, '@PRIVATE_IP@')
    await node.deploy({ ...plain, files: { ...plain.files, 'server.properties': text } })
    node.boot('nameless', { AFTERSHOCK_ADDRESS: HOST })
    await serves(HOST)
    // It is written beside the start of the broker, which does not wait for it.
    await node.said(/address: .* is in \/test\/nameless/)
    const { Parameter } = await moto.json<{ Parameter: { Value: string } }>('ssm', 'AmazonSSM.GetParameter', {
      Name: '/test/nameless',
    })
    assert.equal(Parameter.Value, `${HOST}:9092`)
    await node.crash()
  })

  it('passes shellcheck', async function () {
    const tools = pythonTools('shellcheck')
    if (typeof tools === 'string') {
      process.stderr.write(`shellcheck: skipped, because ${tools}\n`)
      this.skip()
    }
    await promisify(execFile)(join(tools.bin, 'shellcheck'), [bootstrapFile(moto.dir)])
  })
})

const client = () => kafkaAt(HOST)

async function write(asAdmin = client(), asWriter = client()): Promise<void> {
  const admin = asAdmin.admin()
  await admin.connect()
  await makeTopics(admin, [{ topic: TOPIC, numPartitions: 1, replicationFactor: 1 }])
  await admin.disconnect()
  const producer = asWriter.producer()
  try {
    await producer.connect()
    await producer.send({ topic: TOPIC, acks: -1, messages: RECORDS.map(value => ({ value })) })
  } finally {
    await producer.disconnect()
  }
}

/** The topics that this client may see. */
async function topicsOf(who: Kafka): Promise<string[]> {
  const admin = who.admin()
  try {
    await admin.connect()
    return await admin.listTopics()
  } finally {
    await admin.disconnect()
  }
}

let readers = 0
/** All records of the topic, by a consumer that has never read before. */
async function read(): Promise<string[]> {
  const values: string[] = []
  readers++
  const consumer = client().consumer({
    groupId: `reader-${readers}`,
  })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
    await consumer.run({
      eachMessage: ({ message }) => {
        values.push(String(message.value))
        return Promise.resolve()
      },
    })
    await waitFor('all records to be read', () => values.length >= RECORDS.length, {
      clock: systemClock,
      deadlineMs: 60_000,
      lastSeen: () => `${values.length} records`,
    })
  } finally {
    await consumer.disconnect()
  }
  return values
}

function has(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, program)))
}

/** Whether a disk can be mounted here: that takes root, loop devices and a mount namespace. */
/** In percent, as the node says it. */
async function volumeUsed(moto: Moto, node: string): Promise<number> {
  const hourMs = 3_600_000
  const time = (offsetMs: number) => new Date(systemClock.wallMs() + offsetMs).toISOString()
  return waitFor(
    `${node} to say how full its volume is`,
    async () => {
      const answer = await moto.query('monitoring', '2010-08-01', 'GetMetricStatistics', {
        Namespace: 'Aftershock/test',
        MetricName: 'DataVolumeUsed',
        'Dimensions.member.1.Name': 'Node',
        'Dimensions.member.1.Value': node,
        StartTime: time(-hourMs),
        EndTime: time(hourMs),
        Period: '60',
        'Statistics.member.1': 'Maximum',
      })
      const [, maximum] = /<Maximum>([^<]+)</.exec(answer) ?? []
      return maximum === undefined ? undefined : Number(maximum)
    },
    { clock: systemClock, deadlineMs: 60_000 },
  )
}

function canMount(): boolean {
  if (!existsSync('/dev/loop-control')) return false
  try {
    const [program, ...args] = [...MOUNT_NAMESPACE, 'mount', '-t', 'tmpfs', 'none', '/mnt'] as const
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
