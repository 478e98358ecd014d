import type { Contract } from '../core/contract.ts'
import type { ReplayScope } from '../core/replay-scope.ts'
import type { ConsumerSample } from '../record/samples.ts'
import { boundsIn, firstByTime, goneBefore, type WindowCount } from './replay-bounds.ts'
import { LogReader, type LogReaderOptions } from './log/log-reader.ts'
import type { RecordTasks, TasksDone } from './log/record-tasks.ts'
import { ProgressDeadline } from './progress-deadline.ts'
import type { OffsetRange, Position } from './position.ts'
import { type ReaderOptions, Reading } from './reading.ts'
import { firstRequired, type ReplayWindow, replayWindow, stillRequired } from './replay-window.ts'

export interface ReplayOptions extends ReaderOptions {
  /** The shard is `<process>.jsonl`. @default 'recovery' */
  readonly process?: string
  /** @default every partition of the contract's topics, from its oldest offset to its end */
  readonly scope?: ReplayScope
  readonly signal?: AbortSignal
  /** Called about once a second. */
  readonly onProgress?: (progress: ReplayProgress) => void
  /** Threads that wait for a part of it each. @default none: all is read in this thread */
  readonly threads?: LogReaderOptions['threads']
  /** How long it may be given nothing. @default 600000 */
  readonly deadlineMs?: number
  /** How long it may take in all, however slowly it goes on. @default 3600000 */
  readonly longestMs?: number
}

export interface ReplayProgress {
  readonly records: number
  /** Offsets still to read, up to the end as it was at the start. */
  readonly left: number
}

export interface ReplayPartition extends ReplayWindow {
  readonly topic: string
  readonly partition: number
  /** The low watermark as it was at the start. */
  readonly oldestAvailable: number
  /** Of the offsets that were asked for by number: those that were deleted before it began. */
  readonly gone?: OffsetRange
  /** The end as it was at the start of the replay, exclusive. */
  readonly endOffset: number
  readonly records: number
  readonly bytes: number
  /** What the reader went beyond without having been given it, as where it was deleted before it was read. */
  readonly unread: readonly OffsetRange[]
  /** Transaction markers and records of aborted transactions: offsets that hold nothing for readers. */
  readonly markers: number
  /** Offsets that answers passed over although they were asked for: compaction leaves such holes. */
  readonly holes: number
  /** The low watermark as it was last seen; null when it never was. */
  readonly logStart: number | null
  /** Wall milliseconds of the oldest record that was read; null when there was none. */
  readonly timestampOfOldest: number | null
  /** As PartitionDigest says, over what was read. */
  readonly sha256: string
  /** Of a replay by time: records that bear a time of its window, and those among them that do not. */
  readonly window?: WindowCount
  /** What brokers refused to hand out when they refused the reader. */
  readonly unauthorised?: OffsetRange
  /** It came to the end, and nothing that was asked for was gone before it began, or is unread. */
  readonly isComplete: boolean
}

export interface ReplayResult {
  /** Every partition was read to its end, and nothing of it is unread. */
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

type LogReading = Reading<LogReader>

const PROGRESS_MS = 1000

/**
 * A recovery consumer: reads every partition from its oldest offset to the end as it was at the start, or what of that
 * is in its scope, while ingest goes on. An abort or a deadline ends it with a result that is not complete; it rejects
 * only when the brokers could not be asked where to begin.
 */
export function startReplay(given: ReplayOptions): StartedReplay {
  const options = { ...given, contract: narrowed(given.contract, given.scope) }
  let reading: LogReading | null = null
  const run = async () => {
    const byTime = await firstByTime(options, options.scope)
    const opened = await Reading.open(options, {
      process: options.process ?? 'recovery',
      role: 'recovery',
      bounds: (mark, of) => boundsIn(options.scope, mark, of, byTime),
      reader: parts => {
        const { threads = [], onToolSample } = options
        return new LogReader({ ...parts, threads, onToolSample, tasks: tasksOf(options) })
      },
      ...(options.signal ? { signal: options.signal } : {}),
    })
    try {
      reading = opened
      return await replay(options, opened)
    } finally {
      reading = null
      await opened[Symbol.asyncDispose]()
    }
  }
  return { sample: () => reading?.reader.sample('recovery') ?? null, result: run() }
}

function tasksOf({ scope }: ReplayOptions): RecordTasks {
  return { digests: 'all', ...(scope && { scope }) }
}

/** Of the topics in scope alone: nobody is asked about the others. */
function narrowed(contract: Contract, scope: ReplayScope | undefined): Contract {
  if (!scope) return contract
  const topics = Object.entries(contract.topics).filter(([topic]) => scope.topics.includes(topic))
  return { ...contract, topics: Object.fromEntries(topics) }
}

async function replay(options: ReplayOptions, reading: LogReading): Promise<ReplayResult> {
  const { clock } = options
  const startedAt = clock.now()
  const startedAtWallMs = clock.wallMs()
  // Asked at the start: retention may pass over what was required then while it is being read.
  const required = firstRequired(options, reading, startedAtWallMs)
  reading.reader.start()
  const unfinished = await untilFinished(options, reading)
  const seconds = (clock.now() - startedAt) / 1000
  const done = await reading.reader.done()
  const known = await stillRequired(options, reading, startedAtWallMs, await required)
  const windows = replayWindow(options, reading, startedAtWallMs, known)
  const partitions = [...reading.positions]
    .filter(isWanted(options))
    .map(([key, position]): ReplayPartition => {
      const low = reading.first.partitions.get(key)?.low ?? position.start
      const gone = goneBefore(options.scope, low)
      return {
        ...inWindow(done.get(key)),
        topic: position.topic,
        partition: position.partition,
        oldestAvailable: low,
        ...(gone && { gone }),
        oldestOffset: position.start,
        ...(windows.get(key) ?? { oldestRequired: null, margin: null }),
        endOffset: position.end,
        records: position.records,
        bytes: position.bytes,
        unread: position.unread,
        markers: position.markers,
        holes: position.holes,
        logStart: reading.reader.logStartOf(key),
        timestampOfOldest: position.firstTimestamp,
        sha256: done.get(key)?.digests[0]?.sha256 ?? '',
        ...(reading.reader.rights.refusal !== null &&
          !position.isDone && { unauthorised: { from: position.next, to: position.end } }),
        isComplete: position.isDone && position.unread.length === 0 && gone === null,
      }
    })
  const records = partitions.reduce((sum, partition) => sum + partition.records, 0)
  const bytes = partitions.reduce((sum, partition) => sum + partition.bytes, 0)
  const reason = unfinished ?? whatIsUnread(partitions)
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

function inWindow({ window }: Partial<TasksDone> = {}): Pick<ReplayPartition, 'window'> {
  return window ? { window } : {}
}

const isWanted =
  ({ scope }: ReplayOptions) =>
  ([, { partition }]: readonly [string, Position]): boolean =>
    scope?.partitions?.includes(partition) ?? true

/** As many ranges are in the words; all of them are in the rows. */
const FEW = 5

/** null when nothing is. */
function whatIsUnread(partitions: readonly ReplayPartition[]): string | null {
  const ranges = partitions.flatMap(({ topic, partition, gone, unread }) =>
    [...(gone ? [gone] : []), ...unread].map(({ from, to }) => ({ name: `${topic}/${partition}`, from, to })),
  )
  if (ranges.length === 0) return null
  const offsets = ranges.reduce((sum, { from, to }) => sum + to - from, 0)
  const few = ranges.slice(0, FEW).map(({ name, from, to }) => `${name} from ${from} to ${to - 1}`)
  const more = ranges.length > FEW ? ` and ${ranges.length - FEW} more` : ''
  return `${offsets} offsets were gone before they were read: ${few.join(', ')}${more}`
}

/** null when every partition was read; else why it ended. */
async function untilFinished(
  options: ReplayOptions,
  { reader, positions }: LogReading,
): Promise<string | null> {
  const { clock, signal, onProgress } = options
  const deadline = new ProgressDeadline(clock, options)
  const isFinished = () => [...positions.values()].every(position => position.isDone)
  while (!isFinished()) {
    if (signal?.aborted) return 'aborted'
    if (reader.rights.refusal !== null) return `not authorised: ${reader.rights.refusal}`
    if (reader.failure !== null) return reader.failure
    const late = deadline.look(reader.receivedBytes)
    if (late) return late
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
