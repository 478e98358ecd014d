import type { Clock } from '../core/clock.ts'
import type { JournalEvent } from '../record/journal-events.ts'
import { AftershockError } from '../core/errors.ts'
import { waitFor } from '../core/wait.ts'
import type { Driver } from '../drivers/driver.ts'
import type { AdminWork } from '../drivers/environment.ts'
import type { TopicSettings } from '../platforms/topics.ts'

/** AutoMQ opens streams in its store for each partition, which takes a minute where CPU is short. */
const MADE_DEADLINE_MS = 120_000

export interface TopicsOptions {
  /** What the run makes. */
  readonly topics: readonly TopicSettings[]
  /** Of earlier runs in an environment that stays: they go. @default none */
  readonly earlier?: readonly string[]
  /** Whether topics that are there stay, whatever they are called. @default false */
  readonly keepsTopics?: boolean
  /** Called when they are made, before anything is waited for. */
  readonly onMade?: ((topics: readonly string[]) => Promise<void>) | undefined
  readonly driver: Driver
  readonly admin: AdminWork
  readonly clock: Clock
}

/**
 * Makes the contract's topics, new and empty: an environment that stays may have those of an earlier run, whose records
 * would be taken for this one's. Resolves when every partition has a leader and all replicas in sync.
 */
export async function createTopics({
  topics,
  earlier = [],
  keepsTopics = false,
  onMade,
  driver,
  admin: withAdmin,
  clock,
}: TopicsOptions): Promise<Extract<JournalEvent, { kind: 'topics.created' }>> {
  await withAdmin(async admin => {
    const gone = [...topics.map(({ topic }) => topic), ...earlier]
    const existing = (await admin.listTopics()).filter(name => gone.includes(name))
    if (existing.length > 0 && keepsTopics)
      throw new AftershockError('refused', `the cluster has ${existing.join(', ')} already`, {
        hint: 'nothing that was there is touched; choose another --topic-prefix',
      })
    if (existing.length > 0) {
      await admin.deleteTopics({ topics: existing })
      const areGone = async () => !(await driver.cluster.describe().then(hasAny(gone)))
      await waitFor('the topics of an earlier run to be gone', areGone, { clock, deadlineMs: 30_000 })
    }
    await admin.createTopics({
      // Its own wait asks a broker that may not have heard of the topic yet, and takes that for an error.
      waitForLeaders: false,
      topics: [...topics],
    })
  })
  await onMade?.(topics.map(({ topic }) => topic))
  const wanted = topics.reduce((sum, { numPartitions }) => sum + numPartitions, 0)
  let seen = 'none is there'
  await waitFor(
    `${wanted} partitions to have a leader and all replicas in sync`,
    async () => {
      const states = Object.values((await driver.cluster.describe()).partitions)
      const led = states.filter(({ leader }) => leader >= 0).length
      seen = `${states.length} are there, ${led} have a leader`
      return (
        states.length === wanted &&
        states.every(state => state.leader >= 0 && state.isr.length === state.replicas.length)
      )
    },
    { clock, deadlineMs: MADE_DEADLINE_MS, lastSeen: () => seen },
  )
  const made = topics.map(
    ({ topic, numPartitions, replicationFactor }) =>
      [topic, { partitions: numPartitions, replicas: replicationFactor }] as const,
  )
  return { kind: 'topics.created', topics: Object.fromEntries(made) }
}

const hasAny =
  (topics: readonly string[]) =>
  ({ partitions }: { readonly partitions: Readonly<Record<string, unknown>> }) =>
    Object.keys(partitions).some(name => topics.includes(name.slice(0, name.lastIndexOf('/'))))
