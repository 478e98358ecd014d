import { randomBytes } from 'node:crypto'
import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import type { KafkaNode, NodeId } from '../../../core/topology.ts'
import { LAB_PORTS } from '../../../platforms/addresses.ts'
import {
  hostsFile,
  kafkaProperties,
  log4jProperties,
  metaProperties,
  SMALL_JVM,
} from '../../../platforms/kafka/properties.ts'
import type { DiskReading } from '../../driver.ts'
import { closedSegments } from './closed-segments.ts'
import { hostsFor, type LabLayout } from '../lab/lab-layout.ts'
import { scramArguments } from '../lab/lab-logins.ts'
import { jmxExporterConfig, parseBrokerMetrics } from '../../../platforms/kafka/metrics.ts'
import { readMetrics } from './node-metrics.ts'
import { lookAtLogDirectory } from '../../../kafka/log-directory.ts'
import type { TierConfig } from '../../../platforms/kafka-tiered/properties.ts'
import type { NodeSoftware } from './node-software.ts'
import type { KafkaDistribution } from '../setup/kafka.ts'
import { type Command, labMarks } from '../lab/supervisor.ts'

/** What a broker is started with, besides its own files. */
export interface KafkaRuntime {
  readonly java: string
  readonly classPath: string
  readonly cdsArchive: string | null
  /** The Prometheus JMX exporter's agent; null: the broker's own metrics are not served. */
  readonly metricsAgent: string | null
}

export function kafkaRuntime({ java, classPath, cdsArchive, metricsAgent }: KafkaDistribution): KafkaRuntime {
  return { java, classPath, cdsArchive, metricsAgent }
}

const METRICS_EVERY_MS = 1000
const READY_DEADLINE_MS = 90_000

export interface KafkaSoftwareContext {
  readonly layout: LabLayout
  readonly clusterId: string
  readonly timeouts: 'tuned' | 'defaults'
  /** Of its tools, and of nodes. */
  readonly runtime: KafkaRuntime
  /** What a node is started with now. @default `runtime` */
  readonly runtimeOf?: (node: NodeId) => KafkaRuntime
  /** @default none: every segment stays on the node's own disk */
  readonly tierOf?: (node: KafkaNode) => TierConfig
  /** @default false: every client is let in */
  readonly hasAuthorizer?: boolean
}

/** Stock Kafka, with or without a tier for its closed segments. */
export function kafkaSoftware(context: KafkaSoftwareContext): NodeSoftware {
  const { layout, clusterId, runtime } = context
  return {
    async prepare() {
      for (const node of layout.topology.nodes) writeNodeFiles(context, node)
      await formatFirst(context)
      for (const node of layout.topology.nodes.slice(1)) freshDisk(layout, clusterId, node.id)
    },
    command: node => brokerCommand(layout, node, context.runtimeOf?.(node) ?? runtime),
    settingsFile: node => propertiesFile(layout, node),
    wipe: node => freshDisk(layout, clusterId, node),
    look: node => lookAtDisk(layout, node),
    closedSegments: (node, partition) =>
      closedSegments(join(dataDir(layout, node), partition.replace(/\/(\d+)$/, '-$1'))),
    async metrics(node, timeoutMs) {
      return parseBrokerMetrics(await readMetrics(layout.metricsAddress(node), timeoutMs))
    },
    metricsEveryMs: METRICS_EVERY_MS,
    readyDeadlineMs: READY_DEADLINE_MS,
  }
}

export const dataDir = (layout: LabLayout, node: NodeId) => join(layout.nodeDir(node), 'data')
const propertiesFile = (layout: LabLayout, node: NodeId) => join(layout.nodeDir(node), 'server.properties')
/** Where Kafka's tool writes what a formatted disk begins with: up to 4.3, and from 4.4 on. */
const BOOTSTRAP_FILES = [
  'bootstrap.checkpoint',
  join('__cluster_metadata-0', '00000000000000000000-0000000000.checkpoint'),
] as const

function writeNodeFiles(
  { layout, timeouts, tierOf, hasAuthorizer }: KafkaSoftwareContext,
  node: KafkaNode,
): void {
  const dir = layout.nodeDir(node.id)
  mkdirSync(dir, { recursive: true })
  const properties = kafkaProperties({
    nodeId: node.id,
    zone: node.zone,
    host: node.host,
    bindAddress: layout.addresses.nodes[node.id - 1] as string,
    ports: LAB_PORTS,
    voters: layout.topology.nodes.map(voter => ({ nodeId: voter.id, host: voter.host })),
    logDir: dataDir(layout, node.id),
    timeouts,
    ...(layout.topology.nodes.length === 1 && { isAlone: true }),
    ...(layout.byAddress && { readsClosest: true }),
    ...(tierOf && { tier: tierOf(node) }),
    ...(hasAuthorizer && { hasAuthorizer }),
  })
  writeFileSync(propertiesFile(layout, node.id), properties)
  writeFileSync(join(dir, 'hosts'), hostsFile(hostsFor(layout, node, hostname())))
  writeFileSync(join(dir, 'log4j2.properties'), log4jProperties())
  writeFileSync(join(dir, 'jmx-exporter.yaml'), jmxExporterConfig())
}

function brokerCommand(layout: LabLayout, node: NodeId, runtime: KafkaRuntime): Command {
  const dir = layout.nodeDir(node)
  return {
    role: 'broker',
    node,
    program: runtime.java,
    args: [
      ...SMALL_JVM,
      ...(runtime.cdsArchive ? [`-XX:SharedArchiveFile=${runtime.cdsArchive}`, '-Xshare:auto'] : []),
      ...(runtime.metricsAgent ? [agentArgument(layout, node, runtime.metricsAgent)] : []),
      `-Djdk.net.hosts.file=${join(dir, 'hosts')}`,
      '-Dsun.net.inetaddr.ttl=1',
      `-Dlog4j2.configurationFile=${join(dir, 'log4j2.properties')}`,
      labMarks(layout.dir)[0],
      '-cp',
      runtime.classPath,
      'kafka.Kafka',
      propertiesFile(layout, node),
    ],
    cwd: dir,
    logFile: layout.logFile(`broker-${node}`),
  }
}

/** Served past the links, like every probe that must not depend on them. */
function agentArgument(layout: LabLayout, node: NodeId, jar: string): string {
  const { host, port } = layout.metricsAddress(node)
  return `-javaagent:${jar}=${host}:${port}:${join(layout.nodeDir(node), 'jmx-exporter.yaml')}`
}

/**
 * Formats the first node's disk with Kafka's own tool and keeps what it wrote as the pattern for the others
 * and for disks that are replaced later: with static voters it names no node, and starting the tool costs a
 * second each time.
 */
async function formatFirst({
  layout,
  clusterId,
  runtime,
  hasAuthorizer,
}: KafkaSoftwareContext): Promise<void> {
  const first = layout.topology.nodes[0] as KafkaNode
  const args = [
    ...SMALL_JVM,
    ...(runtime.cdsArchive ? [`-XX:SharedArchiveFile=${runtime.cdsArchive}`, '-Xshare:auto'] : []),
    `-Dlog4j2.configurationFile=${join(layout.nodeDir(first.id), 'log4j2.properties')}`,
    '-cp',
    runtime.classPath,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    propertiesFile(layout, first.id),
    ...(hasAuthorizer ? scramArguments(layout.dir) : []),
  ]
  try {
    await promisify(execFile)(runtime.java, args, { timeout: 60_000 })
  } catch (error) {
    throw new AftershockError(
      'unavailable',
      `formatting the first broker's disk failed: ${messageOf(error)}`,
      { cause: error },
    )
  }
  const written = copyBootstrap(dataDir(layout, first.id), layout.dir)
  if (!written)
    throw new AftershockError('unavailable', 'Kafka’s tool formatted a disk in a way that is not known here')
}

/** @returns whether there was something to copy */
function copyBootstrap(from: string, to: string): boolean {
  const found = BOOTSTRAP_FILES.filter(file => existsSync(join(from, file)))
  for (const file of found) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    copyFileSync(join(from, file), join(to, file))
  }
  return found.length > 0
}

/** An empty, formatted disk with an id of its own. Whatever was there is gone. */
function freshDisk(layout: LabLayout, clusterId: string, node: NodeId): void {
  const dir = dataDir(layout, node)
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  copyBootstrap(layout.dir, dir)
  writeFileSync(join(dir, 'meta.properties'), metaProperties(clusterId, node, newKafkaUuid()))
}

/** 16 random bytes in URL-safe base64, not beginning with a dash: Kafka's own form of an id. */
export function newKafkaUuid(): string {
  for (;;) {
    const text = randomBytes(16).toString('base64url')
    if (!text.startsWith('-')) return text
  }
}

export const lookAtDisk = (layout: LabLayout, node: NodeId): DiskReading =>
  lookAtLogDirectory(dataDir(layout, node))
