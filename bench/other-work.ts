import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { AftershockError } from '../chaos/core/errors.ts'
import { resourceUse } from '../chaos/machine/process-table.ts'

/** With more of the machine's CPU than this in other hands, a ratio is that of the neighbours too. */
export const MOST_BY_OTHERS = 0.1

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

/** The middle one of the ratios of pairs during which the machine had nothing else to do. */
export function ratioOf(pairs: readonly { readonly ratio: number; readonly byOthers: number }[]): string {
  const quiet = pairs.filter(({ byOthers }) => byOthers <= MOST_BY_OTHERS)
  if (quiet.length === 0) {
    const least = Math.min(...pairs.map(({ byOthers }) => byOthers))
    return `no ratio: the machine was busy with something else (${Math.round(least * 100)}% of its CPU at least)`
  }
  const sorted = quiet.map(({ ratio }) => ratio).toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)] as number
  const range = `${(sorted[0] as number).toFixed(2)} to ${(sorted.at(-1) as number).toFixed(2)}`
  return `${middle.toFixed(2)} (${range} in ${quiet.length} of ${pairs.length} pairs; the others met other work)`
}

export function fails(what: string): never {
  throw new AftershockError('unavailable', what)
}
