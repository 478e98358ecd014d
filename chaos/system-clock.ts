import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from './core/clock.ts'

/** Node's timers take at most 2^31 - 1 ms (24.8 days), and fire at once beyond. */
const PIECE_MS = 86_400_000

type Delay = (ms: number, signal?: AbortSignal) => Promise<unknown>

const nodeDelay: Delay = (ms, signal) => delay(ms, undefined, signal ? { signal } : {})

/** Sleeps in pieces that a timer can take, until the clock says that all of it has passed. */
export async function sleepInPieces(
  now: () => number,
  wait: Delay,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  const until = now() + ms
  let left = ms
  do {
    signal?.throwIfAborted()
    try {
      await wait(Math.min(Math.max(0, left), PIECE_MS), signal)
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
    left = until - now()
    // A timer may fire a fraction of a millisecond early: that is the sleep that was asked for.
  } while (left >= 1)
}

const now = () => performance.now()

/** The machine's clock: the only code that asks for the time. */
export const systemClock: Clock = {
  now,
  wallMs: () => Date.now(),
  sleep: (ms, signal) => sleepInPieces(now, nodeDelay, ms, signal),
}
