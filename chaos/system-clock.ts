import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from './core/clock.ts'

/** The machine's clock: the only code that asks for the time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted()
    try {
      await delay(ms, undefined, signal ? { signal } : {})
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  },
}
