import type { Clock } from '../core/clock.ts'
import type { Contract } from '../core/contract.ts'
import type { Drill } from '../core/drill.ts'
import type { JournalEvent } from '../record/journal-events.ts'
import type { Address } from '../core/network.ts'
import { isShared, type Platform } from '../core/platform.ts'
import { waitFor } from '../core/wait.ts'
import type { Driver } from '../drivers/driver.ts'
import { faultOf } from '../faults/index.ts'
import { type TierTerms, topicSettings } from '../platforms/topics.ts'
import { setUpAdmin, withConnected } from './admin.ts'

/** What decides how topics are made. */
export interface Topics {
  readonly contract: Contract
  /** Where it breaks the object store, segments are due for it all the time. @default nothing is broken */
  readonly timeline?: Drill['timeline']
}

export interface TopicsOptions extends Topics {
  readonly platform: Platform
  readonly driver: Driver
  /** Of each broker, past all links. */
  readonly direct: readonly Address[]
  readonly clock: Clock
  /** Of earlier runs on a lab that stays: they go. @default none */
  readonly earlier?: readonly string[]
}

/**
 * Makes the contract's topics, new and empty: a lab that stays may have those of an earlier run, whose records
 * would be taken for this one's. Resolves when every partition has a leader and all replicas in sync.
 */
export async function createTopics({
  contract,
  timeline = [],
  platform,
  driver,
  direct,
  clock,
  earlier = [],
}: TopicsOptions): Promise<Extract<JournalEvent, { kind: 'topics.created' }>> {
  const names = Object.keys(contract.topics)
  const settings = topicsOf({ contract, timeline }, platform)
  const admin = setUpAdmin(driver.topology.nodes, direct)
  await withConnected(admin, async () => {
    const gone = [...names, ...earlier]
    const existing = (await admin.listTopics()).filter(name => gone.includes(name))
    if (existing.length > 0) {
      await admin.deleteTopics({ topics: existing })
      const areGone = async () => !(await driver.cluster.describe().then(hasAny(gone)))
      await waitFor('the topics of an earlier run to be gone', areGone, { clock, deadlineMs: 30_000 })
    }
    await admin.createTopics({
      // Its own wait asks a broker that may not have heard of the topic yet, and takes that for an error.
      waitForLeaders: false,
      topics: settings,
    })
  })
  const wanted = Object.values(contract.topics).reduce((sum, terms) => sum + terms.partitions, 0)
  await waitFor(
    `${wanted} partitions to have a leader and all replicas in sync`,
    async () => {
      const states = Object.values((await driver.cluster.describe()).partitions)
      return (
        states.length === wanted &&
        states.every(state => state.leader >= 0 && state.isr.length === state.replicas.length)
      )
    },
    { clock, deadlineMs: 30_000 },
  )
  const topics = settings.map(
    ({ topic, numPartitions, replicationFactor }) =>
      [topic, { partitions: numPartitions, replicas: replicationFactor }] as const,
  )
  return { kind: 'topics.created', topics: Object.fromEntries(topics) }
}

/** What the contract's topics are made with in the lab. */
export const topicsOf = ({ contract, timeline = [] }: Topics, platform: Platform) =>
  topicSettings(contract, {
    isShared: isShared(platform),
    tier: platform === 'kafka-tiered' ? labTier(timeline) : null,
  })

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

export function labTier(timeline: Drill['timeline']): TierTerms {
  const breaksStore = timeline.some(
    entry => entry.role === 'fault' && faultOf(entry.kind).needs.includes('objectStore'),
  )
  return { ...LAB_TIER, ...(breaksStore && { segmentMs: DUE_SEGMENT_MS }) }
}

const hasAny =
  (topics: readonly string[]) =>
  ({ partitions }: { readonly partitions: Readonly<Record<string, unknown>> }) =>
    Object.keys(partitions).some(name => topics.includes(name.slice(0, name.lastIndexOf('/'))))
