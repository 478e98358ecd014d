import type { ConsumerSample } from '../core/samples.ts'
import { PartitionDigest } from './partition-digest.ts'
import type { Position } from './position.ts'
import { type ReaderOptions, Reading } from './reading.ts'
import { type ReplayWindow, replayWindow } from './replay-window.ts'

export interface ReplayOptions extends ReaderOptions {
  /** The shard is `<process>.jsonl`. @default 'recovery' */
  readonly process?: string
  readonly signal?: AbortSignal
  /** Called about once a second. */
  readonly onProgress?: (progress: ReplayProgress) => void
  /** @default 600000 */
  readonly deadlineMs?: number
}

export interface ReplayProgress {
  readonly records: number
  /** Offsets still to read, up to the end as it was at the start. */
  readonly left: number
}

export interface ReplayPartition extends ReplayWindow {
  readonly topic: string
  readonly partition: number
  /** The end as it was at the start of the replay, exclusive. */
  readonly endOffset: number
  readonly records: number
  readonly bytes: number
  /** Wall milliseconds of the oldest record that was read; null when there was none. */
  readonly timestampOfOldest: number | null
  /** As PartitionDigest says, over what was read. */
  readonly sha256: string
  readonly isComplete: boolean
}

export interface ReplayResult {
  /** Every partition was read to its end. */
  readonly isComplete: boolean
  /** Why not; null when it is. */
  readonly reason: string | null
  /** Milliseconds since the run's zero. */
  readonly startedAt: number
  readonly seconds: number
  readonly records: number
  readonly bytes: number
  readonly recordsPerSecond: number
  readonly bytesPerSecond: number
  readonly partitions: readonly ReplayPartition[]
}

export interface StartedReplay {
  /** null before the first offsets are known, and when it is over. */
  sample(): Omit<ConsumerSample, 't'> | null
  readonly result: Promise<ReplayResult>
}

const PROGRESS_MS = 1000
const DEADLINE_MS = 600_000

/**
 * The recovery consumer: reads every partition from its oldest offset to the end as it was at the start, while
 * ingest goes on. An abort or a deadline ends it with a result that is not complete; it rejects only when the
 * brokers could not be asked where to begin.
 */
export function startReplay(options: ReplayOptions): StartedReplay {
  let reading: Reading | null = null
  const run = async () => {
    const digests = new Map<Position, PartitionDigest>()
    const opened = await Reading.open(options, {
      process: options.process ?? 'recovery',
      role: 'recovery',
      bounds: ({ low, high }) => ({ start: low, end: high }),
      onRecord: (position, offset, value) => digests.get(position)?.update(offset, value),
      ...(options.signal ? { signal: options.signal } : {}),
    })
    try {
      for (const position of opened.positions.values()) digests.set(position, new PartitionDigest())
      reading = opened
      return await replay(options, opened, digests)
    } finally {
      reading = null
      await opened[Symbol.asyncDispose]()
    }
  }
  return { sample: () => reading?.reader.sample('recovery') ?? null, result: run() }
}

async function replay(
  options: ReplayOptions,
  reading: Reading,
  digests: ReadonlyMap<Position, PartitionDigest>,
): Promise<ReplayResult> {
  const { clock } = options
  const startedAt = clock.now()
  const startedAtWallMs = clock.wallMs()
  reading.reader.start()
  const reason = await untilFinished(options, reading)
  const seconds = (clock.now() - startedAt) / 1000
  // After the clock has stopped: what was required then is the same question now.
  const windows = options.signal?.aborted
    ? new Map<string, never>()
    : await replayWindow(options.contract, reading, startedAtWallMs)
  const partitions = [...reading.positions].map(
    ([key, position]): ReplayPartition => ({
      topic: position.topic,
      partition: position.partition,
      oldestOffset: position.start,
      ...(windows.get(key) ?? { oldestRequired: null, margin: null }),
      endOffset: position.end,
      records: position.records,
      bytes: position.bytes,
      timestampOfOldest: position.firstTimestamp,
      sha256: digests.get(position)?.hex() ?? '',
      isComplete: position.isDone,
    }),
  )
  const records = partitions.reduce((sum, partition) => sum + partition.records, 0)
  const bytes = partitions.reduce((sum, partition) => sum + partition.bytes, 0)
  return {
    isComplete: reason === null,
    reason,
    startedAt: Math.round(startedAt),
    seconds,
    records,
    bytes,
    recordsPerSecond: seconds > 0 ? records / seconds : 0,
    bytesPerSecond: seconds > 0 ? bytes / seconds : 0,
    partitions,
  }
}

/** null when every partition was read; else why it ended. */
async function untilFinished(options: ReplayOptions, { reader, positions }: Reading): Promise<string | null> {
  const { clock, signal, onProgress, deadlineMs = DEADLINE_MS } = options
  const end = clock.now() + deadlineMs
  const isFinished = () => [...positions.values()].every(position => position.isDone)
  while (!isFinished()) {
    if (signal?.aborted) return 'aborted'
    if (clock.now() >= end) return `not finished in ${deadlineMs / 1000} s`
    const tick = new AbortController()
    const abort = () => tick.abort()
    signal?.addEventListener('abort', abort, { once: true })
    await Promise.race([reader.finished, clock.sleep(PROGRESS_MS, tick.signal).catch(() => {})])
    signal?.removeEventListener('abort', abort)
    tick.abort()
    let records = 0
    let left = 0
    for (const position of positions.values()) {
      records += position.records
      left += Math.max(0, position.end - position.next)
    }
    onProgress?.({ records, left })
  }
  return null
}
