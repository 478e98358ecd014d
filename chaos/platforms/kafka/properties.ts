import { renderProperties, type Properties } from '../properties.ts'
import { labSecurityProperties, type NodeCertificates, securityProperties } from '../security.ts'
import { type TierConfig, tierProperties } from '../kafka-tiered/properties.ts'

/**
 * How a KRaft node of stock Kafka is configured: pure text, shared by the local lab and by the
 * stacks that deploy to AWS. Nothing here knows where it will be written.
 */
export interface KafkaNodeConfig {
  readonly nodeId: number
  readonly zone: string
  /** Advertised host name; every node's. */
  readonly host: string
  readonly bindAddress: string
  readonly ports: ListenerPorts
  readonly voters: readonly { readonly nodeId: number; readonly host: string }[]
  readonly logDir: string
  readonly timeouts: 'tuned' | 'defaults'
  /** @default 'broker,controller': a combined node */
  readonly roles?: 'broker,controller' | 'broker' | 'controller'
  /** @default none: every segment stays on the node's own disk */
  readonly tier?: TierConfig
  /** Certificates of a node whose clients log in. @default none: plaintext listeners */
  readonly certificates?: NodeCertificates
  /** A lab's node whose clients log in without TLS, and which asks who may do what. @default false */
  readonly hasAuthorizer?: boolean
  /** Consumers that name their rack read from the replica there. @default as `sizing` has it */
  readonly readsClosest?: boolean
  /** It is the only broker of its cluster. @default false */
  readonly isAlone?: boolean
  /** @default 'small': for three brokers on a small machine */
  readonly sizing?: 'small' | 'server'
}

export interface ListenerPorts {
  readonly client: number
  readonly control: number
  readonly replication: number
}

/**
 * Failover in seconds instead of tens of seconds. Measured in the lab: the worst gap in acknowledgements after
 * a SIGKILL is 3.6 s with these and 11.9 s with the defaults. A run states which were used.
 */
export const TUNED_TIMEOUTS: Readonly<Record<string, string | number>> = {
  'broker.heartbeat.interval.ms': 500,
  'broker.session.timeout.ms': 3000,
  'replica.lag.time.max.ms': 4000,
  'replica.socket.timeout.ms': 3000,
  'replica.fetch.wait.max.ms': 200,
  'replica.fetch.backoff.ms': 200,
  'controller.quorum.request.timeout.ms': 1000,
  'controller.quorum.fetch.timeout.ms': 1500,
  'controller.quorum.election.timeout.ms': 1000,
  'controller.quorum.election.backoff.max.ms': 500,
  'controller.socket.timeout.ms': 2000,
  'socket.connection.setup.timeout.ms': 1000,
  'socket.connection.setup.timeout.max.ms': 2000,
}

/** Sizes for three brokers on a small machine; none of them changes what a failure looks like. */
const SMALL: Readonly<Record<string, string | number>> = {
  'offsets.topic.num.partitions': 6,
  'offsets.topic.replication.factor': 3,
  'transaction.state.log.num.partitions': 3,
  'transaction.state.log.replication.factor': 3,
  'transaction.state.log.min.isr': 2,
  'min.insync.replicas': 2,
  'group.initial.rebalance.delay.ms': 0,
  'num.network.threads': 2,
  'num.io.threads': 4,
  'background.threads': 2,
  'log.cleaner.dedupe.buffer.size': 8388608,
  // Leaders go home soon after a heal, so that the next fault in a drill meets the cluster that its author meant.
  'leader.imbalance.check.interval.seconds': 5,
  'auto.create.topics.enable': 'false',
}

/** One broker alone, as in a small second region: it keeps the only copy there is. */
const ALONE: Readonly<Record<string, string | number>> = {
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'min.insync.replicas': 1,
}

/** Consumers that name their rack read from the replica in their zone. */
const CLOSEST: Properties = {
  'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
}

/** For a machine of its own: Kafka's own threads and partitions, the same durability. */
const SERVER: Properties = {
  'offsets.topic.replication.factor': 3,
  'transaction.state.log.replication.factor': 3,
  'transaction.state.log.min.isr': 2,
  'min.insync.replicas': 2,
  'default.replication.factor': 3,
  'leader.imbalance.check.interval.seconds': 5,
  'auto.create.topics.enable': 'false',
  ...CLOSEST,
}

export function kafkaProperties(node: KafkaNodeConfig): string {
  const { ports, roles = 'broker,controller' } = node
  const listeners = (host: string) =>
    [
      ...(roles.includes('broker') ? [`CLIENT://${host}:${ports.client}`] : []),
      ...(roles.includes('controller') ? [`CTRL://${host}:${ports.control}`] : []),
      ...(roles.includes('broker') ? [`REPL://${host}:${ports.replication}`] : []),
    ].join(',')
  const properties: Properties = {
    'process.roles': roles,
    'node.id': node.nodeId,
    'broker.rack': node.zone,
    listeners: listeners(node.bindAddress),
    'advertised.listeners': listeners(node.host),
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,CTRL:PLAINTEXT,REPL:PLAINTEXT',
    // A replication listener of its own is what lets replication be metered and cut apart from clients.
    'inter.broker.listener.name': 'REPL',
    'controller.listener.names': 'CTRL',
    // Static voters: a node whose disk was wiped may come back under its id (docs/adr).
    'controller.quorum.voters': node.voters.map(v => `${v.nodeId}@${v.host}:${ports.control}`).join(','),
    'log.dirs': node.logDir,
    ...(node.sizing === 'server' ? SERVER : { ...SMALL, ...(node.isAlone && ALONE) }),
    ...(node.readsClosest && CLOSEST),
    ...(node.timeouts === 'tuned' ? TUNED_TIMEOUTS : {}),
    ...(node.certificates ? securityProperties(node.certificates) : {}),
    ...(node.hasAuthorizer ? labSecurityProperties() : {}),
    ...(node.tier && roles.includes('broker') ? tierProperties(node.tier, 'REPL') : {}),
  }
  return renderProperties(properties)
}

/** `meta.properties` of a formatted disk. `directoryId` names the disk; a new disk has a new one. */
export function metaProperties(clusterId: string, nodeId: number, directoryId: string): string {
  return `version=1\ncluster.id=${clusterId}\nnode.id=${nodeId}\ndirectory.id=${directoryId}\n`
}

/** Heap, collector and compiler for a broker that shares two cores with two others: 3.4 CPU-s to start. */
export const SMALL_JVM = [
  '-Xms256m',
  '-Xmx256m',
  '-XX:+UseSerialGC',
  '-XX:MaxDirectMemorySize=128m',
  '-XX:TieredStopAtLevel=1',
] as const

/** For a broker on a machine of its own. */
export function kafkaJvm(memory: {
  readonly heapMiB: number
  readonly directMiB: number
}): readonly string[] {
  return [
    `-Xms${memory.heapMiB}m`,
    `-Xmx${memory.heapMiB}m`,
    '-XX:+UseG1GC',
    `-XX:MaxDirectMemorySize=${memory.directMiB}m`,
    '-XX:+ExitOnOutOfMemoryError',
  ]
}

export function log4jProperties(): string {
  return `status = error
appenders = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = [%d{yyyy-MM-dd'T'HH:mm:ss,SSSXXX}] %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRefs = out
rootLogger.appenderRef.out.ref = out
loggers = network,fetcher
logger.network.name = org.apache.kafka.clients.NetworkClient
logger.network.level = error
logger.fetcher.name = org.apache.kafka.server.LeaderEndPoint
logger.fetcher.level = error
`
}

/** The hosts file of one zone: it replaces DNS in the JVM, so it also has to name the machine itself. */
export function hostsFile(entries: readonly { readonly address: string; readonly host: string }[]): string {
  return `${entries.map(entry => `${entry.address} ${entry.host}`).join('\n')}\n`
}
