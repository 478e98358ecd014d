import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Contract } from '../core/contract.ts'
import { type ProcessRole, SHARD_FORMAT } from '../record/history.ts'
import type { ReaderEvent } from '../record/journal-events.ts'
import type { ToolSample } from '../record/tool-samples.ts'
import { ShardWriter } from '../record/shard-writer.ts'
import type { GroupReader, GroupReaderOptions } from './group-reader.ts'
import type { ReaderPlace } from './kafka-session.ts'
import type { Watermark, WatermarkReading } from './lag.ts'
import type { StallGrace } from './stall-grace.ts'
import { Position, partitionKey } from './position.ts'
import { Watermarks } from './watermarks.ts'

/** What every reader needs. */
export interface ReaderOptions extends ReaderPlace {
  readonly contract: Contract
  /** `now()` is milliseconds since the run's zero. */
  readonly clock: Clock
  readonly historyDir: string
  /** Prefix of the consumer groups' ids; unique per run and reader. */
  readonly groupId: string
  /** @default none: what does not move for a minute is replaced */
  readonly grace?: StallGrace
  /** Wall ms from which on nothing that it is given counts as read. @default never */
  readonly mayReadUntil?: number
  readonly onTrouble: (message: string) => void
  /** What was done to readers. @default nobody is told */
  readonly onEvent?: ((event: ReaderEvent) => void) | undefined
  /** What threads of readers had to do. @default nobody is told */
  readonly onToolSample?: ((sample: ToolSample) => void) | undefined
}

export interface ReadingOptions<R extends AnyReader = GroupReader> {
  /** The shard: `<process>.jsonl`. */
  readonly process: string
  readonly role: ProcessRole
  readonly bounds: (
    mark: Watermark,
    /** `topic/partition` */
    of: string,
  ) => { readonly start: number; readonly end?: number }
  readonly reader: (parts: ReaderParts) => R
  readonly signal?: AbortSignal
}

/** What every kind of reader is made of. */
export type ReaderParts = Omit<GroupReaderOptions, 'onRecord' | 'maxBytesPerPartition' | 'commits'>

export interface AnyReader extends AsyncDisposable {
  start(): void
}

/** A reader over all topics of a contract with what it owns: watermarks, consumer and shard, ended together. */
export class Reading<R extends AnyReader = GroupReader> implements AsyncDisposable {
  readonly positions: ReadonlyMap<string, Position>
  /** What the watermarks were when it was opened. */
  readonly first: WatermarkReading
  readonly watermarks: Watermarks
  readonly shard: ShardWriter
  readonly reader: R
  readonly #clock: Clock

  static async open<R extends AnyReader>(
    options: ReaderOptions,
    reading: ReadingOptions<R>,
  ): Promise<Reading<R>> {
    const topics = Object.keys(options.contract.topics)
    const watermarks = new Watermarks(options, options.clock, topics)
    try {
      const first = await watermarks.settle(reading.signal)
      const { process, role } = reading
      const shard = await ShardWriter.create(
        join(options.historyDir, `${process}.jsonl`),
        { kind: 'header', format: SHARD_FORMAT, process, role, zone: options.zone },
        options.onTrouble,
      )
      return new Reading(options, reading, watermarks, first, shard)
    } catch (error) {
      await watermarks[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(
    options: ReaderOptions,
    reading: ReadingOptions<R>,
    watermarks: Watermarks,
    first: WatermarkReading,
    shard: ShardWriter,
  ) {
    const topics = Object.keys(options.contract.topics)
    this.#clock = options.clock
    this.watermarks = watermarks
    this.first = first
    this.shard = shard
    this.positions = positionsOf(topics, first, reading.bounds)
    this.reader = reading.reader({
      place: options,
      clock: options.clock,
      groupId: options.groupId,
      topics,
      positions: this.positions,
      watermarks,
      shard,
      process: reading.process,
      onTrouble: options.onTrouble,
      onEvent: options.onEvent,
      ...(options.mayReadUntil !== undefined && { mayReadUntil: options.mayReadUntil }),
      ...(options.grace ? { grace: options.grace } : {}),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.reader[Symbol.asyncDispose]()
    await this.watermarks[Symbol.asyncDispose]()
    await this.shard.end(this.#clock.now())
  }
}

/** One position per partition, in the order of topics and partitions. */
function positionsOf(
  topics: readonly string[],
  reading: WatermarkReading,
  bounds: ReadingOptions['bounds'],
): ReadonlyMap<string, Position> {
  const positions = new Map<string, Position>()
  for (const topic of topics) {
    for (let partition = 0; ; partition++) {
      const key = partitionKey(topic, partition)
      const mark = reading.partitions.get(key)
      if (!mark) break
      const { start, end } = bounds(mark, key)
      positions.set(key, new Position(topic, partition, start, end))
    }
  }
  return positions
}
