import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { waitFor } from '../../chaos/core/wait.ts'
import { ensureKafka } from '../../chaos/drivers/local/setup/kafka.ts'
import { kafkaProperties, log4jProperties, SMALL_JVM } from '../../chaos/platforms/kafka/properties.ts'
import type { NodeCertificates } from '../../chaos/platforms/security.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import type { Moto } from './moto.ts'
import { type NodeDeployment, sha256, type TestMachine, upload } from './moto-node.ts'

export const BROKER_CLUSTER = 'bootstrapTestClusterAA'
export const BROKER_PORTS = { client: 9092, control: 9093, replication: 9094 }

/** The jars that the lab runs, as the archive of a deployment. */
export interface StagedArchive {
  readonly uri: string
  readonly sha256: string
}

/** A single node: the platform's own configuration, but for the copies that one broker cannot keep. */
export function brokerProperties(logDir: string, host: string, certificates?: NodeCertificates): string {
  const platform = kafkaProperties({
    nodeId: 1,
    zone: 'az-a',
    host,
    bindAddress: host,
    ports: BROKER_PORTS,
    voters: [{ nodeId: 1, host }],
    logDir,
    timeouts: 'tuned',
    ...(certificates ? { certificates } : {}),
  })
  const internal = ['offsets.topic.replication.factor', 'transaction.state.log.replication.factor']
  const one = [...internal, 'transaction.state.log.min.isr', 'min.insync.replicas'].map(key => `${key}=1\n`)
  return `${platform}${one.join('')}`
}

/** Of a machine without a volume, for clients of the other roles. */
export function brokerDeployment(
  on: TestMachine,
  name: string,
  host: string,
  distribution: StagedArchive,
): NodeDeployment {
  return {
    name,
    settings: {
      NODE_ROLE: 'kafka',
      NODE_HOST: host,
      CLUSTER_ID: BROKER_CLUSTER,
      DISTRIBUTION_URI: distribution.uri,
      DISTRIBUTION_SHA256: distribution.sha256,
      PLUGINS: '',
      JVM_OPTIONS: SMALL_JVM.join(' '),
    },
    files: {
      'server.properties': brokerProperties(join(on.data, 'log'), host),
      'log4j2.properties': log4jProperties(),
    },
  }
}

/** Resolves when the one broker at `host` answers a client. */
export async function serves(host: string): Promise<void> {
  await waitFor('the broker to serve a client', () => clusterAnswers(host), {
    clock: systemClock,
    deadlineMs: 120_000,
    everyMs: 250,
  })
}

async function clusterAnswers(host: string): Promise<boolean> {
  const admin = kafkaAt(host).admin()
  try {
    await admin.connect()
    return (await admin.describeCluster()).brokers.length === 1
  } catch {
    return false
  } finally {
    await admin.disconnect()
  }
}

export function kafkaAt(host: string): Kafka {
  return new Kafka({
    brokers: [`${host}:${BROKER_PORTS.client}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 1 },
  })
}

export async function stageKafka(moto: Moto): Promise<StagedArchive> {
  const archive = await archiveOfKafka(moto.dir)
  return { uri: await upload(moto, archive, 'kafka.tar'), sha256: sha256(archive) }
}

/** In a file of `dir`. */
export async function archiveOfKafka(dir: string): Promise<string> {
  const { libsDir } = await ensureKafka({ clock: systemClock, progress: () => {} })
  const staging = join(dir, 'staging')
  mkdirSync(staging)
  symlinkSync(libsDir, join(staging, 'libs'))
  const archive = join(dir, 'kafka.tar')
  await promisify(execFile)('tar', ['-chf', archive, '-C', staging, 'libs'])
  return archive
}
