import { frame, header, int32, Reader } from './wire.ts'

const LIST_OFFSETS = 2
/** What is asked for, and the first version that knows it; all are flexible, hence the compact types and the tags. */
const ASKS = {
  /** The first offset that is on the broker's own disk (KIP-405): what is older comes from the tier. */
  'earliest-local': { timestamp: -4n, version: 8 },
  /** The last offset that is in the tier, -1 when nothing is (KIP-1005). */
  'latest-tiered': { timestamp: -5n, version: 9 },
} as const
export type OffsetQuestion = keyof typeof ASKS
const NO_TAGS = Buffer.from([0])

/** Topics with the partitions that the asked broker leads. */
export type LedPartitions = ReadonlyMap<string, readonly number[]>

export function listOffsetsRequest(
  correlation: number,
  led: LedPartitions,
  question: OffsetQuestion,
): Buffer {
  const { timestamp, version } = ASKS[question]
  const topics = [...led].map(([topic, partitions]) => {
    const name = Buffer.from(topic)
    return Buffer.concat([
      varint(name.length + 1),
      name,
      varint(partitions.length + 1),
      ...partitions.map(partition =>
        // Index, leader epoch (-1: not checked), what is asked for, tags.
        Buffer.concat([int32(partition), int32(-1), int64(timestamp), NO_TAGS]),
      ),
      NO_TAGS,
    ])
  })
  // A consumer's id, read uncommitted.
  const body = Buffer.concat([int32(-1), Buffer.from([0]), varint(topics.length + 1), ...topics, NO_TAGS])
  return frame(Buffer.concat([header(LIST_OFFSETS, version, correlation), NO_TAGS, body]))
}

/** By `topic/partition`; partitions that the broker could not answer for are left out. @param least a lower one is none */
export function readOffsets(payload: Buffer, least = 0): Record<string, number> {
  const reader = new Reader(payload)
  reader.int32()
  reader.tags()
  reader.int32()
  const offsets: Record<string, number> = {}
  reader.compactArray(() => {
    const topic = reader.compactString() ?? ''
    reader.compactArray(() => {
      const partition = reader.int32()
      const error = reader.int16()
      reader.int64()
      const offset = Number(reader.int64())
      reader.int32()
      reader.tags()
      if (error === 0 && offset >= least) offsets[`${topic}/${partition}`] = offset
    })
    reader.tags()
  })
  return offsets
}

function int64(value: bigint): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64BE(value)
  return buffer
}

function varint(value: number): Buffer {
  const bytes = []
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left])
    bytes.push((left & 0x7f) | 0x80)
  }
}
