import { int64 } from './record-batch.ts'
import { frame, header, int32, Reader, string } from './wire.ts'

const FETCH = 1
/** The last that is not flexible: Kafka 2.3 to 4.x know it, with sessions (KIP-227) and racks (KIP-392). */
const VERSION = 11
const CONSUMER = -1
const READ_COMMITTED = 1

/** What brokers say of a partition that they give nothing of. Kafka protocol guide, error codes. */
export const FETCH_ERROR = {
  none: 0,
  offsetOutOfRange: 1,
  corruptMessage: 2,
  topicUnauthorised: 29,
  sessionUnknown: 70,
  sessionEpochInvalid: 71,
} as const

export interface AskedPartition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
}

export interface FetchQuestion {
  /** 0 opens a session. */
  readonly session: number
  /** 0 with all partitions, -1 outside of sessions; else those alone that differ from what was asked for last. */
  readonly epoch: number
  readonly partitions: readonly AskedPartition[]
  readonly forgotten: readonly Pick<AskedPartition, 'topic' | 'partition'>[]
  readonly maxWaitMs: number
  readonly maxBytes: number
}

export function fetchRequest(correlation: number, clientId: string, question: FetchQuestion): Buffer {
  const { session, epoch, partitions, forgotten, maxWaitMs, maxBytes } = question
  const asked = byTopic(partitions).map(([topic, own]) =>
    Buffer.concat([string(topic), int32(own.length), ...own.map(askedPartition)]),
  )
  const left = byTopic(forgotten).map(([topic, own]) =>
    Buffer.concat([string(topic), int32(own.length), ...own.map(({ partition }) => int32(partition))]),
  )
  return frame(
    Buffer.concat([
      header(FETCH, VERSION, correlation, clientId),
      int32(CONSUMER),
      int32(maxWaitMs),
      int32(1),
      int32(maxBytes),
      Buffer.from([READ_COMMITTED]),
      int32(session),
      int32(epoch),
      int32(asked.length),
      ...asked,
      int32(left.length),
      ...left,
      string(''),
    ]),
  )
}

function askedPartition({ partition, offset, maxBytes }: AskedPartition): Buffer {
  const bytes = Buffer.alloc(28)
  bytes.writeInt32BE(partition, 0)
  bytes.writeInt32BE(-1, 4) // the leader's epoch is not checked
  bytes.writeBigInt64BE(BigInt(offset), 8)
  bytes.writeBigInt64BE(-1n, 16) // consumers have no log that starts
  bytes.writeInt32BE(maxBytes, 24)
  return bytes
}

function byTopic<T extends { readonly topic: string }>(items: readonly T[]): [string, T[]][] {
  const topics = new Map<string, T[]>()
  for (const item of items) {
    const own = topics.get(item.topic)
    if (own) own.push(item)
    else topics.set(item.topic, [item])
  }
  return [...topics]
}

/** From which offset on a producer's records belong to a transaction that was aborted. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

/** One partition's part of an answer: its records stand in the answer's own bytes, from `from` to before `to`. */
export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly error: number
  readonly aborted: readonly AbortedTransaction[]
  readonly from: number
  readonly to: number
}

export interface FetchAnswer {
  /** How long the broker holds this client back, for a quota. */
  readonly throttleMs: number
  /** Of all of it, e.g. that the session is unknown. */
  readonly error: number
  readonly session: number
  readonly partitions: readonly FetchedPartition[]
}

/** @param payload after its length, with the correlation id */
export function readFetch(payload: Buffer): FetchAnswer {
  const reader = new Reader(payload)
  reader.int32()
  const throttleMs = reader.int32()
  const error = reader.int16()
  const session = reader.int32()
  const partitions: FetchedPartition[] = []
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topic = reader.string() ?? ''
    for (let left = reader.int32(); left > 0; left--) partitions.push(fetched(payload, reader, topic))
  }
  return { throttleMs, error, session, partitions }
}

function fetched(payload: Buffer, reader: Reader, topic: string): FetchedPartition {
  const partition = reader.int32()
  const error = reader.int16()
  reader.skip(24) // high watermark, last stable offset, log start
  const aborted: AbortedTransaction[] = []
  for (let left = reader.int32(); left > 0; left--)
    aborted.push({ producerId: reader.int64(), firstOffset: int64(payload, reader.skipped(8)) })
  reader.skip(4) // preferred replica
  const size = Math.max(0, reader.int32())
  const from = reader.skipped(size)
  return { topic, partition, error, aborted, from, to: from + size }
}
