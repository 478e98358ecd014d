import { createReadStream } from 'node:fs'
import { AftershockError, messageOf } from '../core/errors.ts'

/** Longer lines are refused: a history's line is one operation, and memory must stay bounded. */
const MAX_LINE_BYTES = 64 * 1024 * 1024
const CHUNK_BYTES = 1 << 20
const NEWLINE = 10

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
 * @throws AftershockError `input` when the file cannot be read.
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
      number += skips(bytes, to, number) ? countLines(bytes, to) : readLines(bytes, to, number, onLine)
      rest = bytes.subarray(to)
      if (rest.length > MAX_LINE_BYTES)
        throw new AftershockError('input', `${name}:${number}: the line is longer than 64 MiB`, {
          hint: 'a history has one operation a line: docs/audit.md shows the format',
        })
    }
  } catch (error) {
    if (error instanceof AftershockError) throw error
    throw new AftershockError('input', `${name} cannot be read: ${messageOf(error)}`, {
      hint: 'check that the file exists and that you may read it',
      cause: error,
    })
  }
  const last = { bytes: rest, from: 0, to: rest.length, number, isOpen: true }
  if (!isBlank(last)) onLine(last)
}

/** Returns how many there were. */
function readLines(bytes: Buffer, to: number, firstLine: number, onLine: (line: Line) => void): number {
  const line = { bytes, from: 0, to: 0, number: firstLine, isOpen: false }
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

function isBlank({ bytes, from, to }: Line): boolean {
  for (let i = from; i < to; i++) if ((bytes[i] as number) > 32) return false
  return true
}
