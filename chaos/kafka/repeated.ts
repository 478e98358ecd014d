import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'

export interface RepeatedOptions {
  readonly clock: Clock
  readonly everyMs: number
  /** Once nothing more is done, whatever ended it. @default nothing is left to end */
  readonly end?: () => Promise<void>
}

/**
 * Does something again and again until it is disposed of. What fails is tried again after the same pause, and its
 * reason is kept until the next success, with when that was.
 */
export class Repeated implements AsyncDisposable {
  readonly #stop = new AbortController()
  readonly #clock: Clock
  readonly #loop: Promise<void>
  #succeededAt: number
  #why: string | null = null

  constructor(act: (signal: AbortSignal) => Promise<void>, options: RepeatedOptions) {
    this.#clock = options.clock
    this.#succeededAt = options.clock.now()
    this.#loop = this.#run(act, options)
  }

  /** Since the last success, or since it began. */
  get quietMs(): number {
    return this.#clock.now() - this.#succeededAt
  }

  /** Why it failed the last time; null: it did not. */
  get why(): string | null {
    return this.#why
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #run(
    act: (signal: AbortSignal) => Promise<void>,
    { clock, everyMs, end }: RepeatedOptions,
  ): Promise<void> {
    const { signal } = this.#stop
    try {
      while (!signal.aborted) {
        try {
          await act(signal)
          this.#succeededAt = clock.now()
          this.#why = null
        } catch (error) {
          this.#why = messageOf(error)
        }
        await clock.sleep(everyMs, signal).catch(() => {})
      }
    } finally {
      await end?.()
    }
  }
}
