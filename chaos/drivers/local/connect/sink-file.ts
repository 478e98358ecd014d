import { closeSync, openSync, readSync } from 'node:fs'

export interface SinkReading {
  /** Whole ones. */
  readonly lines: number
  readonly bytes: number
}

const NEWLINE = 0x0a
const CHUNK_BYTES = 1 << 16

/** A file that only grows, counted on from where the last look ended. */
export class SinkFile {
  readonly #path: string
  #seen: SinkReading = { lines: 0, bytes: 0 }

  constructor(path: string) {
    this.#path = path
  }

  /** A file that is not there yet has no lines. */
  look(): SinkReading {
    let file: number
    try {
      file = openSync(this.#path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return this.#seen
      throw error
    }
    try {
      let { lines, bytes } = this.#seen
      const chunk = Buffer.alloc(CHUNK_BYTES)
      for (;;) {
        const read = readSync(file, chunk, 0, chunk.length, bytes)
        if (read === 0) break
        for (let index = 0; index < read; index++) if (chunk[index] === NEWLINE) lines++
        bytes += read
      }
      this.#seen = { lines, bytes }
      return this.#seen
    } finally {
      closeSync(file)
    }
  }
}
