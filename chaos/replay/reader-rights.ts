import type { Clock } from '../core/clock.ts'
import { refusedRight } from '../kafka/refused-rights.ts'
import type { ReaderEvent } from '../record/journal-events.ts'

export interface ReaderRightsOptions {
  readonly process: string
  readonly clock: Clock
  /** Wall ms. @default for ever */
  readonly mayReadUntil?: number
  readonly onEvent?: ((event: ReaderEvent) => void) | undefined
}

/** Whether a reader may read: a right that is missing, expires or vanishes meanwhile is never mere silence. */
export class ReaderRights {
  readonly #options: ReaderRightsOptions
  #refusal: string | null = null

  constructor(options: ReaderRightsOptions) {
    this.#options = options
  }

  /** What refused it first: a broker in its own words, or the end of its time; null: nothing did. */
  get refusal(): string | null {
    return this.#refusal
  }

  /** Asked before each batch. */
  mayRead(): boolean {
    const { clock, mayReadUntil = Number.POSITIVE_INFINITY } = this.#options
    if (clock.wallMs() < mayReadUntil) return true
    this.#refuse(`its approval expired at ${new Date(mayReadUntil).toISOString()}`)
    return false
  }

  /** What ended its client, or what a broker said on the way. */
  ended(error: unknown): void {
    const why = typeof error === 'string' ? error : refusedRight(error)
    if (why !== null) this.#refuse(why)
  }

  #refuse(why: string): void {
    if (this.#refusal !== null) return
    this.#refusal = why
    const { onEvent, process } = this.#options
    onEvent?.({ kind: 'reader.unauthorised', reader: process, why })
  }
}
