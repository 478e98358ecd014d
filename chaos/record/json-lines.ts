import { createReadStream } from 'node:fs'
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
