import type { Line } from './line-reader.ts'
import { AftershockError } from '../core/errors.ts'

/** Thrown, without a stack, when a line is not of the usual shape: then the slow and exact way reads it. */
export const UNUSUAL: Error = Object.freeze(new AftershockError('internal', 'not of the usual shape'))

const QUOTE = 34
const BACKSLASH = 92
/** Longer integers may not be exact. */
const MAX_DIGITS = 15

/**
 * Reads JSON from the bytes of a line, in the shapes that nearly all lines of a history have, and makes no
 * text and no object of what it passes. Ten times as fast as `JSON.parse` and a check of the result.
 */
export class ByteCursor {
  bytes: Buffer = Buffer.alloc(0)
  /** The text that was read last, without its quotes. */
  textFrom = 0
  textTo = 0
  #at = 0
  #end = 0

  start(line: Line): void {
    this.bytes = line.bytes
    this.#at = line.from
    this.#end = line.to
  }

  /** The next byte that is no white space, which stays; -1 at the end of the line. */
  peek(): number {
    while (this.#at < this.#end) {
      const byte = this.bytes[this.#at] as number
      if (byte !== 32 && byte !== 9 && byte !== 13) return byte
      this.#at++
    }
    return -1
  }

  expect(byte: number): void {
    if (this.peek() !== byte) throw UNUSUAL
    this.#at++
  }

  /** Takes the byte if it is next. */
  skip(byte: number): boolean {
    if (this.peek() !== byte) return false
    this.#at++
    return true
  }

  /** A text of plain ASCII without escapes; sets `textFrom` and `textTo`. */
  text(): void {
    this.expect(QUOTE)
    const { bytes } = this
    const end = this.#end
    let at = this.#at
    this.textFrom = at
    for (; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === QUOTE) {
        this.textTo = at
        this.#at = at + 1
        return
      }
      if (byte === BACKSLASH || byte >= 128 || byte < 32) throw UNUSUAL
    }
    throw UNUSUAL
  }

  /** A text that is one of these. */
  textAmong<T extends string>(texts: readonly T[]): T {
    this.text()
    for (const text of texts) if (this.textIs(text)) return text
    throw UNUSUAL
  }

  /** Whether the text that was read last is this one. */
  textIs(expected: string): boolean {
    if (this.textTo - this.textFrom !== expected.length) return false
    for (let i = 0; i < expected.length; i++)
      if (this.bytes[this.textFrom + i] !== expected.charCodeAt(i)) return false
    return true
  }

  /** A whole number from 0. */
  count(): number {
    let byte = this.peek()
    const from = this.#at
    let value = 0
    for (; byte >= 48 && byte <= 57; byte = this.#byte()) {
      value = value * 10 + (byte - 48)
      this.#at++
    }
    const digits = this.#at - from
    const isLeadingZero = digits > 1 && this.bytes[from] === 48
    if (digits === 0 || digits > MAX_DIGITS || isLeadingZero || byte === 46 || byte === 101 || byte === 69)
      throw UNUSUAL
    return value
  }

  /** Any number; for what is not counted with. */
  number(): number {
    this.peek()
    const from = this.#at
    while (isNumeral(this.#byte())) this.#at++
    const number = Number(this.bytes.toString('latin1', from, this.#at))
    if (this.#at === from || !Number.isFinite(number)) throw UNUSUAL
    return number
  }

  /** A whole number from 0, or null. */
  countOrNull(): number | null {
    if (this.peek() !== 110) return this.count()
    for (const byte of NULL) {
      if (this.#byte() !== byte) throw UNUSUAL
      this.#at++
    }
    return null
  }

  atEnd(): boolean {
    return this.peek() < 0
  }

  #byte(): number {
    return this.#at < this.#end ? (this.bytes[this.#at] as number) : -1
  }
}

/** Digits, signs, point and exponent. */
function isNumeral(byte: number): boolean {
  return (
    (byte >= 48 && byte <= 57) || byte === 43 || byte === 45 || byte === 46 || byte === 69 || byte === 101
  )
}

const NULL = [...Buffer.from('null')]

export const OPEN_BRACKET = 91
export const CLOSE_BRACKET = 93
export const OPEN_BRACE = 123
export const CLOSE_BRACE = 125
export const COLON = 58
export const COMMA = 44

/** Reads a line that is one object. Whether it is of the usual shape. */
export function readsObject(cursor: ByteCursor, line: Line, member: () => void): boolean {
  try {
    cursor.start(line)
    eachMember(cursor, member)
  } catch (error) {
    if (error === UNUSUAL) return false
    throw error
  }
  return cursor.atEnd()
}

/** `[a,b,…]`: calls `item` at each of them. */
export function eachItem(cursor: ByteCursor, item: () => void): void {
  cursor.expect(OPEN_BRACKET)
  if (cursor.skip(CLOSE_BRACKET)) return
  do item()
  while (cursor.skip(COMMA))
  cursor.expect(CLOSE_BRACKET)
}

/** `{"a":…}`: calls `member` when a name was read as text and its value is next. */
export function eachMember(cursor: ByteCursor, member: () => void): void {
  cursor.expect(OPEN_BRACE)
  if (cursor.skip(CLOSE_BRACE)) return
  do {
    cursor.text()
    cursor.expect(COLON)
    member()
  } while (cursor.skip(COMMA))
  cursor.expect(CLOSE_BRACE)
}
