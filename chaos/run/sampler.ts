import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { within } from '../core/wait.ts'
import { systemClock } from '../system-clock.ts'

export interface SamplerOptions {
  /** The file is `samples/<name>.jsonl`. */
  readonly name: string
  readonly directory: string
  readonly everyMs: number
  readonly clock: Clock
  /**
   * Lines for the file. What could not be asked is left out: a hole in the times is a hole in the evidence. `late`
   * aborts when the answer is not waited for any more: it must change nothing then.
   */
  readonly sample: (t: number, late: AbortSignal) => Promise<readonly object[]> | readonly object[]
  readonly onFailure: (sampler: string, error: string) => void
  /** @default SAMPLE_DEADLINE_MS */
  readonly deadlineMs?: number
}

/** Longer than every time-out of what is asked in a sample, but for a store's control interface that hangs. */
export const SAMPLE_DEADLINE_MS = 6000
/** How long a stop waits for the sample under way, and then for the file. */
const STOP_MS = 2000
const FILE_MS = 10_000

/**
 * Samples at a fixed rate until it is stopped. Every sample is a race: one that is late is a hole, and the next begins
 * without it, so that nothing that never answers holds up the others or the end of a run.
 */
export class Sampler {
  private readonly stopping = new AbortController()
  private readonly running: Promise<void>
  private readonly file: WriteStream
  private readonly options: SamplerOptions
  private failed = false
  private late = 0

  constructor(options: SamplerOptions) {
    this.options = options
    this.file = createWriteStream(join(options.directory, `${options.name}.jsonl`), { flags: 'wx' })
    this.file.on('error', error => this.fail(`cannot write: ${messageOf(error)}`))
    this.running = this.loop()
  }

  /** Never rejects, and resolves in bounded time whatever is asked: the sample under way has two more seconds. */
  async stop(): Promise<void> {
    const { name, onFailure } = this.options
    this.stopping.abort()
    await this.running
    if (this.late > 1) onFailure(name, `${this.late} samples were late, and are holes`)
    this.file.end()
    // The disk heeds no clock but the machine's.
    await within(`samples/${name}.jsonl to be written`, finished(this.file), {
      clock: systemClock,
      deadlineMs: FILE_MS,
    }).catch((error: unknown) => this.fail(messageOf(error)))
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
    const { clock, sample } = this.options
    const [late, over] = [new AbortController(), new AbortController()]
    const t = Math.round(clock.now())
    try {
      const work = Promise.resolve(sample(t, late.signal))
      // What a late one says in the end is nobody's unhandled rejection.
      work.catch(() => {})
      const lines = await Promise.race([work, this.timeUp(over.signal)])
      for (const line of lines) this.file.write(`${JSON.stringify(line)}\n`)
    } catch (error) {
      this.fail(messageOf(error))
    } finally {
      late.abort()
      over.abort()
    }
  }

  /** Rejects when a sample is late, which is sooner once the sampler is being stopped. */
  private async timeUp(over: AbortSignal): Promise<never> {
    const { clock, deadlineMs = SAMPLE_DEADLINE_MS } = this.options
    let leftMs = deadlineMs
    try {
      await clock.sleep(leftMs, AbortSignal.any([over, this.stopping.signal]))
    } catch (error) {
      if (over.aborted) throw error
      leftMs = Math.min(STOP_MS, deadlineMs)
      await clock.sleep(leftMs, over)
    }
    this.late++
    throw new AftershockError('unavailable', `a sample was late (${leftMs / 1000} s), and is a hole`)
  }

  /** Said once: the hole in the file tells the rest. */
  private fail(message: string): void {
    if (!this.failed) this.options.onFailure(this.options.name, message)
    this.failed = true
  }
}
