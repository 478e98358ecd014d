import type { PartAnswer } from './send-outcome.ts'

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

/** `null` when the frame is another request, or a version that this does not know. */
export function readProduceRequest(frame: Buffer): WrittenProduce | null {
  if (frame.length < 12 || frame.readInt16BE(4) !== PRODUCE) return null
  const version = frame.readInt16BE(6)
  if (version < FIRST_VERSION || version > LAST_VERSION) return null
  const correlation = frame.readInt32BE(8)
  const partitions: [string, number][] = []
  let at = 12
  const skipString = () => {
    at += 2 + Math.max(0, frame.readInt16BE(at))
  }
  skipString() // client id
  skipString() // transactional id
  at += 6 // acks, time-out
  const topics = frame.readInt32BE(at)
  at += 4
  for (let i = 0; i < topics; i++) {
    const length = frame.readInt16BE(at)
    const topic = frame.toString('utf8', at + 2, at + 2 + length)
    at += 2 + length
    const count = frame.readInt32BE(at)
    at += 4
    for (let j = 0; j < count; j++) {
      partitions.push([topic, frame.readInt32BE(at)])
      at += 8 + Math.max(0, frame.readInt32BE(at + 4))
    }
  }
  return { correlation, version, partitions }
}

/** `payload` begins after the correlation id. */
export function readProduceResponse(
  payload: Buffer,
  version: number,
  each: (topic: string, partition: number, answer: PartAnswer) => void,
): void {
  let at = 0
  const topics = payload.readInt32BE(at)
  at += 4
  for (let i = 0; i < topics; i++) {
    const length = payload.readInt16BE(at)
    const topic = payload.toString('utf8', at + 2, at + 2 + length)
    at += 2 + length
    const count = payload.readInt32BE(at)
    at += 4
    for (let j = 0; j < count; j++) {
      const answer = {
        errorCode: payload.readInt16BE(at + 4),
        baseOffset: Number(payload.readBigInt64BE(at + 6)),
      }
      each(topic, payload.readInt32BE(at), answer)
      // partition, error code, base offset, log append time; since version 5 the log start offset too
      at += 22 + (version >= 5 ? 8 : 0)
    }
  }
}

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
