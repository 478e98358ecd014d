import { TUNED_TIMEOUTS, type ListenerPorts } from '../kafka/properties.ts'
import { renderProperties, type Properties } from '../properties.ts'
import { labSecurityProperties, type NodeCertificates, securityProperties } from '../security.ts'

/**
 * How an AutoMQ node (1.7.3, on Kafka 3.9.1) is configured: pure text. Everything that its properties decide
 * is in this file. It keeps records in an object store; what is left on `logDir` is KRaft metadata only.
 */
export interface AutoMqNodeConfig {
  /** It formats its own metadata folder with this at its first start; there is no format step. */
  readonly clusterId: string
  readonly nodeId: number
  readonly zone: string
  readonly host: string
  readonly bindAddress: string
  readonly ports: ListenerPorts
  readonly voters: readonly { readonly nodeId: number; readonly host: string }[]
  readonly logDir: string
  readonly timeouts: 'tuned' | 'defaults'
  readonly store: ObjectStoreConfig
  /** @default 'broker,controller': a combined node */
  readonly roles?: 'broker,controller' | 'broker' | 'controller'
  /**
   * Clients write to a broker of their own zone, and bytes between zones go through the object store.
   *
   * @default false
   */
  readonly zoneRouter?: boolean
  /**
   * With the zone router: the networks (`10.20.0.0/20`) of each zone, by which it knows where a client is that does not
   * say so in its `client.id` (`zoneRouterClientId`).
   *
   * @default none: it routes nobody else
   */
  readonly zoneNetworks?: Readonly<Record<string, readonly string[]>>
  /** @default SMALL_CACHES: those of its own tests, for a heap of 512 MiB to 1 GiB */
  readonly caches?: AutoMqCaches
  /** Where Prometheus text is served. @default none */
  readonly metrics?: { readonly host: string; readonly port: number }
  /** @default 'small': threads for a machine that is shared by three nodes */
  readonly sizing?: 'small' | 'server'
  /** Certificates of a node whose clients log in; brokers advertise addresses. @default none: plaintext listeners */
  readonly certificates?: NodeCertificates
  /** A lab's node whose clients log in without TLS, and which asks who may do what. @default false */
  readonly hasAuthorizer?: boolean
}

export interface ObjectStoreConfig {
  readonly dataBucket: string
  readonly opsBucket: string
  readonly region: string
  /** For example `http://s3.lab:7070`. */
  readonly endpoint: string
  /** Buckets in the path instead of in the host name: what most stores besides AWS want. */
  readonly pathStyle: boolean
}

/** Of a broker, in direct memory; a buffer that cannot be had halts its JVM, so both together stay well below it. */
export interface AutoMqCaches {
  /** Records that are not uploaded yet. Set together with the block cache. */
  readonly walBytes: number
  /** Records that were read from the store. */
  readonly blockBytes: number
}

export const SMALL_CACHES: AutoMqCaches = { walBytes: 104857600, blockBytes: 20971520 }

/** AutoMQ's own shares where nobody sets them: a third and a sixth. The rest is for compaction and the network. */
export function cachesIn(directMiB: number): AutoMqCaches {
  const bytes = directMiB * 1024 * 1024
  return { walBytes: Math.floor(bytes / 3), blockBytes: Math.floor(bytes / 6) }
}

/** A write is acknowledged when its batch is in the store: 250 ms or 8 MiB, whichever comes first. */
const WAL_BATCH = 'batchInterval=250&maxBytesInBatch=8388608'

export function autoMqProperties(node: AutoMqNodeConfig): string {
  const { ports, roles = 'broker,controller' } = node
  const isBroker = roles.includes('broker')
  const addresses = (host: string) => listenersOf(roles, host, ports).join(',')
  const properties: Properties = {
    'process.roles': roles,
    'node.id': node.nodeId,
    'cluster.id': node.clusterId,
    'broker.rack': node.zone,
    listeners: addresses(node.bindAddress),
    // Controllers too: since 3.9 nodes follow the leader where it says that it is, past links and certificates by name.
    'advertised.listeners': addresses(node.host),
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,CTRL:PLAINTEXT,REPL:PLAINTEXT',
    'inter.broker.listener.name': 'REPL',
    'controller.listener.names': 'CTRL',
    // Static voters: a node that comes back with an empty disk formats itself and rejoins.
    'controller.quorum.voters': node.voters.map(v => `${v.nodeId}@${v.host}:${ports.control}`).join(','),
    'log.dirs': node.logDir,
    ...storeProperties(node.store),
    ...(isBroker ? cacheProperties(node.caches ?? SMALL_CACHES, node.zoneRouter ?? false) : {}),
    ...(node.zoneRouter ? routerProperties(node.store, node.zoneNetworks ?? {}) : {}),
    // One copy, because the store keeps it; any larger number is forced to 1.
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    ...(isBroker ? reporterProperties(node.certificates) : {}),
    // On by default. Off, faults are deterministic, and partitions do not return home by themselves.
    'autobalancer.controller.enable': 'false',
    'auto.create.topics.enable': 'false',
    ...(node.metrics
      ? {
          's3.telemetry.metrics.exporter.uri': `prometheus://?host=${node.metrics.host}&port=${node.metrics.port}`,
        }
      : {}),
    ...(node.sizing === 'server' ? {} : SMALL_SIZING),
    ...(node.timeouts === 'tuned' ? AUTOMQ_TUNED_TIMEOUTS : {}),
    ...(node.timeouts === 'tuned' && node.sizing !== 'server' ? SHORT_SLEEP : {}),
    ...(node.certificates ? securityProperties(node.certificates, false) : {}),
    ...(node.hasAuthorizer ? labSecurityProperties() : {}),
  }
  return renderProperties(properties)
}

/**
 * AutoMQ gives every broker the reporter of its balancer, whatever `metric.reporters` says (`Kafka.scala` of 1.7.3). It
 * dials the first listener in plaintext unless told otherwise, and where clients log in it fails each second, for which
 * it takes gigabytes. So it talks as nodes do. A controller alone has none: it could not serve it.
 */
function reporterProperties(certificates: NodeCertificates | undefined): Properties {
  return {
    'metric.reporters': 'kafka.autobalancer.metricsreporter.AutoBalancerMetricsReporter',
    'autobalancer.client.listener.name': 'REPL',
    ...(certificates
      ? {
          'autobalancer.client.auth.security.protocol': 'SSL',
          'autobalancer.reporter.ssl.keystore.type': 'PEM',
          'autobalancer.reporter.ssl.keystore.location': certificates.node,
          'autobalancer.reporter.ssl.truststore.type': 'PEM',
          'autobalancer.reporter.ssl.truststore.location': certificates.authority,
          'autobalancer.reporter.ssl.endpoint.identification.algorithm': '',
        }
      : {}),
  }
}

/** Groups and threads as in the lab's Kafka, so that what differs is the platform. */
const SMALL_SIZING: Properties = {
  'offsets.topic.num.partitions': 6,
  'transaction.state.log.num.partitions': 3,
  'group.initial.rebalance.delay.ms': 0,
  'log.cleaner.dedupe.buffer.size': 33554432,
  'num.network.threads': 2,
  'num.io.threads': 4,
  'background.threads': 2,
}

/** As for Kafka, without the timings of replicas, of which there are none. */
export const AUTOMQ_TUNED_TIMEOUTS: Properties = Object.fromEntries(
  Object.entries(TUNED_TIMEOUTS).filter(([key]) => !key.startsWith('replica.')),
)

/**
 * A controller that ends waits for up to 10 s until its balancer's detector wakes up, which it does each minute, also
 * where the balancer is off (`AnomalyDetectorImpl.doShutdown` of 1.7.3): 7 to 10 s of each orderly end.
 */
const SHORT_SLEEP: Properties = { 'autobalancer.controller.anomaly.detect.interval.ms': 1000 }

function listenersOf(roles: string, host: string, ports: ListenerPorts): string[] {
  return [
    ...(roles.includes('broker') ? [`CLIENT://${host}:${ports.client}`] : []),
    ...(roles.includes('controller') ? [`CTRL://${host}:${ports.control}`] : []),
    ...(roles.includes('broker') ? [`REPL://${host}:${ports.replication}`] : []),
  ]
}

function storeProperties(store: ObjectStoreConfig): Properties {
  return {
    'elasticstream.enable': 'true',
    's3.data.buckets': bucket(0, store.dataBucket, store),
    's3.ops.buckets': bucket(1, store.opsBucket, store),
    's3.wal.path': `${bucket(0, store.dataBucket, store)}&${WAL_BATCH}`,
  }
}

/**
 * AutoMQ lowers a threshold of more than a third of the cache to that third (`S3Storage.java` of 1.7.3), and with the
 * zone router two thirds of the cache are for what other brokers wrote: what stands here is what applies.
 */
function cacheProperties({ walBytes, blockBytes }: AutoMqCaches, zoneRouter: boolean): Properties {
  const own = zoneRouter ? Math.floor(walBytes / 3) : walBytes
  return {
    // By default they lie in the heap.
    's3.stream.allocator.policy': 'POOLED_DIRECT',
    's3.wal.cache.size': walBytes,
    's3.block.cache.size': blockBytes,
    's3.wal.upload.threshold': Math.min(Math.floor(own / 3), MOST_BEFORE_UPLOAD),
  }
}

/** AutoMQ's own choice has this bound. */
const MOST_BEFORE_UPLOAD = 500 * 1024 * 1024

function bucket(id: 0 | 1, name: string, { region, endpoint, pathStyle }: ObjectStoreConfig): string {
  return `${id}@s3://${name}?region=${region}&endpoint=${endpoint}&pathStyle=${pathStyle}`
}

/** Without the networks, the channel is on and paid for, and no client is routed that does not name its zone. */
function routerProperties(
  store: ObjectStoreConfig,
  networks: Readonly<Record<string, readonly string[]>>,
): Properties {
  const zones = Object.entries(networks).map(([zone, blocks]) => `${zone}@${blocks.join(',')}`)
  return {
    'automq.zonerouter.channels': `${bucket(0, store.dataBucket, store)}&${WAL_BATCH}`,
    ...(zones.length > 0 ? { 'automq.zone.cidr.blocks': zones.join('<>') } : {}),
  }
}

/**
 * The `client.id` by which the zone router knows in which zone a client is: producers that give it are told brokers
 * of their own zone as leaders. Each client that asks for metadata or sends must have it, unless its address tells its
 * zone (`zoneNetworks`).
 */
export function zoneRouterClientId(zone: string): string {
  return `automq_az=${zone}`
}

const OPENED_PACKAGES = [
  'java.lang',
  'java.lang.invoke',
  'java.lang.reflect',
  'java.io',
  'java.net',
  'java.util',
  'java.util.concurrent',
  'sun.nio.ch',
  'jdk.internal.ref',
  'java.nio',
]

/**
 * What every AutoMQ JVM needs besides its heap. G1, because the default ZGC maps its heap several times and
 * doubles the resident size; an exit on OutOfMemoryError, because setting `KAFKA_OPTS` drops the default one.
 */
export function autoMqJvm(memory: {
  readonly heapMiB: number
  readonly directMiB: number
}): readonly string[] {
  return [
    `-Xms${memory.heapMiB}m`,
    `-Xmx${memory.heapMiB}m`,
    '-XX:+UseG1GC',
    `-XX:MaxDirectMemorySize=${memory.directMiB}m`,
    '-XX:ReservedCodeCacheSize=96m',
    '-Dio.netty.allocator.maxOrder=11',
    '-Dio.netty.tryReflectionSetAccessible=true',
    '-XX:+ExitOnOutOfMemoryError',
    ...OPENED_PACKAGES.map(name => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  ]
}

/**
 * Measured: 512 MiB each survived every fault in the lab, 256 MiB ran out under load. Only the first compiler, as for the
 * lab's Kafka: with both, a node took 14 s of CPU until it served, and its life in a drill is a minute or two.
 */
export const AUTOMQ_SMALL_JVM = [
  ...autoMqJvm({ heapMiB: 512, directMiB: 512 }),
  '-XX:TieredStopAtLevel=1',
] as const

/**
 * Its log4j is version 1. The configuration that it ships uploads logs to the store; ours prints them. Left out is what
 * says nothing: the balancer's detector wakes up and sleeps again each second, its reporter misses each minute the topic
 * that only the balancer would make, and each broker that outlives another asks it for routed records, 500 times a second.
 */
export function autoMqLog4jProperties(): string {
  return `log4j.rootLogger=INFO, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=[%d{ISO8601}] %p %m (%c)%n
log4j.logger.org.apache.kafka.clients.NetworkClient=ERROR
log4j.logger.kafka.autobalancer=WARN
log4j.logger.kafka.autobalancer.metricsreporter=OFF
log4j.logger.kafka.automq.zerozone.SubscriberRequester=OFF
`
}
