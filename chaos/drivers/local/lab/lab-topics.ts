import type { Contract } from '../../../core/contract.ts'
import { type PlatformName, replicates, usesTieredStorage } from '../../../platforms/index.ts'
import { type TierTerms, type TopicSettings, topicSettings } from '../../../platforms/topics.ts'
import type { Capability } from '../../driver.ts'

/** What the contract's topics are made with in the lab, for a drill that needs these capabilities. */
export function labTopics(
  contract: Contract,
  platform: PlatformName,
  needs: ReadonlySet<Capability>,
): readonly TopicSettings[] {
  return topicSettings(contract, {
    isReplicated: replicates(platform),
    tier: usesTieredStorage(platform) ? labTier(needs) : null,
  })
}

/**
 * In the lab. A tier takes closed segments only, so they are small, the smallest that Kafka 4 allows, and leave the
 * brokers soon: in a drill of minutes a replay then finds old records in the store.
 */
const LAB_TIER = { segmentBytes: 1_048_576, localRetentionMs: 10_000 } as const satisfies TierTerms

/**
 * How long a segment stays open in a drill that breaks the object store, so that something is always due for it: by
 * size alone 800 devices fill a segment in 33 s, and an outage of 15 s met no request of any broker. Elsewhere it would
 * only make segments smaller still, and reading them cold slower than anybody's.
 */
export const DUE_SEGMENT_MS = 5_000

export function labTier(needs: ReadonlySet<Capability>): TierTerms {
  return { ...LAB_TIER, ...(needs.has('objectStore') && { segmentMs: DUE_SEGMENT_MS }) }
}
