import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { waitFor } from '../../chaos/core/wait.ts'
import { kafkaRuntime, newKafkaUuid } from '../../chaos/drivers/local/kafka-node.ts'
import { kafkaProperties, log4jProperties, SMALL_JVM } from '../../chaos/platforms/kafka.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { testSoftware } from './test-lab.ts'

const PORTS = { client: 9092, control: 9093, replication: 9094 }

/** A broker without links, at an address that it advertises as it is. */
export interface SingleBroker extends AsyncDisposable {
  readonly address: string
  readonly kafka: Kafka
}

export async function startSingleBroker(host: string, zone: string): Promise<SingleBroker> {
  const { java, classPath, cdsArchive } = kafkaRuntime((await testSoftware()).kafka)
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-broker-'))
  const config = join(dir, 'server.properties')
  const jvm = [
    ...SMALL_JVM,
    ...(cdsArchive ? [`-XX:SharedArchiveFile=${cdsArchive}`, '-Xshare:auto'] : []),
    `-Dlog4j2.configurationFile=${join(dir, 'log4j2.properties')}`,
    '-cp',
    classPath,
  ]
  mkdirSync(join(dir, 'data'))
  writeFileSync(config, properties(host, zone, join(dir, 'data')))
  writeFileSync(join(dir, 'log4j2.properties'), log4jProperties())
  await promisify(execFile)(java, [
    ...jvm,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    newKafkaUuid(),
    '-c',
    config,
  ])
  const log = openSync(join(dir, 'broker.log'), 'a')
  const child = spawn(java, [...jvm, 'kafka.Kafka', config], { cwd: dir, stdio: ['ignore', log, log] })
  closeSync(log)
  const address = `${host}:${PORTS.client}`
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 1 } })
  const broker: SingleBroker = {
    address,
    kafka,
    async [Symbol.asyncDispose]() {
      await end(child)
      rmSync(dir, { recursive: true, force: true })
    },
  }
  try {
    await waitFor('the broker to answer', () => answers(kafka, child, dir), {
      clock: systemClock,
      deadlineMs: 120_000,
      everyMs: 250,
    })
  } catch (error) {
    await broker[Symbol.asyncDispose]()
    throw error
  }
  return broker
}

/** The platform's own configuration, but for the copies that one broker cannot keep. */
function properties(host: string, zone: string, logDir: string): string {
  const platform = kafkaProperties({
    nodeId: 1,
    zone,
    host,
    bindAddress: host,
    ports: PORTS,
    voters: [{ nodeId: 1, host }],
    logDir,
    timeouts: 'tuned',
  })
  return `${platform}offsets.topic.replication.factor=1\nmin.insync.replicas=1\n`
}

async function answers(kafka: Kafka, child: ChildProcess, dir: string): Promise<boolean> {
  if (child.exitCode !== null)
    throw new Error(`the broker ended: ${readFileSync(join(dir, 'broker.log'), 'utf8').slice(-2000)}`)
  const admin = kafka.admin()
  try {
    await admin.connect()
    return (await admin.describeCluster()).brokers.length === 1
  } catch {
    return false
  } finally {
    await admin.disconnect()
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}
