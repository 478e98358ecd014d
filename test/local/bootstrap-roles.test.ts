import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { after, before, describe, it } from 'mocha'
import type { FleetSample } from '../../chaos/record/samples.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { packageFile, packageRoot } from '../../chaos/package-root.ts'
import {
  AUTOMQ_SMALL_JVM,
  autoMqLog4jProperties,
  autoMqProperties,
} from '../../chaos/platforms/automq/properties.ts'
import type { ShardHeaderFile } from '../../chaos/run/run-shard.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { changed } from '../stacks/synthesized.ts'
import { type AnsweringEndpoint, answeringEndpoint } from './answering-endpoint.ts'
import { makeTopics } from './make-topics.ts'
import { BROKER_CLUSTER, BROKER_PORTS, kafkaAt, serves, type StagedArchive } from './bootstrap-broker.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { type NodeDeployment, putParameter, sha256, TestMachine, upload } from './moto-node.ts'
import { linesOf, settingsOf } from './shard-process.ts'
import { stageStandIn } from './staged-stand-in.ts'
import { fleetContract } from './test-contract.ts'

const HOST = '127.84.2.1'
const ADDRESS = '/test/automq/broker-1'
/** Where the shard looks; the test decides when it finds something. */
const ADDRESSES = '/test/addresses'
const DEVICES = 50
/** By their paths: the token, and what a machine is told of itself with it. */
const METADATA = {
  '/api/token': { status: 200, body: 'token' },
  '/meta-data/placement/availability-zone-id': { status: 200, body: 'euw1-az2' },
}

describe('the bootstrap of a platform whose brokers have no names', function () {
  this.timeout(600_000)
  let moto: Moto
  let metadata: AnsweringEndpoint
  let broker: TestMachine
  let shard: TestMachine

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`bootstrap of brokers without names: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
    metadata = await answeringEndpoint(moto)
    metadata.answers = METADATA
    broker = new TestMachine(moto, 'broker-1', false)
    shard = new TestMachine(moto, 'fleet-az-a-1', false)
    for (const name of [ADDRESS, `${ADDRESSES}/1`, `${ADDRESSES}/2`]) await putParameter(moto, name, 'none')
    await broker.deploy(automqDeployment(broker, await stageStandIn(moto)))
    await shard.deploy(await shardDeployment(moto, shard))
  })
  after(async () => {
    await shard?.[Symbol.asyncDispose]()
    await broker?.[Symbol.asyncDispose]()
    await metadata?.[Symbol.asyncDispose]()
    await moto?.[Symbol.asyncDispose]()
  })

  /** The folders that the shard made, in the order of its starts. */
  const folders = (): string[] => {
    try {
      return readdirSync(join(shard.root, 'shards')).sort()
    } catch {
      return []
    }
  }

  const acked = (folder: string): number =>
    linesOf<FleetSample>(join(shard.root, 'shards', folder, 'samples', 'fleet.jsonl')).reduce(
      (sum, sample) => sum + sample.acked,
      0,
    )

  async function acknowledges(start: number, records: number): Promise<void> {
    const enough = () => {
      const folder = folders()[start]
      try {
        return folder !== undefined && acked(folder) >= records
      } catch {
        return false
      }
    }
    await waitFor(`start ${start} of the shard to have ${records} records acknowledged`, enough, {
      clock: systemClock,
      deadlineMs: 120_000,
      lastSeen: () => shard.output.slice(-2000),
    })
  }

  it("starts the official layout by its own script, with our settings and without the script's guesses", async () => {
    broker.boot('broker-1', { AFTERSHOCK_ADDRESS: HOST })
    await broker.said(/stand-in: this is stock Apache Kafka, not AutoMQ/)
    const [said] = await broker.said(/stand-in: starts with .*/)
    for (const word of AUTOMQ_SMALL_JVM) assert.ok(said.includes(` ${word} `), word)
    assert.doesNotMatch(said, /ZGC|loggc|HeapDump/)
    await serves(HOST)
    assert.doesNotMatch(broker.output, /formatting it/)
  })

  it('says where the broker is, also after a kill, with the topics that it had', async () => {
    assert.equal(await parameter(moto, ADDRESS), `${HOST}:${BROKER_PORTS.client}`)
    await makeFleetTopics()
    const killed = broker.kill()
    await broker.said(/ended with status 137, starting again/)
    await serves(HOST)
    assert.notEqual(broker.node()?.pid, killed.pid)
    assert.equal(await storedRecords(), 0)
  })

  it('runs the real program as a shard, which finds that broker and starts again after a kill', async () => {
    shard.boot('fleet-az-a-1', { AFTERSHOCK_METADATA: metadata.url })
    await shard.said(/started, process/)
    assert.deepEqual(folders(), [])
    await putParameter(moto, `${ADDRESSES}/2`, await parameter(moto, ADDRESS))
    await acknowledges(0, 2 * DEVICES)
    shard.kill()
    await shard.said(/ended with status 137, starting again/)
    await acknowledges(1, 2 * DEVICES)
  })

  it('drains the shard when the machine stops, and leaves its histories in the evidence bucket', async () => {
    assert.equal(await shard.shutDown(), 0)
    const folder = folders().at(-1) ?? assert.fail('no start left a folder')
    const stored = await moto.get('s3', `assets/evidence/${folder}/shard.json`)
    const { ended, devices, zoneId } = JSON.parse(stored) as ShardHeaderFile
    assert.equal(devices, DEVICES)
    assert.equal(zoneId, 'euw1-az2')
    assert.deepEqual([ended?.by, ended?.undelivered], ['signal', 0])
    assert.equal(ended?.acked, acked(folder))
    const history = 'history/gw-az-a-1.jsonl'
    assert.equal(
      await moto.get('s3', `assets/evidence/${folder}/${history}`),
      readFileSync(join(shard.root, 'shards', folder, history), 'utf8'),
    )
    const all = folders().reduce((sum, name) => sum + acked(name), 0)
    assert.ok(
      (await storedRecords()) >= all,
      `${await storedRecords()} records are stored, ${all} were acknowledged`,
    )
    await broker.crash()
  })
})

function automqDeployment(on: TestMachine, distribution: StagedArchive): NodeDeployment {
  const buckets = { dataBucket: 'data', opsBucket: 'ops', region: 'eu-west-1' }
  return {
    name: 'broker-1',
    settings: {
      NODE_ROLE: 'automq',
      NODE_HOST: '@PRIVATE_IP@',
      CLUSTER_ID: BROKER_CLUSTER,
      DISTRIBUTION_URI: distribution.uri,
      DISTRIBUTION_SHA256: distribution.sha256,
      JVM_OPTIONS: AUTOMQ_SMALL_JVM.join(' '),
      ADDRESS_PARAMETER: ADDRESS,
      ADDRESS_PORT: String(BROKER_PORTS.client),
    },
    files: {
      'server.properties': autoMqProperties({
        clusterId: BROKER_CLUSTER,
        nodeId: 1,
        zone: 'az-a',
        host: '@PRIVATE_IP@',
        bindAddress: '@PRIVATE_IP@',
        ports: BROKER_PORTS,
        voters: [{ nodeId: 1, host: HOST }],
        logDir: join(on.data, 'log'),
        timeouts: 'tuned',
        store: { ...buckets, endpoint: 'http://127.0.0.1:9', pathStyle: true },
      }),
      'log4j.properties': autoMqLog4jProperties(),
    },
  }
}

/** The settings of the stack, but for where this machine has things. */
async function shardDeployment(moto: Moto, on: TestMachine): Promise<NodeDeployment> {
  const name = 'fleet-az-a-1'
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [packageFile('lib', 'assets', 'stage-program.mjs')],
    { cwd: packageRoot(), env: { ...process.env, XDG_CACHE_HOME: join(moto.dir, 'cache') } },
  )
  return {
    name,
    settings: {
      ...ownSettings(settingsOf(changed('automq', { security: 'plaintext' }), name)),
      PROGRAM_URI: await upload(moto, stdout.trim(), 'program.mjs'),
      PROGRAM_SHA256: sha256(stdout.trim()),
      BOOTSTRAP_SERVERS_PATH: ADDRESSES,
      SHARD_COUNT: '1',
      SHARD_DEVICES: String(DEVICES),
      SHARD_DIR: join(on.root, 'shards'),
      EVIDENCE_URI: 's3://assets/evidence',
      LOG_GROUP: '',
    },
    files: {},
  }
}

/** Without what a deployment of the test decides. */
function ownSettings(settings: Readonly<Record<string, string>>): Record<string, string> {
  const decided = ['AWS_REGION', 'PARAMETER_PATH', 'BOOTSTRAP_URI', 'BOOTSTRAP_SHA256', 'FILES']
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !decided.includes(name)))
}

/** As the contract says, but for the copies that one broker cannot keep. */
async function makeFleetTopics(): Promise<void> {
  const admin = kafkaAt(HOST).admin()
  await admin.connect()
  await makeTopics(
    admin,
    Object.entries(fleetContract.topics).map(([topic, { partitions }]) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: 1,
    })),
  )
  await admin.disconnect()
}

/** How many records the fleet's topics have. @throws Error when one of them is not there. */
async function storedRecords(): Promise<number> {
  const admin = kafkaAt(HOST).admin()
  await admin.connect()
  let records = 0
  for (const topic of Object.keys(fleetContract.topics))
    for (const { high, low } of await admin.fetchTopicOffsets(topic)) records += Number(high) - Number(low)
  await admin.disconnect()
  return records
}

async function parameter(moto: Moto, name: string): Promise<string> {
  const { Parameter } = await moto.json<{ Parameter: { Value: string } }>('ssm', 'AmazonSSM.GetParameter', {
    Name: name,
  })
  return Parameter.Value
}
