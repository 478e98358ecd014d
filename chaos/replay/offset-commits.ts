import type { Consumer } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import type { HistoryLine } from '../record/history.ts'
import { type KafkaSession, within } from './kafka-session.ts'
import { type Position, partitionKey } from './position.ts'

/** By `topic/partition`: the next offset that a group is to read; null where it has committed nothing. */
export type CommittedOffsets = ReadonlyMap<string, number | null>

/** What brokers accepted of a group, by `topic/partition`. */
export interface GroupCommit {
  readonly group: string
  readonly offsets: ReadonlyMap<string, number>
}

/** The part of a shard's writer that is needed here. */
export interface CommitHistory {
  append(line: HistoryLine): void
  flush(): Promise<void>
}

export interface OffsetCommitsOptions {
  readonly group: string
  readonly consumer: Pick<Consumer, 'on' | 'events' | 'commitOffsets'>
  readonly positions: ReadonlyMap<string, Position>
  readonly shard: CommitHistory
  readonly clock: Clock
  /** Asks the brokers what the group has committed. */
  readonly read: (group: string) => Promise<CommittedOffsets>
  /** Whether the consumer has not been replaced. */
  readonly isCurrent: () => boolean
}

/** How often offsets are committed; what a consumer that is replaced reads again at most. */
const EVERY_MS = 1000
const LAST_MS = 2000

/**
 * Commits the offsets of one consumer and keeps them in the history, each only after the polls that it covers
 * are written. What is kept is what the brokers accepted, which is told by kafkajs's event: the promise of
 * `commitOffsets` also resolves, without a request, when the consumer is not running (kafkajs 2.2.4,
 * consumer/runner.js).
 */
export class OffsetCommits {
  readonly #options: OffsetCommitsOptions
  readonly #accepted = new Map<string, number>()
  #hasJoined = false
  /** The brokers are asked before the next commit. */
  #isAsked = false
  #step: Promise<void> | null = null
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(options: OffsetCommitsOptions) {
    this.#options = options
    const { consumer, isCurrent } = options
    consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
      if (isCurrent()) this.#keep(payload.topics)
    })
  }

  /** The group and what the brokers accepted of it last, once they have accepted a commit. */
  get committed(): GroupCommit | null {
    return this.#accepted.size > 0 ? { group: this.#options.group, offsets: this.#accepted } : null
  }

  /** The group gave the consumer its partitions; again means a rebalance: what do the brokers have after it? */
  joined(): void {
    this.#isAsked = this.#hasJoined
    this.#hasJoined = true
  }

  /** Call about once a second. One request at a time, so that no commit overtakes another. */
  tick(): void {
    const now = this.#options.clock.now()
    if (this.#step || now - this.#lastAt < EVERY_MS * 0.9) return
    this.#lastAt = now
    this.#begin(() => (this.#isAsked ? this.#observe() : this.#commit()))
  }

  /** Commits what is left, and asks what the brokers have now. Gives up after two seconds. */
  async finish(): Promise<void> {
    const last = async () => {
      await this.#step
      await this.#commit()
      await this.#observe()
    }
    await within(this.#options.clock, LAST_MS, 'the last commit', last()).catch(() => {})
  }

  #begin(act: () => Promise<void>): void {
    // A commit that fails is no trouble of its own: the next one covers it, and the history has neither.
    this.#step = act()
      .catch(() => {})
      .finally(() => {
        this.#step = null
      })
  }

  async #commit(): Promise<void> {
    const { positions, consumer, shard } = this.#options
    const moved = [...positions].filter(([key, position]) => position.next > this.#known(key, position))
    if (moved.length === 0) return
    const offsets = moved.map(([, { topic, partition, next }]) => ({
      topic,
      partition,
      offset: String(next),
    }))
    await shard.flush()
    await consumer.commitOffsets(offsets)
  }

  #known(key: string, { start }: Position): number {
    return this.#accepted.get(key) ?? start
  }

  #keep(
    topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number; readonly offset: unknown }[]
    }[],
  ): void {
    const { group, shard, clock } = this.#options
    const offsets = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [topic, partition, Number(offset)] as const),
    )
    for (const [topic, partition, offset] of offsets)
      this.#accepted.set(partitionKey(topic, partition), offset)
    shard.append({ kind: 'commit', t: Math.round(clock.now()), group, offsets })
  }

  async #observe(): Promise<void> {
    const { group, read, positions, shard, clock, isCurrent } = this.#options
    const found = await read(group)
    if (!isCurrent()) return
    this.#isAsked = false
    shard.append(foundLine(clock.now(), group, positions, found))
  }
}

/** The history's line for an answer; partitions of which it says nothing are left out. */
export function foundLine(
  t: number,
  group: string,
  positions: ReadonlyMap<string, Position>,
  found: CommittedOffsets,
): HistoryLine {
  const offsets = [...positions].flatMap(([key, { topic, partition }]) => {
    const offset = found.get(key)
    return offset === undefined ? [] : [[topic, partition, offset] as const]
  })
  return { kind: 'committed', t: Math.round(t), group, offsets }
}

/** Asks over a connection of its own, which ends with the question. */
export async function readCommitted(
  session: KafkaSession,
  group: string,
  topics: readonly string[],
): Promise<CommittedOffsets> {
  const admin = session.kafka.admin({ retry: { retries: 0 } })
  try {
    await admin.connect()
    const answers = await admin.fetchOffsets({ groupId: group, topics: [...topics] })
    return new Map(
      answers.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => {
          const next = Number(offset)
          return [partitionKey(topic, partition), next < 0 ? null : next] as const
        }),
      ),
    )
  } finally {
    admin.disconnect().catch(() => {})
  }
}

/**
 * Where a new member begins: at what its predecessor's group had committed. null when that is not known, or
 * beyond what was read: then the reader's own positions are the better ones.
 */
export function resumeFrom(
  positions: ReadonlyMap<string, Position>,
  found: CommittedOffsets | null,
): ReadonlyMap<string, number> | null {
  if (!found) return null
  const from = new Map<string, number>()
  for (const [key, { next }] of positions) {
    const offset = found.get(key) ?? next
    if (offset > next) return null
    from.set(key, offset)
  }
  return from
}
