import { AftershockError } from '../core/errors.ts'

/** What Java's snappy puts before its chunks; other clients write one chunk and nothing around it. */
const JAVA_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const JAVA_HEAD_BYTES = 16

/** @throws AftershockError where the bytes are not what snappy writes */
export function uncompressSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, JAVA_MAGIC.length).equals(JAVA_MAGIC)) return chunk(bytes)
  const chunks: Buffer[] = []
  for (let at = JAVA_HEAD_BYTES; at < bytes.length; ) {
    if (at + 4 > bytes.length) broken()
    const to = at + 4 + bytes.readInt32BE(at)
    if (to <= at || to > bytes.length) broken()
    chunks.push(chunk(bytes.subarray(at + 4, to)))
    at = to
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
}

/** Snappy's own format: the length of the result, then literals and copies of what came before. */
function chunk(bytes: Buffer): Buffer {
  let at = 0
  let size = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++]
    if (byte === undefined || scale > 2 ** 28) broken()
    size += (byte & 0x7f) * scale
    if (byte < 0x80) break
  }
  // No byte of it stands for more than 64 bytes of the result.
  if (size > bytes.length * 64) broken()
  const out = Buffer.allocUnsafe(size)
  let to = 0
  while (at < bytes.length) {
    const tag = bytes[at++] as number
    if ((tag & 3) === 0) {
      let length = tag >>> 2
      if (length >= 60) {
        const more = length - 59
        length = at + more > bytes.length ? broken() : bytes.readUIntLE(at, more)
        at += more
      }
      length += 1
      if (at + length > bytes.length || to + length > size) broken()
      bytes.copy(out, to, at, at + length)
      at += length
      to += length
      continue
    }
    const { length, back, next } = copyOf(bytes, tag, at)
    at = next
    if (back === 0 || back > to || to + length > size) broken()
    // It may overlap what it writes: byte by byte.
    for (let left = length; left > 0; left--, to++) out[to] = out[to - back] as number
  }
  return to === size ? out : broken()
}

function copyOf(bytes: Buffer, tag: number, at: number): { length: number; back: number; next: number } {
  const [first = 0, second = 0] = [bytes[at], bytes[at + 1]]
  switch (tag & 3) {
    case 1:
      return { length: 4 + ((tag >>> 2) & 7), back: ((tag >>> 5) << 8) | first, next: at + 1 }
    case 2:
      return { length: 1 + (tag >>> 2), back: first | (second << 8), next: at + 2 }
    default:
      if (at + 4 > bytes.length) broken()
      return { length: 1 + (tag >>> 2), back: bytes.readUInt32LE(at), next: at + 4 }
  }
}

function broken(): never {
  throw new AftershockError('unavailable', 'a batch says that it is compressed with snappy, and is not')
}
