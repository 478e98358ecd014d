import { GroupReader, type GroupReaderOptions } from './group-reader.ts'
import { PartitionDigest } from './partition-digest.ts'
import { type OffsetRange, type Position, partitionKey } from './position.ts'
import { ProgressDeadline } from './progress-deadline.ts'
import { type ReaderOptions, Reading } from './reading.ts'
import { RecordAges } from './record-ages.ts'
import type { ReplayPartition } from './replay.ts'
import type { WatermarkReading } from './lag.ts'
import type { StartsLine } from '../record/history.ts'

export interface FinalReadOptions extends ReaderOptions {
  /** What replays read, by their actions: the same ranges are digested again, so that both can be compared. */
  readonly compareWith?: ReadonlyMap<
    string,
    readonly Pick<ReplayPartition, 'topic' | 'partition' | 'oldestOffset' | 'endOffset'>[]
  >
  /** Ends it early, incomplete. */
  readonly signal?: AbortSignal
  /** How long it may be given nothing. @default 300000 */
  readonly deadlineMs?: number
  /** How long it may take in all, however slowly it goes on. @default 3600000 */
  readonly longestMs?: number
}

export interface FinalPartition {
  readonly topic: string
  readonly partition: number
  readonly low: number
  /** Exclusive. */
  readonly high: number
  readonly records: number
  readonly bytes: number
  readonly isComplete: boolean
  /** What was deleted while it was being read. */
  readonly unread: readonly OffsetRange[]
}

/** The range of one replay in one partition, as it is stored now. */
export interface StoredRange {
  readonly topic: string
  readonly partition: number
  /** null when it is not all there any more, or was not read whole. */
  readonly sha256: string | null
  readonly records: number | null
}

export interface FinalReadResult {
  readonly isComplete: boolean
  readonly records: number
  readonly bytes: number
  readonly seconds: number
  readonly partitions: readonly FinalPartition[]
  /** By the replay's action. */
  readonly replayed: ReadonlyMap<string, readonly StoredRange[]>
}

const DEADLINE_MS = 300_000
const LOOK_MS = 1000
const MAX_BYTES_PER_PARTITION = 4 * 1024 * 1024

interface Compared {
  /** The replay's action. */
  readonly id: string
  /** `topic/partition` */
  readonly key: string
  readonly from: number
  readonly end: number
  readonly digest: PartitionDigest
  records: number
}

/** Reads every partition whole, from its low to its high watermark, into `stored.jsonl`: what is really there. */
export async function finalRead(options: FinalReadOptions): Promise<FinalReadResult> {
  const { clock, deadlineMs = DEADLINE_MS } = options
  const compared = rangesOf(options.compareWith ?? new Map())
  const byPartition = new Map<string, Compared[]>()
  for (const range of compared) byPartition.set(range.key, [...(byPartition.get(range.key) ?? []), range])
  const ages = new RecordAges(clock.wallMs())
  const look: GroupReaderOptions['onRecord'] = (position, offset, message) => {
    ages.read(position, offset, message)
    const { topic, partition } = position
    for (const range of byPartition.get(partitionKey(topic, partition)) ?? []) {
      if (offset < range.from || offset >= range.end) continue
      range.digest.update(offset, message.value)
      range.records += 1
    }
  }
  const reading = await Reading.open(options, {
    process: 'stored',
    role: 'final-read',
    bounds: ({ low, high }) => ({ start: low, end: high }),
    ...(options.signal ? { signal: options.signal } : {}),
    reader: parts =>
      new GroupReader({ ...parts, maxBytesPerPartition: MAX_BYTES_PER_PARTITION, onRecord: look }),
  })
  const startedAt = clock.now()
  try {
    reading.shard.append({
      kind: 'bounds',
      t: Math.round(reading.first.at),
      partitions: [...reading.positions.values()].map(p => [p.topic, p.partition, p.start, p.end] as const),
    })
    reading.reader.start()
    await untilFinished(reading, { ...options, deadlineMs })
    // Retention may have taken the start of a log before it was read.
    const after = await reading.watermarks.read()
    if (after !== null) reading.shard.append(startsLine(reading.positions.values(), after))
    reading.shard.append(ages.line(clock.now()))
  } finally {
    await reading[Symbol.asyncDispose]()
  }
  const partitions = [...reading.positions.values()].map(describe)
  return {
    isComplete: partitions.every(partition => partition.isComplete),
    records: partitions.reduce((sum, partition) => sum + partition.records, 0),
    bytes: partitions.reduce((sum, partition) => sum + partition.bytes, 0),
    seconds: (clock.now() - startedAt) / 1000,
    partitions,
    replayed: storedRanges(compared, reading.positions),
  }
}

function rangesOf(compareWith: NonNullable<FinalReadOptions['compareWith']>): Compared[] {
  return [...compareWith].flatMap(([id, partitions]) =>
    partitions.map(({ topic, partition, oldestOffset, endOffset }) => ({
      id,
      key: partitionKey(topic, partition),
      from: oldestOffset,
      end: endOffset,
      digest: new PartitionDigest(),
      records: 0,
    })),
  )
}

function startsLine(positions: Iterable<Position>, { at, partitions }: WatermarkReading): StartsLine {
  const starts = [...positions].flatMap(({ topic, partition }) => {
    const low = partitions.get(partitionKey(topic, partition))?.low
    return low === undefined ? [] : [[topic, partition, low] as const]
  })
  return { kind: 'starts', t: Math.round(at), partitions: starts }
}

async function untilFinished({ reader }: Reading, options: FinalReadOptions): Promise<void> {
  const { clock, signal } = options
  const deadline = new ProgressDeadline(clock, options)
  const over = new AbortController()
  const stop = signal ? AbortSignal.any([over.signal, signal]) : over.signal
  const giveUp = async () => {
    while (!stop.aborted && reader.rights.refusal === null && deadline.look(reader.receivedBytes) === null)
      await clock.sleep(LOOK_MS, stop).catch(() => {})
  }
  await Promise.race([reader.finished, giveUp()])
  over.abort()
}

function describe(position: Position): FinalPartition {
  const { topic, partition, start: low, end: high, records, bytes, isDone, unread } = position
  return { topic, partition, low, high, records, bytes, isComplete: isDone, unread }
}

function storedRanges(
  compared: readonly Compared[],
  positions: ReadonlyMap<string, Position>,
): FinalReadResult['replayed'] {
  const stored = new Map<string, StoredRange[]>()
  for (const range of compared) {
    const position = positions.get(range.key)
    if (!position) continue
    const { topic, partition } = position
    const { sha256, records } = isAllThere(position, range)
      ? { sha256: range.digest.hex(), records: range.records }
      : { sha256: null, records: null }
    stored.set(range.id, [...(stored.get(range.id) ?? []), { topic, partition, sha256, records }])
  }
  return stored
}

function isAllThere({ start: low, end: high, isDone, unread }: Position, { from, end }: Compared): boolean {
  const isGone = unread.some(gone => gone.to > from && gone.from < end)
  // Nothing was to be read of a range that begins past the end.
  const isRead = isDone && (high >= end || end <= from)
  return isRead && low <= from && !isGone
}
