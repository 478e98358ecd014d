import { AftershockError } from '../core/errors.ts'

const MAGIC = 0x184d2204
const FLAGS = { blockChecksum: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 } as const
const IS_STORED = 0x8000_0000
/** A batch of Kafka is never near it: what says so is not one. */
const MOST_BYTES = 1 << 30
const LEAST_MATCH = 4

/**
 * LZ4's frame format, as Kafka's clients write it since record batches. Its own checksums are not looked at: the batch
 * around it has one. @throws AftershockError where the bytes are not what LZ4 writes
 */
export function uncompressLz4(bytes: Buffer): Buffer {
  const out = new Output(Math.max(1024, bytes.length * 4))
  let at = 0
  while (at < bytes.length) at = frame(bytes, at, out)
  return out.whole()
}

function frame(bytes: Buffer, start: number, out: Output): number {
  if (start + 7 > bytes.length || bytes.readUInt32LE(start) !== MAGIC) broken()
  const flags = bytes[start + 4] as number
  let at = start + 6
  if ((flags & FLAGS.contentSize) !== 0) at += 8
  if ((flags & FLAGS.dictionary) !== 0) at += 4
  at += 1 // checksum of the head
  for (;;) {
    if (at + 4 > bytes.length) broken()
    const word = bytes.readUInt32LE(at)
    at += 4
    if (word === 0) break
    const isStored = word >= IS_STORED
    const to = at + (isStored ? word - IS_STORED : word)
    if (to > bytes.length) broken()
    if (isStored) out.take(bytes, at, to)
    else block(bytes, at, to, out)
    at = to + ((flags & FLAGS.blockChecksum) !== 0 ? 4 : 0)
  }
  return at + ((flags & FLAGS.contentChecksum) !== 0 ? 4 : 0)
}

/** Sequences: some literals, then a copy of what came before; the last one has literals only. */
function block(bytes: Buffer, start: number, end: number, out: Output): void {
  let at = start
  const longer = (nibble: number): number => {
    let length = nibble
    if (nibble < 15) return length
    for (;;) {
      const byte = at < end ? (bytes[at++] as number) : broken()
      length += byte
      if (byte < 255) return length
    }
  }
  while (at < end) {
    const token = bytes[at++] as number
    const literals = longer(token >>> 4)
    if (at + literals > end) broken()
    out.take(bytes, at, at + literals)
    at += literals
    if (at === end) return
    if (at + 2 > end) broken()
    const back = bytes.readUInt16LE(at)
    at += 2
    out.repeat(back, longer(token & 15) + LEAST_MATCH)
  }
}

/** What is written so far, which later sequences copy from. */
class Output {
  #bytes: Buffer
  #size = 0

  constructor(guess: number) {
    this.#bytes = Buffer.allocUnsafe(guess)
  }

  whole(): Buffer {
    return this.#bytes.subarray(0, this.#size)
  }

  take(from: Buffer, start: number, end: number): void {
    this.#room(end - start)
    this.#size += from.copy(this.#bytes, this.#size, start, end)
  }

  repeat(back: number, length: number): void {
    if (back === 0 || back > this.#size) broken()
    this.#room(length)
    const bytes = this.#bytes
    let to = this.#size
    // It may overlap what it writes: byte by byte.
    for (const end = to + length; to < end; to++) bytes[to] = bytes[to - back] as number
    this.#size = to
  }

  #room(more: number): void {
    const needed = this.#size + more
    if (needed <= this.#bytes.length) return
    if (needed > MOST_BYTES) broken()
    const larger = Buffer.allocUnsafe(Math.min(MOST_BYTES, Math.max(needed, this.#bytes.length * 2)))
    this.#bytes.copy(larger, 0, 0, this.#size)
    this.#bytes = larger
  }
}

function broken(): never {
  throw new AftershockError('unavailable', 'a batch says that it is compressed with LZ4, and is not')
}
