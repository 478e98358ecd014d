import { AftershockError } from '../core/errors.ts'
import type { BatchHead } from './record-batch.ts'

/** A key or a value that is null, in the place of its length. */
export const NONE = -1

/**
 * Goes through the records of one batch, and makes no object of any: what is known of the present one stands in its
 * fields, which `next` overwrites. Layout of a record: length, attributes, time, offset, key, value, headers, with lengths
 * and differences as zigzag varints.
 */
export class RecordCursor {
  bytes: Buffer = Buffer.alloc(0)
  offset = 0
  timestamp = 0
  keyAt = 0
  /** NONE where there is no key. */
  keyLength = NONE
  valueAt = 0
  /** NONE where there is no value. */
  valueLength = NONE
  headers = 0
  #headersAt = 0
  #at = 0
  #end = 0
  #left = 0
  #baseOffset = 0
  #baseTimestamp = 0
  #appendedAt: number | null = null

  /** @param bytes the records, not compressed, from `at` to before `end` */
  begin(head: BatchHead, bytes: Buffer, at: number, end: number): void {
    this.bytes = bytes
    this.#at = at
    this.#end = end
    this.#left = head.count
    this.#baseOffset = head.baseOffset
    this.#baseTimestamp = head.baseTimestamp
    this.#appendedAt = head.appendedAt
  }

  /** False when there is none left. @throws AftershockError where a record ends outside of its batch */
  next(): boolean {
    if (this.#left === 0) return false
    this.#left -= 1
    const length = this.#varint()
    const end = this.#at + length
    if (length < 0 || end > this.#end) torn()
    this.#at += 1 // attributes: none are in use
    const timeDelta = this.#varlong()
    this.timestamp = this.#appendedAt ?? this.#baseTimestamp + timeDelta
    this.offset = this.#baseOffset + this.#varint()
    this.keyLength = this.#varint()
    this.keyAt = this.#at
    if (this.keyLength > 0) this.#at += this.keyLength
    this.valueLength = this.#varint()
    this.valueAt = this.#at
    if (this.valueLength > 0) this.#at += this.valueLength
    this.headers = this.#varint()
    this.#headersAt = this.#at
    if (this.#at > end) torn()
    this.#at = end
    return true
  }

  /** The value of the record's last header of that name, in ASCII; null where it has none. */
  header(name: Buffer): string | null {
    if (this.headers <= 0) return null
    const after = this.#at
    let found: string | null = null
    this.#at = this.#headersAt
    for (let left = this.headers; left > 0; left--) {
      const nameLength = this.#varint()
      const nameAt = this.#at
      this.#at += nameLength
      const valueLength = this.#varint()
      const valueAt = this.#at
      if (valueLength > 0) this.#at += valueLength
      if (this.#at > after) torn()
      if (nameLength !== name.length || valueLength < 0) continue
      if (this.bytes.compare(name, 0, nameLength, nameAt, nameAt + nameLength) === 0)
        found = this.bytes.toString('latin1', valueAt, valueAt + valueLength)
    }
    this.#at = after
    return found
  }

  #varint(): number {
    const { bytes } = this
    let byte = bytes[this.#at++] as number
    let value = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 28 || this.#at >= this.#end) torn()
      byte = bytes[this.#at++] as number
      value |= (byte & 0x7f) << shift
    }
    return (value >>> 1) ^ -(value & 1)
  }

  /** Differences of times: hardly ever more than four bytes, and then beyond what shifts of a number can hold. */
  #varlong(): number {
    const { bytes } = this
    let byte = bytes[this.#at++] as number
    let value = byte & 0x7f
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      if (scale > 2 ** 63 || this.#at >= this.#end) torn()
      byte = bytes[this.#at++] as number
      value += (byte & 0x7f) * scale
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}

function torn(): never {
  throw new AftershockError('unavailable', 'a record does not end where its batch says')
}
