import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { AftershockError } from '../core/errors.ts'
import { whyUnread } from '../record/bounded-files.ts'

/** Longer lines are refused: a history's line is one operation, and memory must stay bounded. */
const MAX_LINE_BYTES = 64 * 1024 * 1024
const CHUNK_BYTES = 1 << 20
const NEWLINE = 10
/** A byte order mark, which some editors put before a text. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** A line as its bytes, `[from, to)`. The same object is used for every line of a file. */
export interface Line {
  readonly bytes: Buffer
  readonly from: number
  readonly to: number
  /** From 1. */
  readonly number: number
  /** The file ends here, without a line break: it may have been cut. */
  readonly isOpen: boolean
}

/** The bytes of a file. */
export function chunksOf(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES })
}

export function textOf(line: Line): string {
  return line.bytes.toString('utf8', line.from, line.to)
}

/** Whole lines, `[0, to)` of `bytes`; `firstLine` is the number of the first. */
export type Skips = (bytes: Buffer, to: number, firstLine: number) => boolean

/**
 * Calls back for every line that is not blank. Works on bytes: `node:readline` alone would take longer than
 * the whole audit. What `skips` says yes to is passed over.
 * @throws AftershockError `input` when the file cannot be read, or is no UTF-8: two texts that are damaged could not
 * be told apart.
 */
export async function eachLine(
  chunks: AsyncIterable<Buffer>,
  name: string,
  onLine: (line: Line) => void,
  skips: Skips = () => false,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0)
  let number = 1
  try {
    for await (const chunk of chunks) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const to = chunk.includes(NEWLINE) ? bytes.lastIndexOf(NEWLINE) + 1 : 0
      if (!isUtf8(bytes.subarray(0, to))) refuseDamaged(bytes, to, number, name)
      number += skips(bytes, to, number) ? countLines(bytes, to) : readLines(bytes, to, number, onLine)
      rest = bytes.subarray(to)
      if (rest.length > MAX_LINE_BYTES)
        throw new AftershockError('input', `${name}:${number}: the line is longer than 64 MiB`, {
          hint: 'a history has one operation a line: docs/audit.md shows the format',
        })
    }
  } catch (error) {
    if (error instanceof AftershockError) throw error
    throw new AftershockError('input', `${name} cannot be read: ${whyUnread(error)}`, {
      hint: 'check that the file exists and that you may read it',
      cause: error,
    })
  }
  if (!isUtf8(rest)) throw damaged(name, number)
  const last = { bytes: rest, from: markIn(rest, number), to: rest.length, number, isOpen: true }
  if (!isBlank(last)) onLine(last)
}

function refuseDamaged(bytes: Buffer, to: number, firstLine: number, name: string): void {
  readLines(bytes, to, firstLine, line => {
    if (!isUtf8(line.bytes.subarray(line.from, line.to))) throw damaged(name, line.number)
  })
}

const damaged = (name: string, line: number) =>
  new AftershockError('input', `${name}:${line}: not JSON: it is not text`, {
    hint: 'A history is UTF-8 and has one JSON document on each line.',
  })

const markIn = (bytes: Buffer, line: number): number =>
  line === 1 && bytes.subarray(0, MARK.length).equals(MARK) ? MARK.length : 0

/** Returns how many there were. */
function readLines(bytes: Buffer, to: number, firstLine: number, onLine: (line: Line) => void): number {
  const line = { bytes, from: markIn(bytes, firstLine), to: 0, number: firstLine, isOpen: false }
  for (; line.from < to; line.from = line.to + 1) {
    line.to = bytes.indexOf(NEWLINE, line.from)
    if (!isBlank(line)) onLine(line)
    line.number++
  }
  return line.number - firstLine
}

export function countLines(bytes: Buffer, to: number): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0 && at < to; at = bytes.indexOf(NEWLINE, at + 1)) count++
  return count
}

/** Nothing, or spaces, tabs and carriage returns. Zeros are none: they stand where a machine lost what it had written. */
function isBlank({ bytes, from, to }: Line): boolean {
  for (let i = from; i < to; i++) {
    const byte = bytes[i]
    if (byte !== 32 && byte !== 9 && byte !== 13) return false
  }
  return true
}
