import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
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
import { CONNECT_REST_PORT, connectWorkerProperties, secretReference } from '../../chaos/platforms/connect.ts'
import { hostsFile, log4jProperties } from '../../chaos/platforms/kafka/properties.ts'
import {
  accessRuleArguments,
  accessRules,
  NODE_COMMON_NAME,
  PRINCIPALS,
  workerSecurityProperties,
} from '../../chaos/platforms/security.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { loadEnvironment } from '../../lib/environment.ts'
import { secretFile } from '../../lib/node-conventions.ts'
import { changed, LOGINS } from '../stacks/synthesized.ts'
import { makeTopics } from './make-topics.ts'
import { BROKER_CLUSTER, BROKER_PORTS } from './bootstrap-broker.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { type NodeDeployment, putSecret, sha256, TestMachine, upload } from './moto-node.ts'
import { passwordName, type SecuredCluster, secure } from './moto-secrets.ts'
import { linesOf, settingsOf } from './shard-process.ts'
import { stageStandIn } from './staged-stand-in.ts'
import { fleetContract } from './test-contract.ts'

const HOST = '127.84.3.1'
const WORKER = '127.84.3.2'
/** Controllers have names; brokers are reached by addresses, which are in no certificate. As docs/logins.md says. */
const CONTROLLER = 'controller-1.lab.aftershock.internal'
const CERTIFIED = [NODE_COMMON_NAME, '*.lab.aftershock.internal']
const NAMES = { broker: 'broker-1', shard: 'fleet-az-a-1', worker: 'connect-az-a' } as const
const ROTATED = 'theNextPasswordOfDevices'

describe('logins of a platform whose brokers have no names, as machines set them up', function () {
  this.timeout(600_000)
  let moto: Moto
  let secured: SecuredCluster
  let broker: TestMachine
  let shard: TestMachine
  let worker: TestMachine

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`logins of machines: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
    secured = await secure(moto, HOST, PRINCIPALS, CERTIFIED)
    broker = new TestMachine(moto, NAMES.broker, false)
    shard = new TestMachine(moto, NAMES.shard, false)
    worker = new TestMachine(moto, NAMES.worker, false)
    await broker.deploy(await brokerDeployment(moto, broker, secured))
  })
  after(async () => {
    for (const machine of [shard, worker, broker]) await machine?.[Symbol.asyncDispose]()
    await moto?.[Symbol.asyncDispose]()
  })

  const folders = () => readdirSync(join(shard.root, 'shards')).sort()

  /** Records that the last start of the shard had acknowledged. */
  const acked = () => {
    const file = join(shard.root, 'shards', folders().at(-1) ?? '', 'samples', 'fleet.jsonl')
    return linesOf<FleetSample>(file).reduce((sum, sample) => sum + sample.acked, 0)
  }

  async function acknowledges(records: number): Promise<void> {
    await until(`${records} records of the shard to be acknowledged`, shard, () => {
      try {
        return acked() >= records
      } catch {
        return false
      }
    })
  }

  it('has the first broker say who may do what and who may log in, after it formatted itself', async () => {
    broker.boot(NAMES.broker, { AFTERSHOCK_ADDRESS: HOST })
    await broker.said(/access rules: 7 in force/)
    await broker.said(/logins: as in the secrets of 4 principals/)
    for (const password of secured.passwords) assert.ok(!broker.output.includes(password))
    assert.ok(!existsSync(join(broker.root, 'run', 'aftershock', 'admit.properties')))
    const admin = secured.client('admin').admin()
    await admin.connect()
    // As the contract says, but for the copies that one broker cannot keep.
    await makeTopics(
      admin,
      Object.entries(fleetContract.topics).map(([topic, { partitions }]) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: 1,
      })),
    )
    await admin.disconnect()
  })

  it('has a shard of the fleet send as a device, with the settings of its stack', async () => {
    await shard.deploy(await shardDeployment(moto, shard, secured))
    shard.boot(NAMES.shard, { AFTERSHOCK_REFRESH_SECONDS: '1' })
    await acknowledges(100)
    assert.ok(!shard.output.includes(secured.passwords[PRINCIPALS.indexOf('device')] ?? '?'))
  })

  it('has a Connect worker and its connectors log in, which may read what they sink and nothing else', async () => {
    await worker.deploy(await workerDeployment(moto, worker, secured))
    worker.boot(NAMES.worker, { AFTERSHOCK_ADDRESS: WORKER })
    await until('the worker to answer', worker, () => call('GET', '').then(Boolean, () => false))
    const sunk = join(worker.root, 'sunk')
    await call('POST', '', connector('allowed', 'integration', sunk))
    await until(
      'records in the sink',
      worker,
      () => existsSync(sunk) && readFileSync(sunk, 'utf8').includes('\n'),
    )
    await call('POST', '', connector('greedy', 'telemetry', join(worker.root, 'stolen')))
    await until('the other connector to be refused', worker, async () =>
      /TopicAuthorizationException: Not authorized to access topics: \[telemetry\]/.test(
        await call('GET', '/greedy/status').catch(String),
      ),
    )
    assert.equal(await worker.shutDown(), 0)
  })

  it('takes a password that was rotated when its bootstrap runs again, and the shard goes on with it', async () => {
    await putSecret(moto, passwordName('device'), ROTATED)
    await shard.said(/secret .*: has changed, and is in/)
    assert.equal(await broker.shutDown(), 0)
    broker.boot(NAMES.broker, { AFTERSHOCK_ADDRESS: HOST })
    await broker.said(/logins: as in the secrets of 4 principals/)
    await acknowledges(acked() + 200)
    assert.equal(folders().length, 1)
    await assert.rejects(secured.client('device').admin().connect(), /authentication failed/i)
    assert.equal(await shard.shutDown(), 0)
  })
})

async function brokerDeployment(
  moto: Moto,
  on: TestMachine,
  { settings }: SecuredCluster,
): Promise<NodeDeployment> {
  const distribution = await stageStandIn(moto)
  const hosts = join(moto.dir, 'hosts')
  writeFileSync(
    hosts,
    hostsFile([
      { address: HOST, host: CONTROLLER },
      { address: '127.0.0.1', host: hostname() },
    ]),
  )
  const secrets = join(on.root, 'run', 'aftershock')
  const buckets = { dataBucket: 'data', opsBucket: 'ops', region: 'eu-west-1' }
  const properties = autoMqProperties({
    clusterId: BROKER_CLUSTER,
    nodeId: 1,
    zone: 'az-a',
    host: '@PRIVATE_IP@',
    bindAddress: '@PRIVATE_IP@',
    ports: BROKER_PORTS,
    voters: [{ nodeId: 1, host: CONTROLLER }],
    logDir: join(on.data, 'log'),
    timeouts: 'tuned',
    certificates: { node: join(secrets, 'node.pem'), authority: join(secrets, 'authority.pem') },
    store: { ...buckets, endpoint: 'http://127.0.0.1:9', pathStyle: true },
  })
  return {
    name: NAMES.broker,
    settings: {
      NODE_ROLE: 'automq',
      NODE_HOST: '@PRIVATE_IP@',
      CLUSTER_ID: BROKER_CLUSTER,
      DISTRIBUTION_URI: distribution.uri,
      DISTRIBUTION_SHA256: distribution.sha256,
      JVM_OPTIONS: [...AUTOMQ_SMALL_JVM, `-Djdk.net.hosts.file=${hosts}`].join(' '),
      ...settings,
    },
    files: {
      'server.properties': properties,
      'log4j.properties': autoMqLog4jProperties(),
      'access-rules.txt': accessRuleArguments(accessRules()),
    },
  }
}

/** The settings of the stack, but for where this machine has things. */
async function shardDeployment(
  moto: Moto,
  on: TestMachine,
  secured: SecuredCluster,
): Promise<NodeDeployment> {
  const {
    BROKER_USERNAME = '',
    BROKER_TLS_NAME = '',
    BROKER_PASSWORD_FILE,
    BROKER_AUTHORITY_FILE,
  } = settingsOf(changed('automq', LOGINS), NAMES.shard)
  const stager = packageFile('lib', 'assets', 'stage-program.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [stager], {
    cwd: packageRoot(),
    env: { ...process.env, XDG_CACHE_HOME: join(moto.dir, 'cache') },
  })
  return {
    name: NAMES.shard,
    settings: {
      NODE_ROLE: 'fleet',
      PROGRAM_URI: await upload(moto, stdout.trim(), 'program.mjs'),
      PROGRAM_SHA256: sha256(stdout.trim()),
      SHARD_INDEX: '0',
      SHARD_COUNT: '1',
      SHARD_DEVICES: '50',
      SHARD_DIR: join(on.root, 'shards'),
      BOOTSTRAP_SERVERS: `${HOST}:9092`,
      SECRET_FILES: `login=${secured.secretOf('device')}`,
      BROKER_USERNAME,
      BROKER_TLS_NAME,
      BROKER_PASSWORD_FILE: join(on.root, BROKER_PASSWORD_FILE ?? ''),
      BROKER_AUTHORITY_FILE: join(on.root, BROKER_AUTHORITY_FILE ?? ''),
    },
    files: { 'authority.pem': secured.authority },
  }
}

async function workerDeployment(
  moto: Moto,
  on: TestMachine,
  secured: SecuredCluster,
): Promise<NodeDeployment> {
  const { connect } = loadEnvironment('kafka')
  if (!connect) throw new Error('kafka has no Connect')
  const distribution = await staged(connect.distribution.source, connect.distribution.sha256)
  const plugin = join(moto.dir, 'plugin')
  mkdirSync(plugin)
  copyFileSync(await staged(...FILE_CONNECTOR), join(plugin, 'connect-file.jar'))
  const archive = join(moto.dir, 'plugin.tar')
  await promisify(execFile)('tar', ['-cf', archive, '-C', plugin, 'connect-file.jar'])
  const password = join(on.root, secretFile('login'))
  return {
    name: NAMES.worker,
    settings: {
      NODE_ROLE: 'connect',
      DISTRIBUTION_URI: await upload(moto, distribution, 'connect.tar'),
      DISTRIBUTION_SHA256: connect.distribution.sha256,
      PLUGINS: `file=${await upload(moto, archive, 'plugin.tar')}#${sha256(archive)}`,
      JVM_OPTIONS: '-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1',
      SECRET_FILES: `login=${secured.secretOf('connector')}`,
      BOOTSTRAP_SERVERS: `${HOST}:9092`,
    },
    files: {
      'worker.properties': connectWorkerProperties({
        bootstrap: ['@BOOTSTRAP_SERVERS@'],
        host: '@PRIVATE_IP@',
        bindAddress: WORKER,
        restPort: CONNECT_REST_PORT,
        pluginPath: join(on.base, 'plugins'),
        zone: 'az-a',
        internalReplicas: 1,
        secretFiles: [password],
        security: workerSecurityProperties({
          principal: 'connector',
          password: secretReference(password, 'password'),
          authority: join(on.base, 'config', 'authority.pem'),
          brokersHaveNames: false,
        }),
      }),
      'log4j2.properties': log4jProperties(),
      'authority.pem': secured.authority,
    },
  }
}

/** Kafka's own, which needs no database. */
const FILE_CONNECTOR = [
  'maven-file:org.apache.kafka:connect-file:4.3.1:jar',
  'e330c491309d8f839f2abd7260c72a3687d6d82ecf2ba0f7699a46d41a46dcac',
] as const

/** What a deployment would upload, brought by its own stager. */
async function staged(source: string, digest: string): Promise<string> {
  const stager = packageFile('lib', 'assets', 'stage-distribution.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [stager, source, digest], {
    cwd: packageRoot(),
  })
  return stdout.trim()
}

function connector(name: string, topic: string, file: string): object {
  const text = 'org.apache.kafka.connect.storage.StringConverter'
  const config = { 'connector.class': 'FileStreamSink', topics: topic, file, 'value.converter': text }
  return { name, config }
}

/** @throws Error with the answer when the worker refuses. */
async function call(method: string, path: string, body?: object): Promise<string> {
  const answer = await fetch(`http://${WORKER}:${CONNECT_REST_PORT}/connectors${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status}: ${text.slice(0, 1000)}`)
  return text
}

async function until(
  what: string,
  machine: TestMachine,
  look: () => boolean | Promise<boolean>,
): Promise<void> {
  await waitFor(what, look, {
    clock: systemClock,
    deadlineMs: 120_000,
    everyMs: 250,
    lastSeen: () => machine.output.slice(-3000),
  })
}
