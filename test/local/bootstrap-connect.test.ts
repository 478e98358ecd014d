import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { after, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { CONNECT_REST_PORT, connectWorkerProperties, secretReference } from '../../chaos/platforms/connect.ts'
import { log4jProperties } from '../../chaos/platforms/kafka/properties.ts'
import { packageFile, packageRoot } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import type { DistributionConfig } from '../../lib/environment-schema.ts'
import { loadEnvironment } from '../../lib/environment.ts'
import { secretFile } from '../../lib/node-conventions.ts'
import { makeTopics } from './make-topics.ts'
import { brokerDeployment, kafkaAt, serves, stageKafka } from './bootstrap-broker.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { deleteSecret, type NodeDeployment, putSecret, TestMachine, upload } from './moto-node.ts'
import { type Postgres, postgresIsMissing, startPostgres } from './postgres.ts'

const BROKER = '127.84.1.1'
const WORKER = '127.84.1.2'
const DATABASE = '127.84.1.3'
const DATABASE_PORT = 15432
const NAME = 'connect-az-a'
/** With everything that a file of properties, a URL or a shell could take for something else. */
const PASSWORDS = [' first=#\\"$', "second:!'{é}\\ "] as const

describe('the bootstrap of a Connect worker', function () {
  this.timeout(600_000)
  let moto: Moto
  let database: Postgres
  let broker: TestMachine
  let worker: TestMachine
  let written = 0

  before(async function () {
    const tools = pythonTools('moto_server', 'aws')
    const missing = typeof tools === 'string' ? tools : postgresIsMissing()
    if (typeof tools === 'string' || missing !== null) {
      process.stderr.write(`bootstrap of a Connect worker: skipped, because ${missing}\n`)
      this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
    database = await startPostgres(DATABASE, DATABASE_PORT)
    await database.query(`CREATE ROLE sink LOGIN PASSWORD ${quoted(PASSWORDS[0])}`)
    await database.query('CREATE DATABASE sink OWNER sink')
    broker = new TestMachine(moto, 'broker', false)
    await broker.deploy(brokerDeployment(broker, 'broker', BROKER, await stageKafka(moto)))
    broker.boot('broker')
    await serves(BROKER)
    const secret = await putSecret(moto, 'sink', secretText(PASSWORDS[0]))
    worker = new TestMachine(moto, NAME, false)
    await worker.deploy(await workerDeployment(moto, worker, secret))
    boot()
    await answers()
  })
  after(async () => {
    await worker?.[Symbol.asyncDispose]()
    await broker?.[Symbol.asyncDispose]()
    await database?.[Symbol.asyncDispose]()
    await moto?.[Symbol.asyncDispose]()
  })

  const boot = () => worker.boot(NAME, { AFTERSHOCK_ADDRESS: WORKER, AFTERSHOCK_REFRESH_SECONDS: '1' })
  const file = () => join(worker.root, secretFile('sink'))

  /** As a device's records are, to the sink's topic. */
  async function write(records: number): Promise<void> {
    const producer = kafkaAt(BROKER).producer()
    await producer.connect()
    const messages = Array.from({ length: records }, () => {
      written++
      return { value: `{"id":"d1/1/${written}","class":"integration","kind":"x","at":1,"value":${written}}` }
    })
    await producer.send({ topic: 'integration', acks: -1, messages })
    await producer.disconnect()
  }

  async function rows(): Promise<void> {
    let seen = ''
    await waitFor(
      `${written} rows in the database`,
      async () => {
        seen = await database.query('SELECT count(*) FROM integration', 'sink').catch(error => String(error))
        return seen === String(written)
      },
      {
        clock: systemClock,
        deadlineMs: 180_000,
        everyMs: 250,
        lastSeen: () => `${seen}\n${worker.output.slice(-4000)}`,
      },
    )
  }

  it('keeps the secret in a file of its own user, and gives connectors that file and no other', async () => {
    assert.equal(statSync(file()).mode & 0o777, 0o600)
    assert.equal(statSync(join(file(), '..')).mode & 0o777, 0o700)
    const other = join(worker.root, 'other.properties')
    writeFileSync(other, 'key=notForConnectors\n')
    const { config } = sample(file())
    const checked = await call('PUT', '/connector-plugins/JdbcSinkConnector/config/validate', {
      ...config,
      'collection.name.format': `${secretReference(file(), 'username')}-${secretReference(other, 'key')}`,
    })
    assert.match(checked, new RegExp(`"sink-\\$\\{file:${other}:key\\}"`))
    assert.doesNotMatch(checked, /notForConnectors/)
  })

  it('runs the documented sink, which logs in with the secret over TLS, and shows it to nobody', async () => {
    const admin = kafkaAt(BROKER).admin()
    await admin.connect()
    await makeTopics(admin, [{ topic: 'integration', numPartitions: 3, replicationFactor: 1 }])
    await admin.disconnect()
    await write(20)
    await call('POST', '/connectors', sample(file()))
    await rows()
    const shown = await call('GET', '/connectors/sink-integration')
    assert.ok(shown.includes(secretReference(file(), 'password')))
    assert.ok(!worker.output.includes('first='))
  })

  it('goes on with its connectors after a kill', async () => {
    const killed = worker.kill()
    await worker.said(/ended with status 137, starting again/)
    await write(20)
    await answers()
    await rows()
    assert.notEqual(worker.node()?.pid, killed.pid)
  })

  it('goes on after the password was rotated, without anybody who restarts a task', async () => {
    await database.query(`ALTER ROLE sink PASSWORD ${quoted(PASSWORDS[1])}`)
    await database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sink'")
    await write(20)
    await putSecret(moto, 'sink', secretText(PASSWORDS[1]))
    await worker.said(/secret .*: has changed, and is in/)
    await worker.said(/tasks here that name .*, started again: sink-integration 0/)
    await rows()
    assert.equal(await database.query('SELECT count(DISTINCT id) FROM integration', 'sink'), String(written))
    assert.equal(await worker.shutDown(), 0)
  })

  it('starts with what it has when the secret cannot be had', async () => {
    await deleteSecret(moto, 'sink')
    boot()
    await answers()
    await worker.said(/secret .*: what is there stays \(.*ResourceNotFoundException/)
    assert.doesNotMatch(worker.output, /secret .*: (is in|has changed)/)
    await write(20)
    await rows()
    assert.equal(await worker.shutDown(), 0)
  })
})

const secretText = (password: string) =>
  JSON.stringify({ engine: 'postgres', host: DATABASE, port: DATABASE_PORT, username: 'sink', password })

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** The configuration in docs/connectors.md, with the file where this machine has it. */
function sample(path: string): { readonly name: string; readonly config: Record<string, string> } {
  const page = readFileSync(packageFile('docs', 'connectors.md'), 'utf8')
  const [, json] = /```json\n([\s\S]*?)```/.exec(page) ?? assert.fail('the page has no configuration')
  assert.ok(json?.includes(secretFile('sink')))
  return JSON.parse((json as string).replaceAll(secretFile('sink'), path))
}

async function workerDeployment(moto: Moto, on: TestMachine, secret: string): Promise<NodeDeployment> {
  const { connect } = loadEnvironment('kafka')
  if (!connect) throw new Error('kafka has no Connect')
  const distribution = await staged(moto, connect.distribution, 'connect.tar')
  const plugin = await staged(moto, connect.sinkPlugin, 'sink.tar.gz')
  return {
    name: NAME,
    settings: {
      NODE_ROLE: 'connect',
      DISTRIBUTION_URI: distribution,
      DISTRIBUTION_SHA256: connect.distribution.sha256,
      PLUGINS: `jdbc-sink=${plugin}#${connect.sinkPlugin.sha256}`,
      JVM_OPTIONS: '-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1',
      SECRET_FILES: `sink=${secret}`,
      BOOTSTRAP_SERVERS: `${BROKER}:9092`,
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
        secretFiles: [join(on.root, secretFile('sink'))],
      }),
      'log4j2.properties': log4jProperties(),
    },
  }
}

/** What a deployment would upload, brought by its own stager. */
async function staged(moto: Moto, { source, sha256 }: DistributionConfig, key: string): Promise<string> {
  const stager = packageFile('lib', 'assets', 'stage-distribution.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [stager, source, sha256], {
    cwd: packageRoot(),
  })
  return upload(moto, stdout.trim(), key)
}

/** @throws Error with the answer when the worker refuses. */
async function call(method: string, path: string, body?: object): Promise<string> {
  const answer = await fetch(`http://${WORKER}:${CONNECT_REST_PORT}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status}: ${text.slice(0, 1000)}`)
  return text
}

async function answers(): Promise<void> {
  await waitFor('the worker to answer', () => call('GET', '/connectors').then(Boolean, () => false), {
    clock: systemClock,
    deadlineMs: 180_000,
    everyMs: 250,
  })
}
