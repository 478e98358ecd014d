import type { Clock } from '../core/clock.ts'
import { untilOrAborted } from './until-or-aborted.ts'

/**
 * The time that a drill's author wrote in: `at: 50s` is 50 s of it. It stands still while a fault waits for its
 * target, so that what was written to come after the fault comes after it, and as long after it as was written.
 * A fault that is in force keeps its own length: it is not prolonged by another that waits.
 */
export class DrillTime {
  private readonly clock: Clock
  private readonly zero: number
  private stoodStillMs = 0
  private waiting = 0
  private still: { readonly sinceMs: number; readonly over: Promise<void>; readonly end: () => void } | null =
    null

  constructor(clock: Clock) {
    this.clock = clock
    this.zero = clock.now()
  }

  elapsedMs(): number {
    return (this.still?.sinceMs ?? this.clock.now()) - this.zero - this.stoodStillMs
  }

  /** Resolves at `atMs` of the drill's time, at once when that is past; rejects when the signal aborts. */
  async until(atMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      if (this.still) await untilOrAborted(this.still.over, signal)
      const left = atMs - this.elapsedMs()
      if (!this.still && left <= 0) return
      if (!this.still) await this.clock.sleep(left, signal)
    }
  }

  /** Stands still until what it returns is called, as often as one likes. Several may wait at once. */
  standStill(): () => void {
    this.still ??= { sinceMs: this.clock.now(), ...openPromise() }
    this.waiting++
    let waits = true
    return () => {
      if (!waits) return
      waits = false
      if (--this.waiting === 0) this.goOn()
    }
  }

  private goOn(): void {
    if (!this.still) return
    const { sinceMs, end } = this.still
    this.stoodStillMs += this.clock.now() - sinceMs
    this.still = null
    end()
  }
}

function openPromise(): { readonly over: Promise<void>; readonly end: () => void } {
  let end = () => {}
  const over = new Promise<void>(resolve => {
    end = resolve
  })
  return { over, end }
}
