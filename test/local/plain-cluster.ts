import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import type { Topology } from '../../chaos/core/topology.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { kafkaRuntime, newKafkaUuid } from '../../chaos/drivers/local/nodes/kafka-node.ts'
import { kafkaProperties, log4jProperties, SMALL_JVM } from '../../chaos/platforms/kafka/properties.ts'
import type { NodeCertificates } from '../../chaos/platforms/security.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { endChild } from './end-child.ts'
import { testSoftware } from './test-lab.ts'

const PORTS = { client: 9092, control: 9093, replication: 9094 }
const NODES = ['az-a', 'az-b', 'az-c'].map((zone, i) => ({ id: i + 1, zone, host: `127.86.0.${i + 1}` }))

/** Where the brokers are, for whoever makes their certificates. */
export const PLAIN_HOSTS: readonly string[] = NODES.map(({ host }) => host)

/** What makes a cluster of these brokers one that asks who is talking. */
export interface PlainSecurity {
  readonly certificates: NodeCertificates
  /** Those who can log in from the start: `SCRAM-SHA-512=[name=…,password=…]` for the tool that formats. */
  readonly scram: readonly string[]
  /** As kafkajs's options: somebody who may do everything. */
  readonly administrator: Pick<KafkaConfig, 'ssl' | 'sasl'>
}

/** Three brokers in three zones without any links: what they advertise is where they are. */
export interface PlainCluster extends AsyncDisposable {
  readonly topology: Topology
  /** Where they are asked first. */
  readonly bootstrap: string
  /** An administrator's, where there is one. */
  readonly kafka: Kafka
  /** SIGKILL; resolves when it is gone. */
  kill(node: number): Promise<void>
  /** With the disk that it had. */
  start(node: number): void
  /** Runs a class of Kafka's with the brokers' own jars: resolves to what it printed, rejects with it. */
  tool(mainClass: string, ...args: readonly string[]): Promise<string>
}

/** @param security @default none: every client is let in */
export async function startPlainCluster(security?: PlainSecurity): Promise<PlainCluster> {
  const { java, classPath, cdsArchive } = kafkaRuntime((await testSoftware()).kafka)
  const root = mkdtempSync(join(tmpdir(), 'aftershock-cluster-'))
  const children = new Map<number, ChildProcess>()
  const dirOf = (node: number) => join(root, String(node))
  const jvm = (node: number) => [
    ...SMALL_JVM,
    ...(cdsArchive ? [`-XX:SharedArchiveFile=${cdsArchive}`, '-Xshare:auto'] : []),
    `-Dlog4j2.configurationFile=${join(dirOf(node), 'log4j2.properties')}`,
    '-cp',
    classPath,
  ]
  const bootstrap = NODES.map(({ host }) => `${host}:${PORTS.client}`).join(',')
  const kafka = new Kafka({
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
    ...security?.administrator,
  })
  const cluster: PlainCluster = {
    topology: { zones: NODES.map(({ zone }) => zone), nodes: NODES, links: [] },
    bootstrap,
    kafka,
    async kill(node) {
      const child = children.get(node)
      if (child) await endChild(child)
    },
    start(node) {
      const log = openSync(join(dirOf(node), 'broker.log'), 'a')
      const args = [...jvm(node), 'kafka.Kafka', join(dirOf(node), 'server.properties')]
      children.set(node, spawn(java, args, { cwd: dirOf(node), stdio: ['ignore', log, log] }))
      closeSync(log)
    },
    async tool(mainClass, ...args) {
      const words = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', classPath, mainClass, ...args]
      try {
        const { stdout, stderr } = await promisify(execFile)(java, words)
        return `${stderr}${stdout}`
      } catch (error) {
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
        throw new Error(`${mainClass}: ${stderr}${stdout}`, { cause: error })
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...children.values()].map(endChild))
      rmSync(root, { recursive: true, force: true })
    },
  }
  const clusterId = newKafkaUuid()
  try {
    for (const { id } of NODES) {
      writeFiles(dirOf(id), id, security?.certificates)
      const scram = (security?.scram ?? []).flatMap(words => ['--add-scram', words])
      const format = ['format', '-t', clusterId, '-c', join(dirOf(id), 'server.properties'), ...scram]
      await promisify(execFile)(java, [...jvm(id), 'kafka.tools.StorageTool', ...format])
    }
    for (const { id } of NODES) cluster.start(id)
    await waitFor('three brokers to answer', () => answers(kafka, children, dirOf), {
      clock: systemClock,
      deadlineMs: 120_000,
      everyMs: 250,
    })
    return cluster
  } catch (error) {
    await cluster[Symbol.asyncDispose]()
    throw error
  }
}

function writeFiles(dir: string, id: number, certificates?: NodeCertificates): void {
  const { zone, host } = NODES[id - 1] as (typeof NODES)[number]
  mkdirSync(join(dir, 'data'), { recursive: true })
  const properties = kafkaProperties({
    nodeId: id,
    zone,
    host,
    bindAddress: host,
    ports: PORTS,
    voters: NODES.map(node => ({ nodeId: node.id, host: node.host })),
    logDir: join(dir, 'data'),
    timeouts: 'tuned',
    ...(certificates && { certificates }),
  })
  writeFileSync(join(dir, 'server.properties'), properties)
  writeFileSync(join(dir, 'log4j2.properties'), log4jProperties())
}

async function answers(
  kafka: Kafka,
  children: ReadonlyMap<number, ChildProcess>,
  dirOf: (node: number) => string,
): Promise<boolean> {
  for (const [node, child] of children)
    if (child.exitCode !== null)
      throw new Error(
        `broker ${node} ended: ${readFileSync(join(dirOf(node), 'broker.log'), 'utf8').slice(-2000)}`,
      )
  const admin = kafka.admin({ retry: { retries: 0 } })
  try {
    await admin.connect()
    return (await admin.describeCluster()).brokers.length === NODES.length
  } catch {
    return false
  } finally {
    await admin.disconnect()
  }
}
