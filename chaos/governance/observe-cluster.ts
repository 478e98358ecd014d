import kafkajs, { type Admin, type AclOperationTypes, type ConfigSource } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import { type Contract, termsOf } from '../core/contract.ts'
import type { Address } from '../core/network.ts'
import { isUserTopic } from '../kafka/wire.ts'
import type {
  ObservedAcl,
  ObservedCluster,
  ObservedPartition,
  ObservedSetting,
  ObservedTopic,
} from './observed-topic.ts'

// Enumerations are not among what Node finds in kafkajs by name.
const { AclOperationTypes: OPERATION, AclPermissionTypes: PERMISSION, AclResourceTypes: RESOURCE } = kafkajs
const { ConfigResourceTypes: CONFIGURED, ConfigSource: SOURCE, ResourcePatternTypes: PATTERN } = kafkajs

export interface ObserveOptions {
  /** Connected. */
  readonly admin: Admin
  readonly contract: Contract
  /** Bytes of each replica on a broker's disks, by `topic/partition`; empty where it did not tell. */
  readonly logSizes: (broker: Address) => Promise<Readonly<Record<string, number>>>
  readonly clock: Clock
  /** How long arrivals are watched. */
  readonly watchMs: number
  readonly progress: (line: string) => void
  readonly signal: AbortSignal
}

/** Looks at the topics of a contract, and changes nothing. @throws what kafkajs throws when brokers do not answer */
export async function observeCluster(options: ObserveOptions): Promise<ObservedCluster> {
  const { admin, contract, clock, watchMs, progress, signal } = options
  const names = await admin.listTopics()
  const present = Object.keys(contract.topics).filter(topic => names.includes(topic))
  const { brokers } = await admin.describeCluster()
  progress(`looking at ${present.length} of ${Object.keys(contract.topics).length} topics`)
  const settings = await settingsOf(admin, present)
  const before = await offsetsOf(admin, present)
  const begun = clock.now()
  progress(`watching for ${watchMs / 1000} s what arrives`)
  await clock.sleep(watchMs, signal)
  const after = await offsetsOf(admin, present)
  const watchedMs = clock.now() - begun
  const sizes = await Promise.all(brokers.map(options.logSizes))
  const topics = new Map<string, ObservedTopic>()
  for (const topic of present) {
    signal.throwIfAborted()
    const partitions = await partitionsOf(topic, {
      admin,
      before,
      after,
      sizes,
      windowMs: contract.topics[topic]?.replayWindow ?? 0,
      nowMs: clock.wallMs(),
    })
    topics.set(topic, { partitions, settings: settings.get(topic) ?? {}, acls: await aclsOf(admin, topic) })
  }
  const uncovered = names.filter(name => isUserTopic(name) && termsOf(contract, name) === null).toSorted()
  return { brokers: brokers.length, watchedMs, topics, uncovered }
}

type Offsets = ReadonlyMap<string, { readonly low: number; readonly high: number }>

async function offsetsOf(admin: Admin, topics: readonly string[]): Promise<Offsets> {
  const offsets = new Map<string, { low: number; high: number }>()
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
      offsets.set(`${topic}/${partition}`, { low: Number(low), high: Number(high) })
  }
  return offsets
}

interface PartitionContext {
  readonly admin: Admin
  readonly before: Offsets
  readonly after: Offsets
  readonly sizes: readonly Readonly<Record<string, number>>[]
  readonly windowMs: number
  readonly nowMs: number
}

async function partitionsOf(topic: string, context: PartitionContext): Promise<ObservedPartition[]> {
  const { admin, before, after, sizes, windowMs, nowMs } = context
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  const firstIn = await firstOffsetsFrom(admin, topic, nowMs - windowMs)
  const partitions = (topics[0]?.partitions ?? []).map(({ partitionId, replicas, isr }) => {
    const key = `${topic}/${partitionId}`
    const { low = 0, high = 0 } = after.get(key) ?? {}
    const told = sizes.flatMap(broker => broker[key] ?? [])
    const first = firstIn.get(partitionId) ?? high
    return {
      partition: partitionId,
      replicas: replicas.length,
      inSync: isr.length,
      logStart: low,
      logEnd: high,
      // kafkajs answers with the end where there is none.
      windowStart: first >= high ? null : first,
      oldestAgeMs: null,
      sizeBytes: told.length === 0 ? null : Math.max(...told),
      arrived: Math.max(0, high - (before.get(key)?.high ?? high)),
    }
  })
  const short = partitions.filter(({ logStart, windowStart }) => logStart > 0 && windowStart === logStart)
  if (short.length === 0) return partitions.toSorted((a, b) => a.partition - b.partition)
  const ages = await oldestAges(admin, topic, short, { nowMs, windowMs })
  return partitions
    .map(partition => ({ ...partition, oldestAgeMs: ages.get(partition.partition) ?? null }))
    .toSorted((a, b) => a.partition - b.partition)
}

async function firstOffsetsFrom(admin: Admin, topic: string, fromMs: number): Promise<Map<number, number>> {
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, Math.round(fromMs)))
  return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]))
}

const PRECISION_MS = 1000

/** By halves: brokers tell the first offset from a time on, not the time of an offset. */
async function oldestAges(
  admin: Admin,
  topic: string,
  partitions: readonly ObservedPartition[],
  { nowMs, windowMs }: { readonly nowMs: number; readonly windowMs: number },
): Promise<Map<number, number>> {
  const ages = new Map<number, number>()
  for (const { partition, logStart } of partitions) {
    // A time from which on the oldest record is found, and one from which on it is not.
    let [found, missed] = [nowMs - windowMs, nowMs]
    while (missed - found > PRECISION_MS) {
      const middle = (found + missed) / 2
      const first = (await firstOffsetsFrom(admin, topic, middle)).get(partition)
      if (first === logStart) found = middle
      else missed = middle
    }
    ages.set(partition, nowMs - found)
  }
  return ages
}

const SOURCES: Readonly<Partial<Record<ConfigSource, ObservedSetting['source']>>> = {
  [SOURCE.TOPIC_CONFIG]: 'topic',
  [SOURCE.DYNAMIC_BROKER_CONFIG]: 'broker',
  [SOURCE.DYNAMIC_DEFAULT_BROKER_CONFIG]: 'broker',
  [SOURCE.STATIC_BROKER_CONFIG]: 'broker',
  [SOURCE.DEFAULT_CONFIG]: 'default',
}

async function settingsOf(
  admin: Admin,
  topics: readonly string[],
): Promise<Map<string, Record<string, ObservedSetting>>> {
  const found = new Map<string, Record<string, ObservedSetting>>()
  for (const topic of topics) {
    try {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: CONFIGURED.TOPIC, name: topic }],
      })
      const entries = resources[0]?.configEntries ?? []
      found.set(
        topic,
        Object.fromEntries(
          entries.map(({ configName, configValue, configSource }) => [
            configName,
            { value: configValue, source: SOURCES[configSource] ?? 'unknown' },
          ]),
        ),
      )
    } catch (error) {
      if (!isProtocolError(error, AUTHORIZATION_ERRORS)) throw error
    }
  }
  return found
}

const AUTHORIZATION_ERRORS = ['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED']

async function aclsOf(admin: Admin, topic: string): Promise<ObservedTopic['acls']> {
  try {
    const { resources } = await admin.describeAcls({
      resourceType: RESOURCE.TOPIC,
      resourceName: topic,
      resourcePatternType: PATTERN.MATCH,
      operation: OPERATION.ANY,
      permissionType: PERMISSION.ANY,
    })
    return resources.flatMap(({ acls }) =>
      acls.flatMap(({ principal, host, operation, permissionType }): ObservedAcl[] => {
        const allowed = permissionType === PERMISSION.ALLOW
        // Who is refused from some machines only may read from the others.
        if (!allowed && host !== '*') return []
        return [{ principal, operation: OPERATIONS[operation] ?? 'other', allowed }]
      }),
    )
  } catch (error) {
    if (isProtocolError(error, ['SECURITY_DISABLED'])) return null
    if (isProtocolError(error, AUTHORIZATION_ERRORS)) return 'unreadable'
    throw error
  }
}

const OPERATIONS: Readonly<Partial<Record<AclOperationTypes, string>>> = {
  [OPERATION.ALL]: 'all',
  [OPERATION.READ]: 'read',
  [OPERATION.WRITE]: 'write',
}

function isProtocolError(error: unknown, types: readonly string[]): boolean {
  return error instanceof Error && 'type' in error && types.includes(String(error.type))
}
