import { Reader } from './wire.ts'

/**
 * Reads produce requests and responses (versions 3 to 7, as kafkajs 2.2.4 speaks them) off a client's own
 * sockets. Layouts: Kafka protocol guide. Needed because kafkajs reports only the first error of a response
 * and none of the base offsets beside it, and resolves when a record was not sent at all (producer/
 * sendMessages.js keeps answers per broker and asks a broker that has answered no second time).
 */
export const PRODUCE = 0
const FIRST_VERSION = 3
const LAST_VERSION = 7

export interface WrittenProduce {
  readonly correlation: number
  readonly version: number
  readonly partitions: readonly (readonly [topic: string, partition: number])[]
}

/** One partition's answer, as in the produce response. `baseOffset` is -1 when nothing was appended. */
export interface PartAnswer {
  readonly errorCode: number
  readonly baseOffset: number
}

/** `null` when the frame is another request, or a version that this does not know. */
export function readProduceRequest(frame: Buffer): WrittenProduce | null {
  if (frame.length < 12 || frame.readInt16BE(4) !== PRODUCE) return null
  const version = frame.readInt16BE(6)
  if (version < FIRST_VERSION || version > LAST_VERSION) return null
  const reader = new Reader(frame, 8)
  const correlation = reader.int32()
  reader.skipString() // client id
  reader.skipString() // transactional id
  reader.skip(6) // acks, time-out
  const partitions: [string, number][] = []
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topic = reader.string() ?? ''
    for (let left = reader.int32(); left > 0; left--) {
      partitions.push([topic, reader.int32()])
      reader.skip(Math.max(0, reader.int32())) // records
    }
  }
  return { correlation, version, partitions }
}

/**
 * `payload` begins after the correlation id.
 * @returns milliseconds for which the broker holds the connection back, for a quota
 */
export function readProduceResponse(
  payload: Buffer,
  version: number,
  each: (topic: string, partition: number, answer: PartAnswer) => void,
): number {
  const reader = new Reader(payload)
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topic = reader.string() ?? ''
    for (let left = reader.int32(); left > 0; left--) {
      const partition = reader.int32()
      each(topic, partition, { errorCode: reader.int16(), baseOffset: Number(reader.int64()) })
      reader.skip(version >= 5 ? 16 : 8) // log append time; since version 5 the log start offset too
    }
  }
  return reader.int32()
}

/** Whether the bytes are one whole request, and not one that writes records. What cannot be read may have some. */
export const isRequestWithoutRecords = (bytes: Buffer): boolean =>
  bytes.length >= 8 && bytes.readInt32BE(0) === bytes.length - 4 && bytes.readInt16BE(4) !== PRODUCE

/** Cuts a stream of bytes into Kafka's length-prefixed frames, length excluded. */
export class Frames {
  #rest: Buffer | null = null

  push(chunk: Buffer, each: (frame: Buffer) => void): void {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    while (bytes.length >= 4) {
      const end = 4 + bytes.readInt32BE(0)
      if (bytes.length < end) break
      each(bytes.subarray(4, end))
      bytes = bytes.subarray(end)
    }
    this.#rest = bytes.length > 0 ? bytes : null
  }
}
