import { cpus, loadavg } from 'node:os'
import type { MachineSample } from '../record/samples.ts'

/** CPU time since the machine started, over all CPUs; any unit. */
export interface CpuTime {
  readonly idle: number
  readonly total: number
}

/** Successive samples; each compares with the one before. */
export function machineSampler(read: () => CpuTime = cpuTime, load1 = () => loadavg()[0] ?? 0) {
  let last: CpuTime | null = null
  return (t: number): MachineSample => {
    const now = read()
    const busy = last && busyShare(last, now)
    last = now
    return { t, busy, load1: load1() }
  }
}

function busyShare(before: CpuTime, now: CpuTime): number | null {
  const passed = now.total - before.total
  if (passed <= 0) return null
  return Number((1 - (now.idle - before.idle) / passed).toFixed(3))
}

function cpuTime(): CpuTime {
  const times = cpus().map(cpu => cpu.times)
  const sum = (of: (time: (typeof times)[number]) => number) =>
    times.reduce((total, time) => total + of(time), 0)
  return { idle: sum(({ idle }) => idle), total: sum(time => Object.values(time).reduce((a, b) => a + b, 0)) }
}
