import { readFileSync } from 'node:fs'
import {
  parsedContract,
  type TopicSettings,
  topicSettings,
  type TopicTerms,
} from '../chaos/platforms/topics.ts'
import { replicates, usesTieredStorage } from '../chaos/platforms/index.ts'
import { parseYamlText } from '../chaos/core/yaml-text.ts'
import { packageFile } from '../chaos/package-root.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { fleetLoad, RECORD_OVERHEAD_BYTES } from './fleet-load.ts'

/**
 * What the fleet of an environment writes, and as what topics. The fleet's own code says both; this says it again,
 * because stacks know nothing of the program that they install, and test/stacks/sizing.test.ts compares the two.
 */

/** One device that sends as `aftershock fleet` does by default; bytes as a broker stores them, without compression. */
export const DEVICE_LOAD = {
  telemetry: { recordsPerSecond: 1, bytesPerRecord: 216 },
  /** A change of state each 10 s, and a command acknowledged each 30 s. */
  'device-state': { recordsPerSecond: 2 / 15, bytesPerRecord: 125 },
  operations: { recordsPerSecond: 1 / 60, bytesPerRecord: 120 },
  integration: { recordsPerSecond: 1 / 30, bytesPerRecord: 123 },
} as const

/** Of each batch of records: Kafka's message format, version 2. */
const BATCH_BYTES = 61
/** A shard has this many gateways; each sends a partition at most one batch each 100 ms. */
const GATEWAYS_PER_SHARD = 2
const BATCHES_PER_SECOND = 10

/**
 * Small enough that a partition's last, open segment is little beside what its topic keeps, and large enough that a
 * tier gets few objects: a partition of telemetry fills one in some six minutes.
 */
export const SEGMENT_BYTES = 128 * 1024 ** 2

const ZONES = 3

export interface LoadedTopic {
  readonly dataClass: keyof typeof DEVICE_LOAD
  readonly settings: TopicSettings
  /** Over all partitions, before replication, as stored. */
  readonly bytesPerSecond: number
}

/** How the fleet makes its topics in this environment. */
export function topicTerms({ platform, workload }: EnvironmentConfig): TopicTerms {
  return {
    isReplicated: replicates(platform),
    tier: usesTieredStorage(platform) ? { localRetentionMs: workload.localRetentionHours * HOUR_MS } : null,
    keep: { retentionMs: workload.retentionHours * HOUR_MS, segmentBytes: SEGMENT_BYTES },
  }
}

/** @param contract as it is in a file. @default that which comes with the product, and which the fleet has */
export function loadedTopics(
  config: EnvironmentConfig,
  contract: unknown = shippedContract(),
): LoadedTopic[] {
  const promises = parsedContract(contract)
  const { shardsPerZone, devicesPerShard, telemetryBytes } = fleetLoad(config)
  const shards = shardsPerZone * ZONES
  return topicSettings(promises, topicTerms(config)).map(settings => {
    const { dataClass, partitions } = promises.topics[settings.topic] as (typeof promises.topics)[string]
    const { recordsPerSecond, bytesPerRecord: usual } = DEVICE_LOAD[dataClass]
    const bytesPerRecord = dataClass === 'telemetry' ? telemetryBytes + RECORD_OVERHEAD_BYTES : usual
    const records = devicesPerShard * shards * recordsPerSecond
    const batches = Math.min(records, partitions * shards * GATEWAYS_PER_SHARD * BATCHES_PER_SECOND)
    return { dataClass, settings, bytesPerSecond: records * bytesPerRecord + batches * BATCH_BYTES }
  })
}

export function shippedContract(): unknown {
  const parsed = parseYamlText(readFileSync(packageFile('contracts', 'fleet.yaml'), 'utf8'))
  return 'value' in parsed ? parsed.value : null
}

const HOUR_MS = 3_600_000
