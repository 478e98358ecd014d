import type { MirrorSpec } from '../core/regions.ts'
import type { Properties } from './properties.ts'

/**
 * How MirrorMaker 2 is configured as connectors of a Connect worker: pure text. The worker belongs to the target's
 * region and its own cluster is the target: it reads far and writes near, as Kafka's documentation advises.
 */
export interface MirrorConfig {
  readonly source: { readonly alias: string; readonly bootstrap: readonly string[] }
  readonly target: { readonly alias: string; readonly bootstrap: readonly string[] }
  readonly topics: readonly string[]
  /** Copies of what the mirror keeps for itself, in the target. */
  readonly replicas: 1 | 3
  readonly spec: MirrorSpec
  /** Whether places of sinks are translated, too: MirrorMaker leaves out groups that begin with `connect-`. @default false */
  readonly withSinks?: boolean
  /** How its clients log in, to both clusters. @default they do not */
  readonly security?: Properties
}

const MIRROR_CONNECTORS = ['mirror-source', 'mirror-checkpoint', 'mirror-heartbeat'] as const
export type MirrorConnector = (typeof MIRROR_CONNECTORS)[number]

/** Kafka refuses the checkpoint connector where it is to emit none: then there is no such connector. */
export function mirrorConnectorNames({ emitCheckpoints }: MirrorSpec): readonly MirrorConnector[] {
  return MIRROR_CONNECTORS.filter(name => emitCheckpoints || name !== 'mirror-checkpoint')
}

const PACKAGE = 'org.apache.kafka.connect.mirror'
const CLASSES: Readonly<Record<MirrorConnector, string>> = {
  'mirror-source': `${PACKAGE}.MirrorSourceConnector`,
  'mirror-checkpoint': `${PACKAGE}.MirrorCheckpointConnector`,
  'mirror-heartbeat': `${PACKAGE}.MirrorHeartbeatConnector`,
}

/** Where the checkpoint connector writes, in the target. */
export const checkpointsTopic = (sourceAlias: string): string => `${sourceAlias}.checkpoints.internal`

/** Each connector's own configuration, as its REST interface takes it: every value a text. */
export function mirrorConnectors(config: MirrorConfig): ReadonlyMap<MirrorConnector, Record<string, string>> {
  const { spec } = config
  const shared = sharedProperties(config)
  const own: Readonly<Record<MirrorConnector, Properties>> = {
    'mirror-source': {
      'tasks.max': spec.tasks,
      topics: config.topics.join(','),
      'offset.lag.max': spec.offsetLagMax,
      'sync.topic.configs.enabled': String(spec.syncConfigs),
      'sync.topic.acls.enabled': String(spec.syncAcls),
      ...(spec.syncAcls && { 'sync.topic.acls.interval.seconds': spec.refreshSeconds }),
      'refresh.topics.interval.seconds': spec.refreshSeconds,
      // By default beside the source, where no cut of the source may reach it.
      'offset-syncs.topic.location': 'target',
      'offset-syncs.topic.replication.factor': config.replicas,
      // The connector says itself that it cannot write exactly once what it has read uncommitted.
      ...(spec.exactlyOnce && {
        'source.consumer.isolation.level': 'read_committed',
        'exactly.once.support': 'required',
        // A worker that is killed leaves a transaction open, and consumers wait for its end: a minute by default.
        'producer.override.transaction.timeout.ms': 10_000,
      }),
    },
    'mirror-checkpoint': {
      'tasks.max': 1,
      groups: '.*',
      ...(config.withSinks && { 'groups.exclude': 'console-consumer-.*,__.*' }),
      'emit.checkpoints.enabled': String(spec.emitCheckpoints),
      'emit.checkpoints.interval.seconds': spec.intervalSeconds,
      'sync.group.offsets.enabled': String(spec.syncGroupOffsets),
      'sync.group.offsets.interval.seconds': spec.intervalSeconds,
      'refresh.groups.interval.seconds': spec.refreshSeconds,
      'offset-syncs.topic.location': 'target',
      'checkpoints.topic.replication.factor': config.replicas,
    },
    'mirror-heartbeat': {
      'tasks.max': 1,
      'heartbeats.topic.replication.factor': config.replicas,
      'emit.heartbeats.interval.seconds': 1,
    },
  }
  return new Map(
    mirrorConnectorNames(spec).map(name => [
      name,
      asTexts({ name, 'connector.class': CLASSES[name], ...shared, ...own[name] }),
    ]),
  )
}

function sharedProperties({ source, target, replicas, spec, security = {} }: MirrorConfig): Properties {
  return {
    'source.cluster.alias': source.alias,
    'target.cluster.alias': target.alias,
    'source.cluster.bootstrap.servers': source.bootstrap.join(','),
    'target.cluster.bootstrap.servers': target.bootstrap.join(','),
    'replication.policy.class': `${PACKAGE}.${spec.policy === 'identity' ? 'IdentityReplicationPolicy' : 'DefaultReplicationPolicy'}`,
    'replication.factor': replicas,
    'key.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
    'value.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
    ...Object.fromEntries(
      ['source', 'target'].flatMap(cluster =>
        Object.entries(security).map(([key, value]) => [`${cluster}.cluster.${key}`, value]),
      ),
    ),
  }
}

const asTexts = (properties: Properties): Record<string, string> =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)]))

/** A group's place, as the mirror translated it. */
export interface Checkpoint {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Committed in the source. */
  readonly upstream: number
  /** What that is in the target. */
  readonly downstream: number
}

/**
 * A record of the checkpoints' topic (Checkpoint.java of connect-mirror-client): both parts begin with a version as
 * int16, texts have their length as int16. null: it is none.
 */
export function parseCheckpoint(key: Buffer | null, value: Buffer | null): Checkpoint | null {
  try {
    if (!key || !value || value.readInt16BE(0) !== 0) return null
    const groupBytes = key.readInt16BE(0)
    const group = key.toString('utf8', 2, 2 + groupBytes)
    const topicAt = 2 + groupBytes
    const topicBytes = key.readInt16BE(topicAt)
    const topic = key.toString('utf8', topicAt + 2, topicAt + 2 + topicBytes)
    const partition = key.readInt32BE(topicAt + 2 + topicBytes)
    return {
      group,
      topic,
      partition,
      upstream: Number(value.readBigInt64BE(2)),
      downstream: Number(value.readBigInt64BE(10)),
    }
  } catch {
    return null
  }
}
