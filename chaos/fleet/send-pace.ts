import type { ToolSample } from '../record/tool-samples.ts'

/** How many bytes a second a fleet sends at most, over all its gateways: of what it does not use, a second is kept. */
export class SendPace {
  readonly #perSecond: number
  #left: number
  #at: number
  #heldSince: number | null = null
  #heldMs = 0

  constructor(bytesPerSecond: number, now: number) {
    this.#perSecond = bytesPerSecond
    this.#left = bytesPerSecond
    this.#at = now
  }

  /** Whether a request may go now; asked by whoever has one. */
  isOpen(now: number): boolean {
    this.#left = Math.min(this.#perSecond, this.#left + (this.#perSecond * (now - this.#at)) / 1000)
    this.#at = now
    const isOpen = this.#left > 0
    if (isOpen) this.#release(now)
    else this.#heldSince ??= now
    return isOpen
  }

  /** What was sent may be more than what was left: whoever comes next waits for it. */
  spend(bytes: number): void {
    this.#left -= bytes
  }

  /** Milliseconds since it was last asked in which there was something to send and no leave. */
  takeHeldMs(now: number): number {
    if (this.#heldSince !== null && !this.isOpen(now)) {
      this.#heldMs += now - this.#heldSince
      this.#heldSince = now
    }
    const held = this.#heldMs
    this.#heldMs = 0
    return Math.round(held)
  }

  #release(now: number): void {
    if (this.#heldSince !== null) this.#heldMs += now - this.#heldSince
    this.#heldSince = null
  }
}

/** What holds devices back though they have something to send, and is not the platform's slowness. */
export class HeldBack {
  readonly pace: SendPace | undefined
  /** The longest that a broker held one connection back since somebody asked. */
  #quotaMs = 0

  /** @param bytesPerSecond undefined: brokers alone may hold them back */
  constructor(bytesPerSecond: number | undefined, now: number) {
    this.pace = bytesPerSecond === undefined ? undefined : new SendPace(bytesPerSecond, now)
  }

  readonly throttled = (ms: number): void => {
    this.#quotaMs = Math.max(this.#quotaMs, ms)
  }

  /** Milliseconds since the last call; what was none is left out. */
  take(now: number): Pick<ToolSample, 'pacedMs' | 'quotaMs'> {
    const pacedMs = this.pace?.takeHeldMs(now) ?? 0
    const quotaMs = this.#quotaMs
    this.#quotaMs = 0
    return { ...(pacedMs > 0 && { pacedMs }), ...(quotaMs > 0 && { quotaMs }) }
  }
}
