import { frame, header, int32, Reader, string } from './wire.ts'

const METADATA = 3
const METADATA_VERSION = 7
const LIST_OFFSETS = 2
/** The first that Kafka 4 knows. */
const LIST_OFFSETS_VERSION = 1
const EARLIEST = -2n

export interface LeaderView {
  /** By the broker's number: where it says that clients reach it. */
  readonly brokers: ReadonlyMap<number, { readonly host: string; readonly port: number }>
  readonly topics: readonly {
    readonly topic: string
    /** 0: none. */
    readonly error: number
    /** By partition; -1 while nobody leads it. */
    readonly leaders: ReadonlyMap<number, number>
  }[]
}

/** Layout: Metadata v7. Topics are never made by asking for them. */
export function leadersRequest(correlation: number, clientId: string, topics: readonly string[]): Buffer {
  return frame(
    Buffer.concat([
      header(METADATA, METADATA_VERSION, correlation, clientId),
      int32(topics.length),
      ...topics.map(string),
      Buffer.from([0]),
    ]),
  )
}

export function readLeaders(payload: Buffer): LeaderView {
  const reader = new Reader(payload)
  reader.skip(8) // correlation, throttle time
  const brokers = new Map(
    reader.array(() => {
      const id = reader.int32()
      const host = reader.string() ?? ''
      const port = reader.int32()
      reader.string()
      return [id, { host, port }] as const
    }),
  )
  reader.string()
  reader.int32()
  const topics = reader.array(() => {
    const error = reader.int16()
    const topic = reader.string() ?? ''
    reader.int8()
    const leaders = new Map(
      reader.array(() => {
        reader.int16()
        const partition = reader.int32()
        const leader = reader.int32()
        reader.int32()
        for (let lists = 3; lists > 0; lists--) reader.array(() => reader.int32())
        return [partition, leader] as const
      }),
    )
    return { topic, error, leaders }
  })
  return { brokers, topics }
}

/** The first offset of one partition, asked of its leader. Layout: ListOffsets v1. */
export function firstOffsetRequest(
  correlation: number,
  clientId: string,
  topic: string,
  partition: number,
): Buffer {
  const timestamp = Buffer.alloc(8)
  timestamp.writeBigInt64BE(EARLIEST)
  return frame(
    Buffer.concat([
      header(LIST_OFFSETS, LIST_OFFSETS_VERSION, correlation, clientId),
      int32(-1),
      int32(1),
      string(topic),
      int32(1),
      int32(partition),
      timestamp,
    ]),
  )
}

/** null when the broker could not say. */
export function readFirstOffset(payload: Buffer): number | null {
  const reader = new Reader(payload)
  reader.skip(4)
  let found: number | null = null
  reader.array(() => {
    reader.skipString()
    reader.array(() => {
      reader.int32()
      const error = reader.int16()
      reader.int64()
      const offset = Number(reader.int64())
      if (error === 0 && offset >= 0) found = offset
    })
  })
  return found
}
