import { PartitionDigest } from './partition-digest.ts'
import { type Position, partitionKey } from './position.ts'
import { type ReaderOptions, Reading } from './reading.ts'
import type { ReplayPartition } from './replay.ts'

export interface FinalReadOptions extends ReaderOptions {
  /** What a replay read: the same range is digested again, so that both can be compared. */
  readonly compareWith?: readonly Pick<
    ReplayPartition,
    'topic' | 'partition' | 'oldestOffset' | 'endOffset'
  >[]
  /** Ends it early, incomplete. */
  readonly signal?: AbortSignal
  /** @default 300000 */
  readonly deadlineMs?: number
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
  /** Of the replay's range as it is stored now; null when it was not asked for, or is not all there any more. */
  readonly sha256OfReplayed: string | null
}

export interface FinalReadResult {
  readonly isComplete: boolean
  readonly records: number
  readonly bytes: number
  readonly seconds: number
  readonly partitions: readonly FinalPartition[]
}

const DEADLINE_MS = 300_000
const MAX_BYTES_PER_PARTITION = 4 * 1024 * 1024

interface Compared {
  readonly from: number
  readonly end: number
  readonly digest: PartitionDigest
}

/** Reads every partition whole, from its low to its high watermark, into `stored.jsonl`: what is really there. */
export async function finalRead(options: FinalReadOptions): Promise<FinalReadResult> {
  const { clock, deadlineMs = DEADLINE_MS } = options
  const compared = new Map<string, Compared>()
  for (const { topic, partition, oldestOffset, endOffset } of options.compareWith ?? []) {
    const range = { from: oldestOffset, end: endOffset, digest: new PartitionDigest() }
    compared.set(partitionKey(topic, partition), range)
  }
  const reading = await Reading.open(options, {
    process: 'stored',
    role: 'final-read',
    bounds: ({ low, high }) => ({ start: low, end: high }),
    ...(options.signal ? { signal: options.signal } : {}),
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    onRecord: ({ topic, partition }, offset, value) => {
      const range = compared.get(partitionKey(topic, partition))
      if (range && offset >= range.from && offset < range.end) range.digest.update(offset, value)
    },
  })
  const startedAt = clock.now()
  try {
    reading.shard.append({
      kind: 'bounds',
      t: Math.round(reading.first.at),
      partitions: [...reading.positions.values()].map(p => [p.topic, p.partition, p.start, p.end] as const),
    })
    reading.reader.start()
    const timer = new AbortController()
    const signal = options.signal ? AbortSignal.any([timer.signal, options.signal]) : timer.signal
    const late = clock.sleep(deadlineMs, signal).catch(() => {})
    await Promise.race([reading.reader.finished, late])
    timer.abort()
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

function describe(position: Position, compared: Compared | undefined): FinalPartition {
  const { topic, partition, start: low, end: high, records, bytes, isDone } = position
  const isAllThere = compared !== undefined && isDone && low <= compared.from && high >= compared.end
  return {
    topic,
    partition,
    low,
    high,
    records,
    bytes,
    isComplete: isDone,
    sha256OfReplayed: isAllThere ? compared.digest.hex() : null,
  }
}
