import type { MachinePressure } from '../record/machine-pressure.ts'
import type { Evidence } from './evidence.ts'
import type { Span } from './timeline.ts'

/** From here on nothing is left to speak of: what waits, waits for the machine. */
export const SATURATED = 0.97
/** Fewer seconds tell nothing. */
const FEWEST = 10
/** A lab keeps a small machine busy by itself; with this many in line for each CPU, most wait for other programs. */
const CROWDED = { saturatedShare: 0.5, load1PerCpu: 4 }
/** Units of what a machine without a free CPU makes worse by itself. */
const OF_TIME = new Set(['s', 'ms', 'ratio'])

/** null where it was not sampled, as in runs of version 0.1.0 before there was the file. */
export function measureMachine({ machine, header }: Evidence, span: Span | null): MachinePressure | null {
  if (span === null) return null
  const rows = machine.rows.filter(({ t, busy }) => busy !== null && t > span.fromMs && t <= span.toMs)
  if (rows.length < FEWEST) return null
  const loads = rows.map(({ load1 }) => load1 / Math.max(1, header.machine.cpus)).toSorted((a, b) => a - b)
  return {
    saturatedShare: rows.filter(({ busy }) => (busy ?? 0) >= SATURATED).length / rows.length,
    load1PerCpu: loads[Math.floor(loads.length / 2)] ?? 0,
    seconds: rows.length,
  }
}

/**
 * Why a time that is too long may be the machine's, and not the platform's; null: it is not. A time that is short enough
 * on such a machine is short enough.
 */
export function crowdedWords(machine: MachinePressure | null | undefined, unit: string): string | null {
  if (!machine || !OF_TIME.has(unit)) return null
  const { saturatedShare, load1PerCpu } = machine
  if (saturatedShare < CROWDED.saturatedShare || load1PerCpu < CROWDED.load1PerCpu) return null
  return (
    `the machine had no CPU left in ${Math.round(saturatedShare * 100)}% of the seconds, with ${load1PerCpu.toFixed(1)} ` +
    'processes in line for each CPU: times are in part its own'
  )
}
