import type { Clock } from '../../core/clock.ts'
import { ThreadLoad } from '../../machine/thread-load.ts'
import type { ToolSample } from '../../record/tool-samples.ts'
import type { ReaderEvent } from '../../record/journal-events.ts'
import type { ConsumerSample } from '../../record/samples.ts'
import type { ShardWriter } from '../../record/shard-writer.ts'
import type { ReaderPlace } from '../kafka-session.ts'
import { LagWatch } from '../lag-watch.ts'
import type { Position } from '../position.ts'
import { ReaderRights } from '../reader-rights.ts'
import type { StallGrace } from '../stall-grace.ts'
import type { Watermarks } from '../watermarks.ts'
import { type FetchPart, type PartEvents, type PartOptions, partHere } from './fetch-part.ts'
import type { RecordTasks, TasksDone } from './record-tasks.ts'

export interface LogReaderOptions {
  readonly place: ReaderPlace
  readonly clock: Clock
  /** Its shard's, by which the journal names it. */
  readonly process: string
  /** How it calls itself to brokers, unless the place says otherwise. */
  readonly groupId: string
  /** By `topic/partition`. */
  readonly positions: ReadonlyMap<string, Position>
  readonly watermarks: Watermarks
  readonly shard: ShardWriter
  readonly onTrouble: (message: string) => void
  /** @default nobody is told */
  readonly onEvent?: ((event: ReaderEvent) => void) | undefined
  readonly tasks: RecordTasks
  /** About once a second, and at its end: what each of its threads had to do. @default nobody is told */
  readonly onToolSample?: ((sample: ToolSample) => void) | undefined
  /** @default 1 MiB */
  readonly maxBytesPerPartition?: number
  readonly grace?: StallGrace
  /** Wall ms from which on nothing is read. @default never */
  readonly mayReadUntil?: number
  /** Threads that wait for a part each. @default none: all is read in the thread that asks for it */
  readonly threads?: readonly ((options: PartOptions) => FetchPart)[]
}

const LOOK_MS = 250
const EVERY_MS = 1000

/**
 * Reads partitions from where they begin to their ends, at the speed of whoever is slower, the platform or this machine:
 * by the bytes, without a consumer group, over as many threads as it is given. The history is the same that a consumer of
 * a group writes.
 */
export class LogReader implements AsyncDisposable {
  readonly rights: ReaderRights
  /** Every position has reached its end. */
  readonly finished: Promise<void>
  readonly #options: LogReaderOptions
  readonly #parts: readonly FetchPart[]
  readonly #lag: LagWatch
  readonly #stop = new AbortController()
  readonly #unfinished: Set<Position>
  #announceFinished: () => void = () => {}
  #failure: string | null = null
  #load: ThreadLoad | null = null
  #running: Promise<unknown> = Promise.resolve()
  #done: Promise<ReadonlyMap<string, TasksDone>> | null = null

  constructor(options: LogReaderOptions) {
    this.#options = options
    const { clock, watermarks, positions } = options
    this.rights = new ReaderRights(options)
    this.#lag = new LagWatch(clock, watermarks, positions)
    this.finished = new Promise(resolve => void (this.#announceFinished = resolve))
    this.#unfinished = new Set(positions.values())
    this.#parts = this.#divide()
  }

  /** Why it cannot go on, although it may; null while it does. */
  get failure(): string | null {
    return this.#failure
  }

  /** Of answers with records, so far: progress long before one is whole. */
  get receivedBytes(): number {
    return this.#parts.reduce((sum, { traffic }) => sum + traffic.receivedBytes, 0)
  }

  start(): void {
    const { shard, clock, positions, onToolSample } = this.#options
    if (onToolSample) this.#load = new ThreadLoad()
    const partitions = [...positions.values()].map(({ topic, partition }) => [topic, partition] as const)
    shard.append({ kind: 'assign', t: Math.round(clock.now()), partitions })
    this.#lookForEnds()
    for (const part of this.#parts) part.start()
    this.#running = Promise.all([this.#watch(), this.#lag.run(this.#stop.signal, () => {})])
  }

  /** The low watermark as it was last seen, by `topic/partition`. */
  logStartOf(key: string): number | null {
    return this.#lag.logStartOf(key)
  }

  sample(consumer: ConsumerSample['consumer']): Omit<ConsumerSample, 't'> {
    let records = 0
    let bytes = 0
    for (const position of this.#options.positions.values()) {
      records += position.records
      bytes += position.bytes
    }
    return { consumer, records, bytes, ...this.#lag.now() }
  }

  /** Reads no more. By `topic/partition`: what was made of the records that it read. May be asked again. */
  done(): Promise<ReadonlyMap<string, TasksDone>> {
    this.#done ??= this.#end()
    return this.#done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.done()
  }

  async #end(): Promise<ReadonlyMap<string, TasksDone>> {
    this.#sampleThread()
    this.#load?.[Symbol.dispose]()
    this.#load = null
    this.#stop.abort()
    const rows = await Promise.all(this.#parts.map(part => part.finish()))
    await this.#running
    return new Map(rows.flat().map(row => [row.key, row]))
  }

  /** Partitions over threads, one after the other: those of a topic are alike, and have different leaders. */
  #divide(): FetchPart[] {
    const { place, clock, groupId, tasks, maxBytesPerPartition, mayReadUntil, positions } = this.#options
    const makers = this.#options.threads?.length ? this.#options.threads : [partHere]
    const all = [...positions.values()]
    return makers.map((make, nth) =>
      make({
        place,
        clock,
        clientId: place.clientId ?? groupId,
        positions: all.filter((_, i) => i % makers.length === nth),
        tasks,
        maxBytesPerPartition,
        mayReadUntil,
        on: this.#events(`${this.#options.process}/${nth + 1}`),
      }),
    )
  }

  #events(part: string): PartEvents {
    const { shard, process, onEvent, onTrouble, onToolSample } = this.#options
    return {
      took: lines => {
        for (const line of lines) shard.appendText(line)
        this.#lookForEnds()
        if (shard.isFull) this.#hold()
      },
      unread: ({ topic, partition }, range) => {
        onEvent?.({ kind: 'reader.unread', reader: process, topic, partition, ...range })
        this.#lookForEnds()
      },
      refused: why => this.rights.ended(why),
      failed: why => {
        this.#failure ??= why
      },
      trouble: message => onTrouble(`${process}: ${message}`),
      load: load => onToolSample?.({ ...load, part }),
    }
  }

  /** The thread that this runs in; with threads of their own, parts tell of theirs. */
  #sampleThread(): void {
    const { process, clock, onToolSample } = this.#options
    if (!this.#load) return
    const [part] = this.#parts
    onToolSample?.({ t: Math.round(clock.now()), part: process, ...this.#load.look(), ...part?.load() })
  }

  #lookForEnds(): void {
    for (const position of this.#unfinished) if (position.isDone) this.#unfinished.delete(position)
    if (this.#unfinished.size === 0) this.#announceFinished()
  }

  /** The disk is slower than the brokers: they wait until it has what came. */
  #hold(): void {
    for (const part of this.#parts) part.hold(true)
    void this.#options.shard.flush().then(() => {
      for (const part of this.#parts) part.hold(false)
    })
  }

  async #watch(): Promise<void> {
    const { clock, grace, shard } = this.#options
    const { signal } = this.#stop
    let flushedAt = clock.now()
    while (!signal.aborted) {
      this.rights.mayRead()
      const isLeftAlone = grace?.holds(clock.now()) ?? false
      for (const part of this.#parts) part.leaveAlone(isLeftAlone)
      if (clock.now() - flushedAt >= EVERY_MS) {
        flushedAt = clock.now()
        this.#sampleThread()
        void shard.flush()
      }
      await clock.sleep(LOOK_MS, signal).catch(() => {})
    }
  }
}
