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
    const leftMs = start + deadlineMs - clock.now()
    if (leftMs <= 0) {
      const seen = lastSeen ? ` (last seen: ${lastSeen()})` : ''
      throw new AftershockError('unavailable', `waited ${deadlineMs / 1000} s for ${what}${seen}`)
    }
    await clock.sleep(Math.min(everyMs, leftMs), signal)
  }
}

/**
 * Resolves or rejects as `work` does, unless the deadline passes or the signal aborts first. The work itself goes on
 * then, and nobody hears of it: what it started has to have another end.
 * @throws AftershockError `unavailable`, naming the work, when the deadline passes first.
 */
export async function within<T>(
  what: string,
  work: Promise<T>,
  { clock, deadlineMs, signal }: Pick<WaitOptions, 'clock' | 'deadlineMs' | 'signal'>,
): Promise<T> {
  const settled = new AbortController()
  const either = signal ? AbortSignal.any([signal, settled.signal]) : settled.signal
  const late = clock.sleep(deadlineMs, either).then(() => {
    throw new AftershockError('unavailable', `waited ${deadlineMs / 1000} s for ${what}`)
  })
  // Whichever of the two loses the race is nobody's unhandled rejection.
  late.catch(() => {})
  work.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    // Without a reason an exception would be made, with its stack, for nobody: this is asked thousands of times.
    settled.abort('settled')
  }
}
