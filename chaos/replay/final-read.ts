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
  /** What a replay read: the same range is digested again, so that both can be compared. */
  readonly compareWith?: readonly Pick<
    ReplayPartition,
    'topic' | 'partition' | 'oldestOffset' | 'endOffset'
  >[]
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
  /** Of the replay's range as it is stored now; null when it was not asked for, or is not all there any more. */
  readonly sha256OfReplayed: string | null
  /** How many records of the replay's range are stored now; null when it was not asked for or not read whole. */
  readonly recordsOfReplayed: number | null
}

export interface FinalReadResult {
  readonly isComplete: boolean
  readonly records: number
  readonly bytes: number
  readonly seconds: number
  readonly partitions: readonly FinalPartition[]
}

const DEADLINE_MS = 300_000
const LOOK_MS = 1000
const MAX_BYTES_PER_PARTITION = 4 * 1024 * 1024

interface Compared {
  readonly from: number
  readonly end: number
  readonly digest: PartitionDigest
  records: number
}

/** Reads every partition whole, from its low to its high watermark, into `stored.jsonl`: what is really there. */
export async function finalRead(options: FinalReadOptions): Promise<FinalReadResult> {
  const { clock, deadlineMs = DEADLINE_MS } = options
  const compared = new Map<string, Compared>()
  for (const { topic, partition, oldestOffset, endOffset } of options.compareWith ?? []) {
    const range = { from: oldestOffset, end: endOffset, digest: new PartitionDigest(), records: 0 }
    compared.set(partitionKey(topic, partition), range)
  }
  const ages = new RecordAges(clock.wallMs())
  const look: GroupReaderOptions['onRecord'] = (position, offset, message) => {
    ages.read(position, offset, message)
    const { topic, partition } = position
    const range = compared.get(partitionKey(topic, partition))
    if (!range || offset < range.from || offset >= range.end) return
    range.digest.update(offset, message.value)
    range.records += 1
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
  const partitions = [...reading.positions].map(([key, position]) => describe(position, compared.get(key)))
  return {
    isComplete: partitions.every(partition => partition.isComplete),
    records: partitions.reduce((sum, partition) => sum + partition.records, 0),
    bytes: partitions.reduce((sum, partition) => sum + partition.bytes, 0),
    seconds: (clock.now() - startedAt) / 1000,
    partitions,
  }
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

function describe(position: Position, compared: Compared | undefined): FinalPartition {
  const { topic, partition, start: low, end: high, records, bytes, isDone, unread } = position
  const isRead = compared !== undefined && isDone && high >= compared.end
  const isGone =
    compared !== undefined && unread.some(({ from, to }) => to > compared.from && from < compared.end)
  const isAllThere = isRead && low <= compared.from && !isGone
  return {
    topic,
    partition,
    low,
    high,
    records,
    bytes,
    isComplete: isDone,
    unread,
    sha256OfReplayed: isAllThere ? compared.digest.hex() : null,
    recordsOfReplayed: isAllThere ? compared.records : null,
  }
}
