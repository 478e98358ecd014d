import { createReadStream } from 'node:fs'
import { AftershockError, messageOf } from '../core/errors.ts'

/** Longer lines are refused: a history's line is one operation, and its memory must stay bounded. */
const MAX_LINE_CHARS = 64 * 1024 * 1024
const CHUNK_BYTES = 1 << 20

export interface Line {
  readonly text: string
  /** From 1. */
  readonly number: number
  /** The file ends here, without a line break: it may have been cut. */
  readonly isOpen: boolean
}

/**
 * Calls back for every line of the file, empty ones left out. Splits large chunks itself: `node:readline`
 * takes several times as long.
 * @throws AftershockError `input` when the file cannot be read.
 */
export async function eachLine(path: string, name: string, onLine: (line: Line) => void): Promise<void> {
  let rest = ''
  let number = 0
  try {
    const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: CHUNK_BYTES })
    for await (const chunk of stream as AsyncIterable<string>) {
      let from = 0
      for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
        const text = from === 0 ? rest + chunk.slice(0, end) : chunk.slice(from, end)
        from = end + 1
        number++
        rest = ''
        if (text !== '' && text !== '\r') onLine({ text, number, isOpen: false })
      }
      rest += chunk.slice(from)
      if (rest.length > MAX_LINE_CHARS)
        throw new AftershockError('input', `${name}:${number + 1}: the line is longer than 64 MiB`)
    }
  } catch (error) {
    if (error instanceof AftershockError) throw error
    throw new AftershockError('input', `${name} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  if (rest.trim() !== '') onLine({ text: rest, number: number + 1, isOpen: true })
}
