import type { Properties } from './properties.ts'

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
  readonly segmentBytes: number
  readonly localRetentionMs: number
}): Properties {
  return {
    'remote.storage.enable': 'true',
    'segment.bytes': topic.segmentBytes,
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
