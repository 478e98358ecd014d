import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { AftershockError } from '../chaos/core/errors.ts'
import { resourceUse } from '../chaos/machine/process-table.ts'

/** What programs other than the benchmark took of the machine's CPU, from its making to `share`. */
export class OtherWork {
  readonly #pids: readonly number[]
  readonly #busyAtStart = busySeconds()
  readonly #ownAtStart: number
  readonly #since = performance.now()
  #children = 0

  /** @param pids processes that belong to it, besides this one: brokers, for example */
  constructor(pids: readonly number[]) {
    this.#pids = [process.pid, ...pids]
    this.#ownAtStart = this.#own()
  }

  /** CPU seconds of a process that belongs to it and has ended meanwhile. */
  child(cpuSeconds: number): void {
    this.#children += cpuSeconds
  }

  /** Of all CPUs, 0 to 1. */
  share(): number {
    const seconds = ((performance.now() - this.#since) / 1000) * cpus().length
    const own = this.#own() - this.#ownAtStart + this.#children
    return Math.max(0, (busySeconds() - this.#busyAtStart - own) / seconds)
  }

  #own(): number {
    return this.#pids.reduce((sum, pid) => sum + (resourceUse(pid)?.cpuSeconds ?? 0), 0)
  }
}

/** Of all CPUs together, since the machine started. */
function busySeconds(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user, nice, system, , , irq, softirq, steal] = line.trim().split(/\s+/).slice(1).map(Number)
  const ticks = [user, nice, system, irq, softirq, steal].reduce<number>((sum, part) => sum + (part ?? 0), 0)
  return ticks / 100
}

export function fails(what: string): never {
  throw new AftershockError('unavailable', what)
}
