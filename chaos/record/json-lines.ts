import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { refuseIrregular } from './bounded-files.ts'

/** What a file of lines turned out to hold. `torn`: its last line has no newline, so a write was cut short. */
export interface LinesRead {
  readonly lines: number
  readonly torn: boolean
}

const NEWLINE = 0x0a

/**
 * Calls `onLine` with every line of a file and its number from 1, without holding the file in memory.
 * Splits on bytes, because readline costs several times more on histories of millions of records.
 */
export async function eachLine(
  path: string,
  onLine: (text: string, line: number) => void,
): Promise<LinesRead> {
  refuseIrregular(path)
  let rest: Buffer = Buffer.alloc(0)
  let lines = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = data.lastIndexOf(NEWLINE)
    rest = end < 0 ? data : data.subarray(end + 1)
    if (end < 0) continue
    for (const text of data.toString('utf8', 0, end).split('\n')) onLine(text, ++lines)
  }
  if (rest.length > 0) onLine(rest.toString('utf8'), ++lines)
  return { lines, torn: rest.length > 0 }
}

/**
 * As `eachLine`, for who wants the first and the last line alone: what is between is counted, and no text is made of it.
 * @returns empty texts where the file is empty
 */
export async function edgeLines(
  path: string,
): Promise<LinesRead & { readonly first: string; readonly last: string }> {
  refuseIrregular(path)
  let rest: Buffer = Buffer.alloc(0)
  let lines = 0
  let first: Buffer | null = null
  let last: Buffer = rest
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = data.lastIndexOf(NEWLINE)
    rest = end < 0 ? data : data.subarray(end + 1)
    if (end < 0) continue
    first ??= data.subarray(0, data.indexOf(NEWLINE))
    last = data.subarray(end === 0 ? 0 : data.lastIndexOf(NEWLINE, end - 1) + 1, end)
    for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, at + 1)) lines++
  }
  const torn = rest.length > 0
  if (torn) {
    lines++
    last = rest
  }
  return { lines, torn, first: (first ?? last).toString('utf8'), last: last.toString('utf8') }
}

/** A line that was cut short, or is no JSON, is undefined. */
export function parseLine(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** No first line of ours is nearly as long. */
const FIRST_LINE_BYTES = 64 * 1024

/** The first line of a file, without reading the rest. @throws AftershockError `input` when it is not a regular file */
export function firstLine(path: string, shownAs = path): string {
  refuseIrregular(path, shownAs)
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(FIRST_LINE_BYTES)
    const text = bytes.toString('utf8', 0, readSync(file, bytes, 0, FIRST_LINE_BYTES, 0))
    return text.split('\n', 1)[0] ?? ''
  } finally {
    closeSync(file)
  }
}
