import type { Consumer, ConsumerEndBatchProcessEvent, EachBatchPayload } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import { nameOfNode } from '../core/topology.ts'
import { SENT_HEADER } from '../record/history.ts'
import type { ReaderEvent } from '../record/journal-events.ts'
import type { ConsumerSample } from '../record/samples.ts'
import type { ShardWriter } from '../record/shard-writer.ts'
import { askOverFreshConnection, BrokerLiveness } from './broker-liveness.ts'
import { FetchSize } from './fetch-size.ts'
import { givenIn } from './given-records.ts'
import { GROUP_RETRIES, groupConsumer } from './group-consumer.ts'
import { KafkaSession, type ReaderPlace, within } from './kafka-session.ts'
import type { WatermarkReading } from './lag.ts'
import { LagWatch } from './lag-watch.ts'
import { foundLine, type GroupCommit, OffsetCommits, readCommitted, resumeFrom } from './offset-commits.ts'
import type { StallGrace } from './stall-grace.ts'
import { type PolledMessage, type PolledRecord, pollLine } from './poll-line.ts'
import { type Position, partitionKey } from './position.ts'
import { type Reason, ReaderWatch } from './reader-watch.ts'
import { ReaderRights } from './reader-rights.ts'
import { recordIdOf } from './record-id.ts'
import { UnservedPartitions } from './unserved.ts'
import type { Watermarks } from './watermarks.ts'

export interface GroupReaderOptions {
  readonly place: ReaderPlace
  readonly clock: Clock
  /** Its shard's, by which the journal names it. */
  readonly process: string
  /** Prefix of the consumer groups' ids. */
  readonly groupId: string
  readonly topics: readonly string[]
  /** By `topic/partition`. */
  readonly positions: ReadonlyMap<string, Position>
  readonly watermarks: Watermarks
  readonly shard: ShardWriter
  readonly onTrouble: (message: string) => void
  /** What was done to it. @default nobody is told */
  readonly onEvent?: ((event: ReaderEvent) => void) | undefined
  /** Every record once, in offset order within a partition. */
  readonly onRecord?: (position: Position, offset: number, message: PolledMessage) => void
  /** The most that is asked for at once; on a narrow link it is less. @default 1 MiB */
  readonly maxBytesPerPartition?: number
  /** While it holds, nothing is held against a reader whose brokers answer. @default never */
  readonly grace?: StallGrace
  /** Wall ms from which on nothing is read. @default never */
  readonly mayReadUntil?: number
  /** Commit offsets, and begin again from them after a replacement. @default false */
  readonly commits?: boolean
}

const TICK_MS = 1000
const LOOK_MS = 250
const CLOSE_MS = 2000
/** For the offsets of the group before; a reader that waited longer would fall behind for want of them. */
const READ_BACK_MS = 1500

/**
 * A kafkajs consumer that cannot stay stuck. Positions are kept here and set anew whenever partitions are
 * assigned. It is left alone while bytes come or its brokers answer, however slow they are. A consumer that crashed, or
 * of which ReaderWatch shows that it cannot go on, is replaced by a new one in a group of its own: nobody can make the old member leave (its coordinator may be the broker that is silent), and until its session ends it
 * would hold up the group's rebalance, for longer than a dashboard may lag. With `commits`, the new member
 * begins where the brokers say that the group before had committed, as any restarted consumer does, and so may
 * read some records again; without, or when the brokers do not answer in time, it goes on from its positions.
 * The history says which with its `assign`.
 */
export class GroupReader implements AsyncDisposable {
  readonly rights: ReaderRights
  readonly #options: GroupReaderOptions
  readonly #stop = new AbortController()
  readonly #assigned: Promise<void>
  readonly #finished: Promise<void>
  #announceAssigned: () => void = () => {}
  #announceFinished: () => void = () => {}
  #incarnation = 0
  #current: { readonly session: KafkaSession; readonly consumer: Consumer } | null = null
  #commits: OffsetCommits | null = null
  /** Of the last consumer before this one that has committed anything. */
  #committedBefore: GroupCommit | null = null
  /** The group whose offsets a new member begins at, until the history says so. */
  #resumes: string | null = null
  /** By `topic/partition`: what a new member is to read next where that is behind the position: it reads again. */
  readonly #again = new Map<string, number>()
  readonly #fetchSize: FetchSize
  readonly #unserved: UnservedPartitions
  readonly #liveness: BrokerLiveness
  #watch: ReaderWatch
  /** Fetches that came back. */
  #answers = 0
  /** Why the consumer cannot go on; known before it is replaced. */
  #reason: Reason | null = null
  /** Since when a new consumer has been waiting for its partitions. */
  #replacedAt: number | null = null
  #hasPartitions = false
  readonly #lag: LagWatch
  #receivedBytes = 0
  #watching: Promise<unknown> = Promise.resolve()

  constructor(options: GroupReaderOptions) {
    this.#options = options
    const { place, clock, positions, maxBytesPerPartition = 1024 * 1024 } = options
    this.rights = new ReaderRights(options)
    const perBroker = Math.ceil(positions.size / Math.max(1, place.topology.nodes.length))
    this.#fetchSize = new FetchSize(maxBytesPerPartition, perBroker)
    this.#unserved = new UnservedPartitions(this.#fetchSize)
    this.#liveness = new BrokerLiveness(clock, askOverFreshConnection(place, clock))
    this.#lag = new LagWatch(clock, options.watermarks, positions)
    this.#watch = this.#newWatch()
    this.#assigned = new Promise(resolve => void (this.#announceAssigned = resolve))
    this.#finished = new Promise(resolve => void (this.#announceFinished = resolve))
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
    this.#watching = Promise.all([
      this.#watchConsumer(),
      this.#lag.run(this.#stop.signal, reading => this.#serve(reading)),
    ])
  }

  /** The last group of it that has committed anything, and what; null: nothing. */
  get committed(): GroupCommit | null {
    return this.#commits?.committed ?? this.#committedBefore
  }

  /** All that came over its connections so far: progress long before an answer is whole. */
  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /** The low watermark as it was last seen, by `topic/partition`. */
  logStartOf(key: string): number | null {
    return this.#lag.logStartOf(key)
  }

  sample(consumer: ConsumerSample['consumer']): Omit<ConsumerSample, 't'> {
    const { positions } = this.#options
    const all = [...positions.values()]
    const records = all.reduce((sum, position) => sum + position.records, 0)
    const bytes = all.reduce((sum, position) => sum + position.bytes, 0)
    return { consumer, records, bytes, ...this.#lag.now() }
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
    const { place, groupId, positions, clock, shard, topics } = this.#options
    const incarnation = ++this.#incarnation
    this.#reason = null
    this.#watch = this.#newWatch()
    const session = new KafkaSession(place, groupId, incarnation - 1, GROUP_RETRIES, {
      clock,
      onBytes: bytes => {
        this.#receivedBytes += bytes
      },
      onAnswer: answer => this.#fetchSize.answered(answer),
    })
    const group = `${groupId}-${incarnation}`
    const consumer = groupConsumer(session, group, this.#fetchSize, positions.size)
    this.#current = { session, consumer }
    const isCurrent = () => incarnation === this.#incarnation
    this.#committedBefore = this.committed
    const read = (of: string) => readCommitted(session, of, topics)
    const ofGroup = { group, consumer, positions, shard, clock, read, isCurrent }
    if (this.#options.commits) this.#commits = new OffsetCommits(ofGroup)
    const watch = this.#watch
    consumer.on(consumer.events.FETCH_START, ({ payload }) => watch.fetchStarted(payload.nodeId))
    consumer.on(consumer.events.FETCH, ({ payload }) => {
      watch.fetchEnded(payload.nodeId)
      this.#answers += 1
    })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (isCurrent()) this.#takeOver(consumer, payload.memberAssignment)
    })
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      if (isCurrent()) this.#pass(consumer, payload)
    })
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (isCurrent()) this.#crashed(payload.error)
    })
    this.#run(consumer, session, isCurrent).catch(error => {
      if (isCurrent()) this.#crashed(error)
    })
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
    const group = this.#committedBefore?.group ?? null
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
    } else onTrouble(`the offsets that ${group} had committed are unavailable; its reader's own are used`)
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
    this.#resumed()
    this.#announceAssigned()
  }

  #read(batch: EachBatchPayload['batch']): void {
    const { positions, shard, clock, onRecord, onEvent } = this.#options
    const { topic, partition } = batch
    const position = positions.get(partitionKey(topic, partition))
    if (!position || !this.rights.mayRead()) return
    const { askedFrom, records } = givenIn(batch)
    const gone = position.askedFrom(askedFrom ?? position.next)
    if (gone) onEvent?.({ kind: 'reader.unread', reader: this.#options.process, topic, partition, ...gone })
    const known = position.next
    const polled: PolledRecord[] = []
    for (const message of batch.messages) {
      const offset = Number(message.offset)
      if (offset >= position.end) break
      const { value } = message
      polled.push({ offset, id: recordIdOf(value) })
      if (offset < known) continue
      position.records += 1
      position.bytes += (value?.length ?? 0) + (message.key?.length ?? 0)
      position.lastTimestamp = Number(message.headers?.[SENT_HEADER] ?? message.timestamp)
      position.firstTimestamp ??= position.lastTimestamp
      onRecord?.(position, offset, message)
    }
    position.given(records)
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

  /** The batch is over: what it held for nobody (control records, aborted ones) is behind us too. */
  #pass(consumer: Consumer, batch: ConsumerEndBatchProcessEvent['payload']): void {
    const { topic, partition, firstOffset, lastOffset } = batch
    const position = this.#options.positions.get(partitionKey(topic, partition))
    const last = Number(lastOffset)
    if (!position || !Number.isFinite(last) || !this.rights.mayRead()) return
    this.#readAgain(position, last + 1)
    if (last >= position.next) position.givenNothing(firstOffset === null ? null : Number(firstOffset), last)
    this.#pauseIfDone(consumer, position)
  }

  #pauseIfDone(consumer: Consumer, position: Position): void {
    if (!position.isDone) return
    consumer.pause([{ topic: position.topic, partitions: [position.partition] }])
    this.#announceIfFinished()
  }

  #announceIfFinished(): void {
    if ([...this.#options.positions.values()].every(position => position.isDone)) this.#announceFinished()
  }

  #crashed(error: unknown): void {
    this.rights.ended(this.#current?.session.refusal ?? error)
    const why = `its client gave up: ${messageOf(error)}`
    this.#reason ??= { cause: 'crashed', why, since: this.#options.clock.now() }
  }

  #newWatch(): ReaderWatch {
    const { clock, place } = this.#options
    const hostOf = (node: number) => nameOfNode(place.topology, node)
    return new ReaderWatch({ clock, liveness: this.#liveness, hostOf })
  }

  /** Replaces a consumer that cannot go on, and ends connections that carry nothing any more. */
  async #watchConsumer(): Promise<void> {
    const { clock, grace, shard, onTrouble, process } = this.#options
    const { signal } = this.#stop
    let flushedAt = clock.now()
    while (!signal.aborted) {
      const session = this.#current?.session
      const connections = session?.connections() ?? []
      const reason = this.#watch.check(connections) ?? this.#reason
      if (reason) await this.#replace(reason)
      const lost = reason || grace?.holds(clock.now()) ? [] : this.#watch.lost(connections)
      for (const connection of lost) {
        onTrouble(`${process}: ${connection.host} answers, but not on one connection; that one is ended`)
        session?.end(connection, 'it carried nothing for a minute')
      }
      this.#commits?.tick()
      if (clock.now() - flushedAt >= TICK_MS) {
        flushedAt = clock.now()
        void shard.flush()
      }
      await clock.sleep(LOOK_MS, signal).catch(() => {})
    }
  }

  async #replace({ cause, why, since }: Reason): Promise<void> {
    const { clock, onEvent, process } = this.#options
    this.#unserved.reset()
    // A client that gives up before it has partitions has not read yet: that it tries again is no replacement.
    if (this.#hasPartitions || cause !== 'crashed') {
      this.#replacedAt ??= clock.now()
      onEvent?.({ kind: 'reader.replaced', reader: process, cause, why, since: Math.round(since) })
    }
    this.#hasPartitions = false
    await this.#close(false)
    if (!this.#stop.signal.aborted) this.#open()
  }

  #resumed(): void {
    const { clock, onEvent, process } = this.#options
    this.#hasPartitions = true
    if (this.#replacedAt === null) return
    const afterMs = Math.round(clock.now() - this.#replacedAt)
    this.#replacedAt = null
    onEvent?.({ kind: 'reader.resumed', reader: process, afterMs })
  }

  /** Partitions that are given nothing although whole answers come. */
  #serve(reading: WatermarkReading | null): void {
    const { positions, grace, clock } = this.#options
    // A leader that does not answer could not have served the consumer either.
    if (!reading || grace?.holds(clock.now())) return this.#unserved.reset()
    const { emptied, stuck } = this.#unserved.look(positions, reading, this.#answers)
    const consumer = this.#current?.consumer
    for (const position of emptied) if (consumer) this.#pauseIfDone(consumer, position)
    this.#reason ??= stuck
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
