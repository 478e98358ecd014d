import type { Properties } from '../properties.ts'

/**
 * Tiered storage (KIP-405): closed segments move to an object store, a short tail stays on the volume. Kafka
 * has no store of its own for it, so every tier names a plugin.
 */
export interface TierConfig {
  readonly className: string
  /** Where the plugin's jars are on the node, in Java's notation. */
  readonly classPath: string
  /** The plugin's own settings, without their prefix. */
  readonly settings: Properties
  /**
   * How soon segments move and local ones go. `fast` is for drills of minutes.
   *
   * @default 'defaults', which are Kafka's
   */
  readonly pace?: 'fast' | 'defaults'
}

const PLUGIN_PREFIX = 'rsm.config.'
const METADATA_PREFIX = 'rlmm.config.'

/** Measured in the lab: a segment of 8 MiB is in the store a few seconds after it is closed. */
const FAST: Properties = {
  'remote.log.manager.task.interval.ms': 2000,
  'log.retention.check.interval.ms': 3000,
  'log.initial.task.delay.ms': 3000,
}

/** How a node reaches an object store that is not AWS's own. */
export interface TierEndpoint {
  /** For example `http://s3.lab:7070`. */
  readonly endpoint: string
  /** @default true: the bucket in the path, what most stores besides AWS want */
  readonly pathStyle?: boolean
  /** @default those that the AWS default chain finds on the node */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** @param listener the listener over which brokers reach the tier's metadata topic: that between brokers. */
export function tierProperties(tier: TierConfig, listener: string): Properties {
  const settings = Object.entries(tier.settings).map(([key, value]) => [`${PLUGIN_PREFIX}${key}`, value])
  return {
    'remote.log.storage.system.enable': 'true',
    'remote.log.metadata.manager.listener.name': listener,
    'remote.log.storage.manager.class.name': tier.className,
    'remote.log.storage.manager.class.path': tier.classPath,
    'remote.log.storage.manager.impl.prefix': PLUGIN_PREFIX,
    'remote.log.metadata.manager.impl.prefix': METADATA_PREFIX,
    [`${METADATA_PREFIX}remote.log.metadata.topic.replication.factor`]: 3,
    [`${METADATA_PREFIX}remote.log.metadata.topic.num.partitions`]: 3,
    ...(tier.pace === 'fast' ? FAST : {}),
    ...(Object.fromEntries(settings) as Properties),
  }
}

/** What a topic needs so that its old segments are tiered; its whole retention is `retention.ms` as before. */
export function tieredTopicProperties(topic: {
  /** @default Kafka's: 1 GiB */
  readonly segmentBytes?: number
  /** A segment that was begun so long ago is closed by the next record. @default Kafka's: a week */
  readonly segmentMs?: number
  readonly localRetentionMs: number
}): Properties {
  return {
    'remote.storage.enable': 'true',
    ...(topic.segmentBytes !== undefined && { 'segment.bytes': topic.segmentBytes }),
    ...(topic.segmentMs !== undefined && { 'segment.ms': topic.segmentMs }),
    'local.retention.ms': topic.localRetentionMs,
  }
}

/**
 * The settings of Aiven's plugin (Apache-2.0; `core` and `s3` archives of its releases, unpacked side by side
 * under `pluginDir`). Credentials come from the AWS default chain, which on EC2 is the node's role.
 */
export function aivenS3Tier(store: {
  readonly bucket: string
  readonly region: string
  readonly pluginDir: string
}): TierConfig {
  return {
    className: 'io.aiven.kafka.tieredstorage.RemoteStorageManager',
    classPath: `${store.pluginDir}/core/*:${store.pluginDir}/s3/*`,
    settings: {
      'chunk.size': 4 * 1024 * 1024,
      'storage.backend.class': 'io.aiven.kafka.tieredstorage.storage.s3.S3Storage',
      'storage.s3.bucket.name': store.bucket,
      'storage.s3.region': store.region,
      'fetch.chunk.cache.class': 'io.aiven.kafka.tieredstorage.fetch.cache.MemoryChunkCache',
      'fetch.chunk.cache.size': 128 * 1024 * 1024,
    },
  }
}

/**
 * Aiven's plugin with a store that is not AWS's own.
 *
 * @param store `pluginDir` is what `--tiered-plugin` names: folders `core` and `s3`.
 */
export function aivenTier(
  store: Parameters<typeof aivenS3Tier>[0] & TierEndpoint & Pick<TierConfig, 'pace'>,
): TierConfig {
  const { endpoint, pathStyle = true, credentials, pace } = store
  const onAws = aivenS3Tier(store)
  return {
    ...onAws,
    settings: {
      ...onAws.settings,
      'storage.s3.endpoint.url': endpoint,
      'storage.s3.path.style.access.enabled': String(pathStyle),
      ...(credentials && {
        'storage.aws.access.key.id': credentials.accessKeyId,
        'storage.aws.secret.access.key': credentials.secretAccessKey,
      }),
    },
    ...(pace && { pace }),
  }
}

export interface TieredStoreConfig extends TierEndpoint, Pick<TierConfig, 'pace'> {
  readonly bucket: string
  readonly region: string
  /** What set-up compiled: `className` and `classPath` of it. */
  readonly plugin: Pick<TierConfig, 'className' | 'classPath'>
  /** A file on the node that gets a line per chunk that was really fetched. @default none is written */
  readonly fetchLog?: string
  /** Size of a ranged read. @default 4 MiB */
  readonly chunkBytes?: number
  /** Chunks that a broker keeps in memory. @default 32 MiB, for a heap of 256 MiB */
  readonly cacheBytes?: number
}

/** The lab's reference store, no product: a small plugin of ours over the AWS SDK. */
export function tieredStoreTier(store: TieredStoreConfig): TierConfig {
  const { plugin, pathStyle = true, credentials, fetchLog, chunkBytes, cacheBytes, pace } = store
  return {
    className: plugin.className,
    classPath: plugin.classPath,
    settings: {
      's3.endpoint': store.endpoint,
      's3.region': store.region,
      's3.bucket': store.bucket,
      's3.path.style': String(pathStyle),
      ...(credentials && {
        's3.access.key': credentials.accessKeyId,
        's3.secret.key': credentials.secretAccessKey,
      }),
      ...(chunkBytes !== undefined && { 'chunk.bytes': chunkBytes }),
      ...(cacheBytes !== undefined && { 'cache.bytes': cacheBytes }),
      ...(fetchLog !== undefined && { 'fetch.log': fetchLog }),
    },
    ...(pace && { pace }),
  }
}
