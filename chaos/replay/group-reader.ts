import type { Consumer, EachBatchPayload } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import { SENT_HEADER } from '../core/history.ts'
import type { ConsumerSample } from '../core/samples.ts'
import type { ShardWriter } from '../evidence/shard-writer.ts'
import { KafkaSession, type ReaderPlace, within } from './kafka-session.ts'
import { freshLag, type LagReading, lagOf, noteCaughtUp, standings } from './lag.ts'
import { foundLine, OffsetCommits, readCommitted, resumeFrom } from './offset-commits.ts'
import type { Patience } from './patience.ts'
import { type PolledRecord, pollLine } from './poll-line.ts'
import { type Position, partitionKey } from './position.ts'
import { recordIdOf } from './record-id.ts'
import { StallWatch } from './stall-watch.ts'
import type { Watermarks } from './watermarks.ts'

export interface GroupReaderOptions {
  readonly place: ReaderPlace
  readonly clock: Clock
  /** Prefix of the consumer groups' ids. */
  readonly groupId: string
  readonly topics: readonly string[]
  /** By `topic/partition`. */
  readonly positions: ReadonlyMap<string, Position>
  readonly watermarks: Watermarks
  readonly shard: ShardWriter
  readonly onTrouble: (message: string) => void
  /** Every record once, in offset order within a partition. */
  readonly onRecord?: (position: Position, offset: number, value: Buffer | null) => void
  /** @default 1 MiB */
  readonly maxBytesPerPartition?: number
  /** While it holds, a reader whose brokers answer and that is given nothing is not replaced. @default never */
  readonly patience?: Patience
  /** Commit offsets, and begin again from them after a replacement. @default false */
  readonly commits?: boolean
}

const TICK_MS = 1000
/** After an answer that did not come: ask another broker soon. */
const RETRY_MS = 200
/** A consumer that works fetches every half second; one that joins a group needs a coordinator first. */
const SILENCE_MS = 4000
const MAX_BYTES = 64 * 1024 * 1024
const CLOSE_MS = 2000
/** For the offsets of the group before; a reader that waited longer would fall behind for want of them. */
const READ_BACK_MS = 1500

/**
 * A kafkajs consumer that cannot stay stuck. Positions are kept here and set anew whenever partitions are
 * assigned. A consumer that crashed or stands still is replaced by a new one in a group of its own: nobody can
 * make the old member leave (its coordinator may be the broker that is silent), and until its session ends it
 * would hold up the group's rebalance, for longer than a dashboard may lag. With `commits`, the new member
 * begins where the brokers say that the group before had committed, as any restarted consumer does, and so may
 * read some records again; without, or when the brokers do not answer in time, it goes on from its positions.
 * The history says which with its `assign`.
 */
export class GroupReader implements AsyncDisposable {
  readonly #options: GroupReaderOptions
  readonly #stop = new AbortController()
  readonly #stall = new StallWatch()
  readonly #assigned: Promise<void>
  readonly #finished: Promise<void>
  #announceAssigned: () => void = () => {}
  #announceFinished: () => void = () => {}
  #incarnation = 0
  #current: { readonly session: KafkaSession; readonly consumer: Consumer } | null = null
  #commits: OffsetCommits | null = null
  /** The last group that has committed anything. */
  #committedGroup: string | null = null
  /** The group whose offsets a new member begins at, until the history says so. */
  #resumes: string | null = null
  /** By `topic/partition`: what a new member is to read next where that is behind the position: it reads again. */
  readonly #again = new Map<string, number>()
  #hasCrashed = false
  /** When the consumer was last seen to work. */
  #lastSign = 0
  #lag: LagReading | null = null
  #watching: Promise<void> = Promise.resolve()

  constructor(options: GroupReaderOptions) {
    this.#options = options
    this.#assigned = new Promise(resolve => {
      this.#announceAssigned = resolve
    })
    this.#finished = new Promise(resolve => {
      this.#announceFinished = resolve
    })
  }

  /** Partitions were assigned for the first time. */
  get assigned(): Promise<void> {
    return this.#assigned
  }

  /** Every position has reached its end. */
  get finished(): Promise<void> {
    return this.#finished
  }

  start(): void {
    this.#announceIfFinished()
    this.#open()
    this.#watching = this.#watch()
  }

  sample(consumer: ConsumerSample['consumer']): Omit<ConsumerSample, 't'> {
    const { positions, clock } = this.#options
    let records = 0
    let bytes = 0
    for (const position of positions.values()) {
      records += position.records
      bytes += position.bytes
    }
    return { consumer, records, bytes, ...freshLag(this.#lag, clock.now()) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stop.signal.aborted) return
    this.#stop.abort()
    await this.#watching
    await this.#commits?.finish()
    this.#incarnation += 1
    await this.#close(true)
  }

  #open(): void {
    const { place, groupId, positions, maxBytesPerPartition = 1024 * 1024 } = this.#options
    const incarnation = ++this.#incarnation
    this.#hasCrashed = false
    this.#lastSign = this.#options.clock.now()
    const session = new KafkaSession(place, groupId, incarnation - 1, 5)
    const group = `${groupId}-${incarnation}`
    const consumer = session.kafka.consumer({
      groupId: group,
      sessionTimeout: 10_000,
      heartbeatInterval: 1000,
      rebalanceTimeout: 5000,
      maxWaitTimeInMs: 500,
      metadataMaxAge: 1000,
      allowAutoTopicCreation: false,
      maxBytesPerPartition,
      // Room for every partition: kafkajs asks for them in the same order each time, and a response that is
      // full with the first ones would starve the last.
      maxBytes: Math.min(MAX_BYTES, positions.size * maxBytesPerPartition),
      retry: {
        retries: 5,
        initialRetryTime: 100,
        maxRetryTime: 1000,
        restartOnFailure: async () => false,
      },
    })
    this.#current = { session, consumer }
    const isCurrent = () => incarnation === this.#incarnation
    this.#committedGroup = this.#commits?.committedGroup ?? this.#committedGroup
    if (this.#options.commits) this.#commits = this.#committing(group, consumer, session, isCurrent)
    consumer.on(consumer.events.FETCH, () => {
      if (isCurrent()) this.#lastSign = this.#options.clock.now()
    })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (isCurrent()) this.#takeOver(consumer, payload.memberAssignment)
    })
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (isCurrent()) this.#pass(consumer, payload.topic, payload.partition, Number(payload.lastOffset) + 1)
    })
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (isCurrent()) this.#crashed(payload.error)
    })
    this.#run(consumer, session, isCurrent).catch(error => {
      if (isCurrent()) this.#crashed(error)
    })
  }

  #committing(
    group: string,
    consumer: Consumer,
    session: KafkaSession,
    isCurrent: () => boolean,
  ): OffsetCommits {
    const { positions, shard, clock, topics } = this.#options
    const read = (of: string) => readCommitted(session, of, topics)
    return new OffsetCommits({ group, consumer, positions, shard, clock, read, isCurrent })
  }

  async #run(consumer: Consumer, session: KafkaSession, isCurrent: () => boolean): Promise<void> {
    const { topics } = this.#options
    await Promise.all([consumer.connect(), this.#readBack(session, isCurrent)])
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 3,
      eachBatch: async ({ batch }) => {
        if (isCurrent()) this.#read(batch)
      },
    })
  }

  /** What the last group that committed anything had committed, for the member that takes over from it. */
  async #readBack(session: KafkaSession, isCurrent: () => boolean): Promise<void> {
    const { clock, positions, shard, topics, onTrouble } = this.#options
    const group = this.#committedGroup
    this.#resumes = null
    this.#again.clear()
    if (group === null) return
    const asked = readCommitted(session, group, topics)
    const found = await within(clock, READ_BACK_MS, `the offsets of ${group}`, asked).catch(() => null)
    if (!isCurrent()) return
    if (found) shard.append(foundLine(clock.now(), group, positions, found))
    const from = resumeFrom(positions, found)
    if (from) {
      this.#resumes = group
      for (const [key, offset] of from) this.#again.set(key, offset)
    } else onTrouble(`the offsets that ${group} had committed were not to be had; its reader's own are used`)
  }

  /** Sets every assigned partition to where this reader is, or to where the group before had committed. */
  #takeOver(consumer: Consumer, assignment: Readonly<Record<string, readonly number[]>>): void {
    const { positions, shard, clock } = this.#options
    const partitions: [string, number][] = []
    const done: { topic: string; partitions: number[] }[] = []
    for (const [topic, assigned] of Object.entries(assignment)) {
      for (const partition of assigned) {
        const position = positions.get(partitionKey(topic, partition))
        if (!position) continue
        partitions.push([topic, partition])
        const from = this.#again.get(partitionKey(topic, partition)) ?? position.next
        consumer.seek({ topic, partition, offset: String(from) })
        if (position.isDone) done.push({ topic, partitions: [partition] })
      }
    }
    if (done.length > 0) consumer.pause(done)
    const resumes = this.#resumes === null ? {} : { resumes: this.#resumes }
    this.#resumes = null
    shard.append({ kind: 'assign', t: Math.round(clock.now()), partitions, ...resumes })
    this.#commits?.joined()
    this.#announceAssigned()
  }

  #read(batch: EachBatchPayload['batch']): void {
    const { positions, shard, clock, onRecord } = this.#options
    const { topic, partition } = batch
    const position = positions.get(partitionKey(topic, partition))
    if (!position) return
    const polled: PolledRecord[] = []
    for (const message of batch.messages) {
      const offset = Number(message.offset)
      if (offset >= position.end) break
      const { value } = message
      polled.push({ offset, id: recordIdOf(value) })
      if (offset < position.next) continue
      position.next = offset + 1
      position.records += 1
      position.bytes += (value?.length ?? 0) + (message.key?.length ?? 0)
      position.lastTimestamp = Number(message.headers?.[SENT_HEADER] ?? message.timestamp)
      position.firstTimestamp ??= position.lastTimestamp
      onRecord?.(position, offset, value)
    }
    const last = polled.at(-1)
    if (!last) return
    shard.appendText(pollLine(clock.now(), topic, partition, polled))
    this.#readAgain(position, last.offset + 1)
  }

  /** A rebalance in between begins where reading again had come to. */
  #readAgain({ topic, partition, next: position }: Position, next: number): void {
    const key = partitionKey(topic, partition)
    if (next >= position) this.#again.delete(key)
    else if (this.#again.has(key)) this.#again.set(key, next)
  }

  /** The batch is over: offsets without a record (compacted, control records) are behind us too. */
  #pass(consumer: Consumer, topic: string, partition: number, next: number): void {
    const position = this.#options.positions.get(partitionKey(topic, partition))
    if (!position || !Number.isFinite(next)) return
    this.#readAgain(position, next)
    position.next = Math.max(position.next, Math.min(next, position.end))
    if (!position.isDone) return
    consumer.pause([{ topic, partitions: [partition] }])
    this.#announceIfFinished()
  }

  #announceIfFinished(): void {
    if ([...this.#options.positions.values()].every(position => position.isDone)) this.#announceFinished()
  }

  #crashed(error: unknown): void {
    this.#hasCrashed = true
    this.#options.onTrouble(`consumer ${this.#options.groupId} crashed: ${messageOf(error)}`)
  }

  async #watch(): Promise<void> {
    const { clock, watermarks, positions, shard, groupId, onTrouble, patience } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      const before = standings(positions)
      const wallAt = clock.wallMs()
      const reading = await watermarks.read()
      if (signal.aborted) return
      if (patience?.holds(clock.now())) this.#stall.reset()
      if (reading) {
        this.#lag = lagOf(before, reading, wallAt)
        noteCaughtUp(positions, reading)
      } else {
        // A leader that does not answer could not have served the consumer either.
        this.#stall.reset()
      }
      const stalled =
        clock.now() - this.#lastSign >= SILENCE_MS ||
        (reading !== null && this.#stall.isStalled(positions.values(), reading))
      if (stalled && !this.#hasCrashed) onTrouble(`consumer ${groupId} stands still; it is replaced`)
      if (stalled || this.#hasCrashed) {
        this.#stall.reset()
        await this.#close(false)
        if (!signal.aborted) this.#open()
      }
      this.#commits?.tick()
      void shard.flush()
      await clock.sleep(reading ? TICK_MS : RETRY_MS, signal).catch(() => {})
    }
  }

  async #close(gracefully: boolean): Promise<void> {
    const current = this.#current
    this.#current = null
    if (!current) return
    const closed = current.consumer.disconnect()
    closed.catch(() => {})
    if (gracefully)
      await within(this.#options.clock, CLOSE_MS, 'the consumer to leave', closed).catch(() => {})
    current.session.destroy()
  }
}
