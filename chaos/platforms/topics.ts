import { type Contract, contractSchema, type TopicContract } from '../core/contract.ts'
import type { Properties } from './properties.ts'
import { tieredTopicProperties } from './kafka-tiered/properties.ts'

/** What of a topic stays on the brokers, where closed segments go to a tier. */
export type TierTerms = Parameters<typeof tieredTopicProperties>[0]

/** What an environment says of all topics. */
export interface KeepingTerms {
  /**
   * The longest that any topic is kept, whatever its contract says: disks are sized by it.
   *
   * @default as the contract says
   */
  readonly retentionMs?: number
  /**
   * Kafka deletes whole segments, so every partition keeps up to one more than its retention asks for.
   *
   * @default Kafka's: 1 GiB
   */
  readonly segmentBytes?: number
}

export interface TopicTerms {
  /** Whether brokers keep the copies that a topic asks for; otherwise the object store keeps the one that there is. */
  readonly isReplicated: boolean
  /** Null where every segment stays on the brokers. */
  readonly tier: TierTerms | null
  /** @default what the contract says, and Kafka's segments */
  readonly keep?: KeepingTerms
}

/** A topic as it is asked for when it is made. */
export interface TopicSettings {
  readonly topic: string
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly configEntries: { name: string; value: string }[]
}

/**
 * Each topic as the contract promises it. A platform that does not replicate keeps one copy, whatever is asked; Kafka does not tier
 * compacted topics, which stay on the brokers whole.
 */
export function topicSettings(
  contract: Contract,
  { isReplicated, tier, keep = {} }: TopicTerms,
): TopicSettings[] {
  return Object.entries(contract.topics).map(([topic, terms]) => {
    const copies = isReplicated ? terms.replicas : 1
    const retentionMs = Math.min(terms.retention, keep.retentionMs ?? terms.retention)
    const properties: Properties = {
      'cleanup.policy': terms.cleanup,
      'retention.ms': retentionMs,
      'min.insync.replicas': Math.min(copies, terms.minInSyncReplicas),
      ...(keep.segmentBytes !== undefined && { 'segment.bytes': keep.segmentBytes }),
      ...(tier && terms.cleanup === 'delete' ? tieredWithin(retentionMs, terms, tier) : {}),
      ...asPromised(terms),
    }
    return {
      topic,
      numPartitions: terms.partitions,
      replicationFactor: copies,
      configEntries: Object.entries(properties).map(([name, value]) => ({ name, value: String(value) })),
    }
  })
}

/**
 * What a contract may say beyond its retention; it stands before what environment and tier would choose. A replay
 * window is kept by a compacted topic only where compaction waits as long, which Kafka's default (0) does not.
 */
function asPromised(terms: TopicContract): Properties {
  const timestamps = { create: 'CreateTime', append: 'LogAppendTime' } as const
  const given: Record<string, string | number | undefined> = {
    'min.compaction.lag.ms': compacts(terms) ? (terms.compactionLag ?? terms.replayWindow) : undefined,
    'retention.bytes': terms.retentionBytes,
    'segment.bytes': terms.segmentBytes,
    'segment.ms': terms.segmentMs,
    'message.timestamp.type': terms.timestampType && timestamps[terms.timestampType],
    'message.timestamp.before.max.ms': terms.timestampBeforeMax,
    'message.timestamp.after.max.ms': terms.timestampAfterMax,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Properties
}

const compacts = ({ cleanup }: TopicContract): boolean => cleanup !== 'delete'

/** Kafka refuses a topic that would stay on the brokers for longer than it is kept. */
function tieredWithin(retentionMs: number, { localRetention }: TopicContract, tier: TierTerms): Properties {
  const localRetentionMs = Math.min(localRetention ?? tier.localRetentionMs, retentionMs)
  return tieredTopicProperties({ ...tier, localRetentionMs })
}

/** For those who know of this folder only. @throws ZodError when it is no contract. */
export function parsedContract(value: unknown): Contract {
  return contractSchema.parse(value)
}
