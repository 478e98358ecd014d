import type { Clock } from '../core/clock.ts'
import { within } from '../core/wait.ts'
import type { Admin } from 'kafkajs'
import { adminClient, type AdminOptions, endAdmin } from './admin.ts'
import { Repeated } from './repeated.ts'

export interface GroupLagOptions {
  /** Of whoever may see groups and topics. */
  readonly client: AdminOptions
  readonly groups: readonly string[]
  readonly topics: readonly string[]
  readonly clock: Clock
}

/** The end of a log, and when it was there. */
export interface LogEnd {
  readonly at: number
  readonly high: number
}

const EVERY_MS = 1000
const ANSWER_MS = 10_000
/** Without an answer for so long, what groups do is not known any more. */
const STALE_MS = 15_000
/** Ends are kept for so long; whoever is further behind is at least that late. */
const KEPT = 900

/**
 * How far consumer groups of others are behind, by what they commit. What a group has not read was written after the
 * last moment at which the log ended no later than where the group stands: so it is no older than that. A group that
 * stood behind the end when watching began is at least as late as watching is long.
 */
export class GroupLag implements AsyncDisposable {
  readonly #options: GroupLagOptions
  readonly #looks: Repeated
  readonly #ends = new Map<string, LogEnd[]>()
  /** By group: seconds, and whether they are more than a lower bound. */
  readonly #lag = new Map<string, Lateness>()
  /** Connected; none before the first look, and after one that failed. */
  #admin: Admin | null = null

  constructor(options: GroupLagOptions) {
    this.#options = options
    const { clock } = options
    const end = () => this.#letGo()
    this.#looks = new Repeated(signal => this.#ask(signal), { clock, everyMs: EVERY_MS, end })
  }

  /** Of the group that is the furthest behind; null: not known yet. */
  seconds(): number | null {
    const all = [...this.#lag.values()].map(({ seconds }) => seconds)
    return all.length === 0 ? null : Math.max(...all)
  }

  /** Whether it is known of every group. */
  isKnown(): boolean {
    return this.unknownGroups().length === 0
  }

  unknownGroups(): string[] {
    return this.#options.groups.filter(group => this.#lag.get(group)?.isKnown !== true)
  }

  /** Why nothing is known any more; null: something is. */
  trouble(): string | null {
    if (this.#looks.quietMs <= STALE_MS) return null
    return `for ${STALE_MS / 1000} s nobody said how far live readers are: ${this.#looks.why ?? ''}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looks[Symbol.asyncDispose]()
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options
    const wait = { clock, deadlineMs: ANSWER_MS, signal }
    try {
      if (this.#admin === null) {
        this.#admin = adminClient(client)
        await within('the brokers to let in', this.#admin.connect(), wait)
      }
      await within('the brokers to tell', this.#look(this.#admin), wait)
    } catch (error) {
      await this.#letGo()
      throw error
    }
  }

  async #letGo(): Promise<void> {
    const admin = this.#admin
    this.#admin = null
    if (admin) await endAdmin(admin, this.#options.clock)
  }

  async #look(admin: Admin): Promise<void> {
    const { groups, topics, clock } = this.#options
    const at = clock.now()
    const committed = new Map<string, Map<string, number>>()
    for (const groupId of groups) {
      const told = await admin.fetchOffsets({ groupId, topics: [...topics] })
      const offsets = told.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
      )
      committed.set(groupId, new Map(offsets.filter(([, offset]) => offset >= 0)))
    }
    for (const topic of topics)
      for (const { partition, high } of await admin.fetchTopicOffsets(topic))
        this.#ended(`${topic}/${partition}`, { at, high: Number(high) })
    for (const [group, offsets] of committed) this.#judge(group, offsets, clock.now())
  }

  #ended(key: string, end: LogEnd): void {
    const ends = this.#ends.get(key) ?? []
    ends.push(end)
    if (ends.length > KEPT) ends.shift()
    this.#ends.set(key, ends)
  }

  #judge(group: string, offsets: ReadonlyMap<string, number>, now: number): void {
    if (offsets.size > 0) this.#lag.set(group, latenessOf(offsets, this.#ends, now))
  }
}

export interface Lateness {
  readonly seconds: number
  /** Whether it is more than a lower bound. */
  readonly isKnown: boolean
}

/**
 * @param committed by `topic/partition`: what a group reads next
 * @param ends by `topic/partition`, oldest first
 */
export function latenessOf(
  committed: ReadonlyMap<string, number>,
  ends: ReadonlyMap<string, readonly LogEnd[]>,
  now: number,
): Lateness {
  let lateMs = 0
  let isKnown = true
  for (const [key, offset] of committed) {
    const seen = ends.get(key) ?? []
    const passed = seen.findLast(({ high }) => high <= offset)
    const [first] = seen
    if (first !== undefined && passed === seen.at(-1)) continue
    if (passed === undefined) isKnown = false
    if (first === undefined) continue
    lateMs = Math.max(lateMs, now - (passed ?? first).at)
  }
  return { seconds: Math.round(lateMs) / 1000, isKnown }
}
