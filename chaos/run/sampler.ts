import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'

export interface SamplerOptions {
  /** The file is `samples/<name>.jsonl`. */
  readonly name: string
  readonly directory: string
  readonly everyMs: number
  readonly clock: Clock
  /** Lines for the file. What could not be asked is left out: a hole in the times is a hole in the evidence. */
  readonly sample: (t: number) => Promise<readonly object[]> | readonly object[]
  readonly onFailure: (sampler: string, error: string) => void
}

/** Samples at a fixed rate until it is stopped. A sample that takes too long delays the next, never overlaps it. */
export class Sampler {
  private readonly stopping = new AbortController()
  private readonly running: Promise<void>
  private readonly file: WriteStream
  private readonly options: SamplerOptions
  private failed = false

  constructor(options: SamplerOptions) {
    this.options = options
    this.file = createWriteStream(join(options.directory, `${options.name}.jsonl`), { flags: 'wx' })
    this.running = this.loop()
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await this.running
    this.file.end()
    await finished(this.file)
  }

  private async loop(): Promise<void> {
    const { clock, everyMs } = this.options
    let next = clock.now()
    while (!this.stopping.signal.aborted) {
      await this.once()
      next = Math.max(next + everyMs, clock.now())
      try {
        await clock.sleep(next - clock.now(), this.stopping.signal)
      } catch {
        return
      }
    }
  }

  private async once(): Promise<void> {
    const { clock, name, onFailure, sample } = this.options
    try {
      const lines = await sample(Math.round(clock.now()))
      for (const line of lines) this.file.write(`${JSON.stringify(line)}\n`)
    } catch (error) {
      // Said once: the hole in the file tells the rest.
      if (!this.failed) onFailure(name, messageOf(error))
      this.failed = true
    }
  }
}
