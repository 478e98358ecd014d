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

/**
 * Calls back for every line that is not blank. Works on bytes: `node:readline` alone would take longer than
 * the whole audit.
 * @throws AftershockError `input` when the file cannot be read.
 */
export async function eachLine(
  chunks: AsyncIterable<Buffer>,
  name: string,
  onLine: (line: Line) => void,
): Promise<void> {
  const line: { -readonly [K in keyof Line]: Line[K] } = {
    bytes: Buffer.alloc(0),
    from: 0,
    to: 0,
    number: 0,
    isOpen: false,
  }
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of chunks) {
      line.bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      line.from = 0
      // What was left of the chunk before has none.
      let end = line.bytes.indexOf(NEWLINE, rest.length)
      for (; end >= 0; end = line.bytes.indexOf(NEWLINE, end + 1)) {
        line.to = end
        line.number++
        if (!isBlank(line)) onLine(line)
        line.from = end + 1
      }
      rest = line.bytes.subarray(line.from)
      if (rest.length > MAX_LINE_BYTES)
        throw new AftershockError('input', `${name}:${line.number + 1}: the line is longer than 64 MiB`)
    }
  } catch (error) {
    if (error instanceof AftershockError) throw error
    throw new AftershockError('input', `${name} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  const last = { bytes: rest, from: 0, to: rest.length, number: line.number + 1, isOpen: true }
  if (!isBlank(last)) onLine(last)
}

function isBlank({ bytes, from, to }: Line): boolean {
  for (let i = from; i < to; i++) if ((bytes[i] as number) > 32) return false
  return true
}
