import type { Clock } from '../core/clock.ts'

export interface ProgressTerms {
  /** How long nothing may come. @default 600000 */
  readonly deadlineMs?: number
  /** How long it may take in all. @default 3600000 */
  readonly longestMs?: number
}

const NOTHING_MS = 600_000
const LONGEST_MS = 3_600_000

/** When a reader that nobody replaces any more is given up: not for being slow, only when nothing comes at all. */
export class ProgressDeadline {
  readonly #clock: Clock
  readonly #nothingMs: number
  readonly #longestMs: number
  readonly #startedAt: number
  #bytes = 0
  #movedAt: number

  constructor(clock: Clock, { deadlineMs = NOTHING_MS, longestMs = LONGEST_MS }: ProgressTerms) {
    this.#clock = clock
    this.#nothingMs = deadlineMs
    this.#longestMs = longestMs
    this.#startedAt = clock.now()
    this.#movedAt = clock.now()
  }

  /** @param bytes that have come so far. Returns why it is too late; null: it is not. */
  look(bytes: number): string | null {
    const now = this.#clock.now()
    if (bytes !== this.#bytes) this.#movedAt = now
    this.#bytes = bytes
    if (now - this.#movedAt >= this.#nothingMs) return `nothing came for ${this.#nothingMs / 1000} s`
    return now - this.#startedAt >= this.#longestMs ? `not finished in ${this.#longestMs / 1000} s` : null
  }
}
