import { closeSync, openSync, readSync } from 'node:fs'

const CHUNK_BYTES = 1 << 18

/** The newest generation of each consumer group that a worker's log names, read on from where the last look ended. */
export class GenerationLog {
  readonly #path: string
  #at = 0
  #rest = ''
  readonly #generations = new Map<string, number>()

  constructor(path: string) {
    this.#path = path
  }

  /** null while the log names none of the group. */
  generationOf(group: string): number | null {
    this.#readOn()
    return this.#generations.get(group) ?? null
  }

  #readOn(): void {
    let file: number
    try {
      file = openSync(this.#path, 'r')
    } catch {
      return
    }
    try {
      const chunk = Buffer.alloc(CHUNK_BYTES)
      for (;;) {
        const read = readSync(file, chunk, 0, chunk.length, this.#at)
        if (read === 0) return
        this.#at += read
        const lines = (this.#rest + chunk.toString('utf8', 0, read)).split('\n')
        this.#rest = lines.pop() ?? ''
        for (const line of lines) this.#take(line)
      }
    } finally {
      closeSync(file)
    }
  }

  #take(line: string): void {
    const found =
      /groupId=([^\],]+)\] Successfully joined group with generation Generation\{generationId=(\d+)/.exec(
        line,
      )
    if (!found) return
    const [, group = '', generation] = found
    this.#generations.set(group, Math.max(this.#generations.get(group) ?? 0, Number(generation)))
  }
}
