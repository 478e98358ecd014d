import type { FleetSpec } from '../core/drill.ts'

/** What a gateway keeps for accepting, however many it has to refuse: what its backlog drops costs it nothing. */
const KEPT_FOR_ACCEPTING = 0.1
/** It saves up, and falls behind by, no more than what it does in so much time. */
const WINDOW_MS = 1000

/**
 * Where devices ask a gateway for a session. Work is counted in sessions accepted: accepting one is 1, refusing one a
 * share of it, and so many a second are done. Whoever comes beyond that is refused, and that is work too: when enough
 * of them come again and again, hardly anybody is let in.
 */
export class SessionDoor {
  /** Nobody is let in, or answered, while it is closed. */
  isOpen = true
  readonly #refusalCost: number
  readonly #sharedPerMs: number
  readonly #keptPerMs: number
  #shared: number
  #kept: number
  #asOf = 0

  /** Without a limit everybody is let in. */
  constructor(sessions: FleetSpec['sessions']) {
    const perMs = (sessions?.maxAcceptPerSecond ?? Number.POSITIVE_INFINITY) / 1000
    this.#refusalCost = sessions?.refusalCost ?? 0
    this.#sharedPerMs = perMs * (1 - KEPT_FOR_ACCEPTING)
    this.#keptPerMs = perMs * KEPT_FOR_ACCEPTING
    this.#shared = this.#sharedPerMs * WINDOW_MS
    this.#kept = this.#keptPerMs * WINDOW_MS
  }

  /** Whether the device that asks at `now` is accepted. Times never go back. */
  admits(now: number): boolean {
    if (this.#sharedPerMs === Number.POSITIVE_INFINITY) return true
    this.#work(now)
    if (this.#shared >= 1) {
      this.#shared -= 1
      return true
    }
    if (this.#kept >= 1) {
      this.#kept -= 1
      return true
    }
    this.#shared = Math.max(-this.#sharedPerMs * WINDOW_MS, this.#shared - this.#refusalCost)
    return false
  }

  #work(now: number): void {
    const ms = Math.max(0, now - this.#asOf)
    this.#asOf = Math.max(now, this.#asOf)
    // Less than one a second is still one, after a longer wait.
    this.#shared = Math.min(Math.max(1, this.#sharedPerMs * WINDOW_MS), this.#shared + ms * this.#sharedPerMs)
    this.#kept = Math.min(Math.max(1, this.#keptPerMs * WINDOW_MS), this.#kept + ms * this.#keptPerMs)
  }
}
