import { readFileSync } from 'node:fs'
import {
  type IntervalHistogram,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks'

/** What one thread did since it was last looked at. */
export interface ThreadReading {
  readonly forMs: number
  /** Part of the time in which it was not idle: it computed, or waited for a CPU. */
  readonly busy: number
  /** Part of the time for which it had a CPU; null where the system does not tell. */
  readonly cpu: number | null
  /** Part of the time in which it could have run and others did; null where the system does not tell. */
  readonly waited: number | null
  /** The worst delay of its event loop. */
  readonly delayMs: number
  readonly gcMs: number
}

const RESOLUTION_MS = 10

/** Watches the thread that makes it. What it costs is a timer of 10 ms and one small file a look. */
export class ThreadLoad {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  readonly #collections = new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) this.#gcMs += duration
  })
  #gcMs = 0
  #loop = performance.eventLoopUtilization()
  #scheduled = scheduling()
  #since = performance.now()

  constructor() {
    this.#delay.enable()
    this.#collections.observe({ entryTypes: ['gc'] })
  }

  look(): ThreadReading {
    const now = performance.now()
    const forMs = Math.max(1, now - this.#since)
    const loop = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop)
    const scheduled = scheduling()
    const share = (which: 'ranMs' | 'waitedMs') =>
      scheduled && this.#scheduled ? rounded((scheduled[which] - this.#scheduled[which]) / forMs) : null
    const reading = {
      forMs: Math.round(forMs),
      busy: rounded(utilization),
      cpu: share('ranMs'),
      waited: share('waitedMs'),
      delayMs: Math.max(0, Math.round(this.#delay.max / 1e6 - RESOLUTION_MS)),
      gcMs: Math.round(this.#gcMs),
    }
    this.#delay.reset()
    this.#gcMs = 0
    this.#loop = loop
    this.#scheduled = scheduled
    this.#since = now
    return reading
  }

  [Symbol.dispose](): void {
    this.#delay.disable()
    this.#collections.disconnect()
  }
}

const rounded = (share: number): number => Math.max(0, Number(share.toFixed(3)))

/** Of this thread since it began, by Linux's scheduler; null elsewhere. */
function scheduling(): { readonly ranMs: number; readonly waitedMs: number } | null {
  try {
    const [ran, waited] = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ').map(Number)
    if (ran === undefined || waited === undefined || !Number.isFinite(ran + waited)) return null
    return { ranMs: ran / 1e6, waitedMs: waited / 1e6 }
  } catch {
    return null
  }
}
