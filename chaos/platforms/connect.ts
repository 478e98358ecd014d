import { type Properties, renderProperties } from './properties.ts'

/** How a Kafka Connect worker (distributed mode) is configured: pure text. */
export interface ConnectWorkerConfig {
  readonly bootstrap: readonly string[]
  /** Where other workers and operators reach this one's REST listener. */
  readonly host: string
  readonly bindAddress: string
  readonly restPort: number
  /** A folder with one folder of jars a plugin. */
  readonly pluginPath: string
  readonly zone: string
  /** Copies of the worker's own topics: 3, or 1 where the platform keeps copies elsewhere. */
  readonly internalReplicas: 1 | 3
  /**
   * Files of `key=value` lines whose values configurations may name instead of having them (`secretReference`). No
   * other file of the machine can be named, because whoever reaches the REST listener may name what he likes.
   *
   * @default none
   */
  readonly secretFiles?: readonly string[]
  /** Environment variables of the worker that configurations may name. @default none */
  readonly variables?: readonly string[]
  /** Whether sources write records and their position in one transaction. @default true */
  readonly exactlyOnceSources?: boolean
  /** How the worker's clients, and those that it makes for connectors, log in. @default they do not */
  readonly security?: Properties
  /** By which workers of one cluster know each other, and what their own topics begin with. @default `connect` */
  readonly cluster?: ConnectClusterName
}

/** Two clusters of workers may share brokers: in a second region a mirror is there already. */
export type ConnectClusterName = 'connect' | 'connect-b'

export const CONNECT_REST_PORT = 8083

/** Where a worker keeps what it was told and how far it came: Kafka does not know that these are no user's topics. */
const ownTopics = (cluster: ConnectClusterName) => ({
  config: `${cluster}-configs`,
  offset: `${cluster}-offsets`,
  status: `${cluster}-status`,
})
export const connectTopics = (cluster: ConnectClusterName): readonly string[] =>
  Object.values(ownTopics(cluster))
export const CONNECT_TOPICS: readonly string[] = connectTopics('connect')
const ALL_CONNECT_TOPICS: ReadonlySet<string> = new Set([...CONNECT_TOPICS, ...connectTopics('connect-b')])
/** What the topics of sinks' dead letters begin with, and those of sources. */
export const DEAD_LETTERS = 'dead-letters-'
export const OUTBOX = 'outbox-'
export const deadLetterTopic = (sink: string): string => `${DEAD_LETTERS}${sink}`
export const outboxTopic = (source: string): string => `${OUTBOX}${source}`
export const isConnectTopic = (topic: string): boolean => ALL_CONNECT_TOPICS.has(topic)

/**
 * What a connector may set for its clients: numbers and words that say how fast and how much. Nothing that could name a
 * secret of the worker and carry it out of it, as a client's id, its group or its login would.
 */
const OVERRIDES = [
  'auto.offset.reset',
  'fetch.max.bytes',
  'fetch.max.wait.ms',
  'fetch.min.bytes',
  // A sink whose session is long does not write for long after a kill, though its status says RUNNING.
  'heartbeat.interval.ms',
  'isolation.level',
  'max.partition.fetch.bytes',
  'max.poll.interval.ms',
  'max.poll.records',
  'request.timeout.ms',
  'session.timeout.ms',
  'acks',
  'batch.size',
  'buffer.memory',
  'compression.type',
  'delivery.timeout.ms',
  'enable.idempotence',
  'linger.ms',
  'max.in.flight.requests.per.connection',
  'max.request.size',
  'transaction.timeout.ms',
]

/** Timings as measured in the lab: a dead worker's tasks move after 10 s of session and 10 s of delay. */
export function connectWorkerProperties(worker: ConnectWorkerConfig): string {
  const { cluster = 'connect' } = worker
  const own = ownTopics(cluster)
  return renderProperties({
    'bootstrap.servers': worker.bootstrap.join(','),
    'group.id': `${cluster}-sink`,
    'config.storage.topic': own.config,
    'offset.storage.topic': own.offset,
    'status.storage.topic': own.status,
    'config.storage.replication.factor': worker.internalReplicas,
    'offset.storage.replication.factor': worker.internalReplicas,
    'status.storage.replication.factor': worker.internalReplicas,
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'true',
    listeners: `http://${worker.bindAddress}:${worker.restPort}`,
    'rest.advertised.host.name': worker.host,
    'rest.advertised.port': worker.restPort,
    'plugin.path': worker.pluginPath,
    'plugin.discovery': 'service_load',
    'consumer.client.rack': worker.zone,
    'offset.flush.interval.ms': 5000,
    'session.timeout.ms': 10000,
    'heartbeat.interval.ms': 3000,
    'scheduled.rebalance.max.delay.ms': 10000,
    'exactly.once.source.support': worker.exactlyOnceSources === false ? 'disabled' : 'enabled',
    'connector.client.config.override.policy': 'Allowlist',
    'connector.client.config.override.allowlist': OVERRIDES.join(','),
    ...providerProperties(worker),
    ...worker.security,
  })
}

/**
 * Kafka's own provider, so that no jar is needed. It reads the file whenever a task starts, so a secret that rotates
 * is in force after a restart of tasks; an environment variable would be what it was until the worker restarts, and
 * `/proc` would show it.
 */
function providerProperties({
  secretFiles = [],
  variables = [],
}: Pick<ConnectWorkerConfig, 'secretFiles' | 'variables'>): Properties {
  const names = [...(secretFiles.length > 0 ? ['file'] : []), ...(variables.length > 0 ? ['env'] : [])]
  if (names.length === 0) return {}
  return {
    'config.providers': names.join(','),
    ...(secretFiles.length > 0 && {
      'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider',
      'config.providers.file.param.allowed.paths': secretFiles.join(','),
    }),
    ...(variables.length > 0 && {
      'config.providers.env.class': 'org.apache.kafka.common.config.provider.EnvVarConfigProvider',
      'config.providers.env.param.allowlist.pattern': variables.join('|'),
    }),
  }
}

/** For clients that are not of Connect: values may be those of these files. */
export const secretFileProvider = (secretFiles: readonly string[]): Properties =>
  providerProperties({ secretFiles })

/** What stands for one value of a secret file in the configuration of a worker or a connector. */
export function secretReference(file: string, key: string): string {
  return `\${file:${file}:${key}}`
}
