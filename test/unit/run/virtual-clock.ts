import type { Clock } from '../../../chaos/core/clock.ts'

/** A clock that jumps to the next sleeper as soon as nobody has anything else to do. */
export class VirtualClock implements Clock {
  private at = 0
  private readonly sleepers: { readonly until: number; readonly wake: () => void }[] = []

  now(): number {
    return this.at
  }

  wallMs(): number {
    return this.at
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const wake = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      const sleeper = { until: this.at + ms, wake }
      this.sleepers.push(sleeper)
      const onAbort = () => {
        this.sleepers.splice(this.sleepers.indexOf(sleeper), 1)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Lets time pass until `work` is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    const settled = new Set<true>()
    const ended = work.finally(() => settled.add(true))
    // Whoever awaits the result hears of it.
    ended.catch(() => {})
    while (settled.size === 0) {
      await new Promise(resolve => setImmediate(resolve))
      // What is being written takes real time: none of ours passes meanwhile.
      if (settled.size > 0 || this.sleepers.length === 0 || isWriting()) continue
      const next = Math.min(...this.sleepers.map(({ until }) => until))
      this.at = Math.max(this.at, next)
      const due = this.sleepers.filter(({ until }) => until <= next)
      for (const sleeper of due) this.sleepers.splice(this.sleepers.indexOf(sleeper), 1)
      for (const sleeper of due) sleeper.wake()
    }
    return ended
  }
}

const isWriting = (): boolean => process.getActiveResourcesInfo().some(name => name.startsWith('FSReq'))
