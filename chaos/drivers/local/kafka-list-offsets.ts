import { frame, header, int32, Reader } from './kafka-wire.ts'

const LIST_OFFSETS = 2
/** The first version that knows local logs (KIP-405); a flexible one, hence the compact types and the tags. */
const VERSION = 8
/** Asks for the first offset that is on the broker's own disk: what is older comes from the tier. */
const EARLIEST_LOCAL = -4n
const NO_TAGS = Buffer.from([0])

/** Topics with the partitions that the asked broker leads. */
export type LedPartitions = ReadonlyMap<string, readonly number[]>

export function earliestLocalRequest(correlation: number, led: LedPartitions): Buffer {
  const topics = [...led].map(([topic, partitions]) => {
    const name = Buffer.from(topic)
    return Buffer.concat([
      varint(name.length + 1),
      name,
      varint(partitions.length + 1),
      ...partitions.map(partition =>
        // Index, leader epoch (-1: not checked), what is asked for, tags.
        Buffer.concat([int32(partition), int32(-1), int64(EARLIEST_LOCAL), NO_TAGS]),
      ),
      NO_TAGS,
    ])
  })
  // A consumer's id, read uncommitted.
  const body = Buffer.concat([int32(-1), Buffer.from([0]), varint(topics.length + 1), ...topics, NO_TAGS])
  return frame(Buffer.concat([header(LIST_OFFSETS, VERSION, correlation), NO_TAGS, body]))
}

/** By `topic/partition`; partitions that the broker could not answer for are left out. */
export function readOffsets(payload: Buffer): Record<string, number> {
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
      if (error === 0 && offset >= 0) offsets[`${topic}/${partition}`] = offset
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
