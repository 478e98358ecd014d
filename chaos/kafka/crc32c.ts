/** Castagnoli's polynomial, bits reversed: what Kafka checks its record batches with since their second format. */
const POLYNOMIAL = 0x82f63b78
const AT_ONCE = 16

/** `TABLE[k * 256 + byte]`: what a byte does to the checksum when `k` more bytes follow it. */
const TABLE = tables()

/** CRC-32C of `bytes` from `start` to before `end`, sixteen bytes at a time (Intel's slicing-by-16). */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const table = TABLE
  const b = bytes
  let crc = -1
  let at = start
  // Written out: a loop over the sixteen is half as fast.
  for (const last = end - AT_ONCE; at <= last; at += AT_ONCE) {
    const x = crc ^ (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24))
    crc =
      table[3840 + (x & 255)]! ^
      table[3584 + ((x >>> 8) & 255)]! ^
      table[3328 + ((x >>> 16) & 255)]! ^
      table[3072 + (x >>> 24)]! ^
      table[2816 + b[at + 4]!]! ^
      table[2560 + b[at + 5]!]! ^
      table[2304 + b[at + 6]!]! ^
      table[2048 + b[at + 7]!]! ^
      table[1792 + b[at + 8]!]! ^
      table[1536 + b[at + 9]!]! ^
      table[1280 + b[at + 10]!]! ^
      table[1024 + b[at + 11]!]! ^
      table[768 + b[at + 12]!]! ^
      table[512 + b[at + 13]!]! ^
      table[256 + b[at + 14]!]! ^
      table[b[at + 15]!]!
  }
  for (; at < end; at++) crc = table[(crc ^ b[at]!) & 255]! ^ (crc >>> 8)
  return ~crc >>> 0
}

function tables(): Int32Array {
  const table = new Int32Array(AT_ONCE * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    table[byte] = crc
  }
  for (let k = 1; k < AT_ONCE; k++)
    for (let byte = 0; byte < 256; byte++) {
      const before = table[(k - 1) * 256 + byte] as number
      table[k * 256 + byte] = (table[before & 255] as number) ^ (before >>> 8)
    }
  return table
}
