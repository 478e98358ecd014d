/** Time, passed in. `system-clock.ts` is the one place that reads the machine's. */
export interface Clock {
  /** Milliseconds on a clock that never goes back; the zero is arbitrary. */
  now(): number
  /** Milliseconds since 1970-01-01 UTC, as the machine believes it. May jump. */
  wallMs(): number
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
