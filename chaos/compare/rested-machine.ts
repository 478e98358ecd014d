import type { Clock } from '../core/clock.ts'
import { formatDuration } from '../core/units.ts'

export interface Machine {
  readonly cpus: number
  /** The load average over one minute. */
  load1(): number
}

export interface RestOptions {
  readonly machine: Machine
  readonly clock: Clock
  readonly progress: (line: string) => void
  readonly signal: AbortSignal
  readonly restAtMostMs: number
}

/** What a run found when it began. */
export interface Rest {
  readonly load1: number
  readonly waitedMs: number
}

/**
 * The average forgets two thirds of what was a minute ago, so that what a run of full load leaves is gone in two;
 * a machine that is still busy after three is busy with something else.
 */
export const REST_AT_MOST_MS = 180_000
const EVERY_MS = 5000

/**
 * Waits until the machine has CPUs to spare, so that no run begins on what the one before it left; with a bound,
 * since a shared machine may never rest. Whether it did is told with the run.
 */
export async function rest({ machine, clock, progress, signal, restAtMostMs }: RestOptions): Promise<Rest> {
  const began = clock.now()
  const waited = () => Math.round(clock.now() - began)
  const limit = machine.cpus
  let load1 = machine.load1()
  if (load1 >= limit && restAtMostMs > 0)
    progress(
      `waiting for the machine’s load to fall from ${load1.toFixed(1)} to below ${limit}, ${formatDuration(restAtMostMs)} at most`,
    )
  while (load1 >= limit && waited() < restAtMostMs) {
    await clock.sleep(EVERY_MS, signal)
    load1 = machine.load1()
  }
  if (load1 >= limit)
    progress(`the load is ${load1.toFixed(1)} after ${formatDuration(waited())}: the run begins all the same`)
  return { load1, waitedMs: waited() }
}
