import type { Clock } from './clock.ts'
import { AftershockError } from './errors.ts'

export interface WaitOptions {
  readonly clock: Clock
  readonly deadlineMs: number
  /** @default 100 */
  readonly everyMs?: number
  readonly signal?: AbortSignal
  /** What was seen instead, for the error message. */
  readonly lastSeen?: () => string
}

/**
 * Polls `condition` until it yields something other than `undefined` or `false`, and resolves to that.
 * @throws AftershockError `unavailable`, naming the condition, when the deadline passes first.
 */
export async function waitFor<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions,
): Promise<T> {
  const { clock, deadlineMs, everyMs = 100, signal, lastSeen } = options
  const start = clock.now()
  for (;;) {
    signal?.throwIfAborted()
    const value = await condition()
    if (value !== undefined && value !== false) return value
    if (clock.now() - start >= deadlineMs) {
      const seen = lastSeen ? ` (last seen: ${lastSeen()})` : ''
      throw new AftershockError('unavailable', `waited ${deadlineMs / 1000} s for ${what}${seen}`)
    }
    await clock.sleep(everyMs, signal)
  }
}
