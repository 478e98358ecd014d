import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import type { MachineSample } from '../record/samples.ts'

/** CPU time since the machine started, over all CPUs; any unit. */
export interface CpuTime {
  readonly idle: number
  readonly total: number
}

/** Successive samples; each compares with the one before. @param files `/proc/meminfo`, or nothing where there is none */
export function machineSampler(
  read: () => CpuTime = cpuTime,
  load1 = () => loadavg()[0] ?? 0,
  files: () => string = meminfo,
) {
  let last: CpuTime | null = null
  return (t: number): MachineSample => {
    const now = read()
    const busy = last && busyShare(last, now)
    last = now
    return { t, busy, load1: load1(), ...fileMemory(files()) }
  }
}

function busyShare(before: CpuTime, now: CpuTime): number | null {
  const passed = now.total - before.total
  if (passed <= 0) return null
  return Number((1 - (now.idle - before.idle) / passed).toFixed(3))
}

/** What the kernel keeps of files, and what of it has not reached the disk. Shared memory counts as cached and is no file. */
export function fileMemory(text: string): Pick<MachineSample, 'pageCacheBytes' | 'dirtyBytes'> {
  const bytes = (name: string): number | null => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)
    return match ? Number(match[1]) * 1024 : null
  }
  const sum = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b)
  const shared = bytes('Shmem')
  return {
    pageCacheBytes: sum(sum(bytes('Cached'), bytes('Buffers')), shared === null ? null : -shared),
    dirtyBytes: sum(bytes('Dirty'), bytes('Writeback')),
  }
}

function meminfo(): string {
  try {
    return readFileSync('/proc/meminfo', 'utf8')
  } catch {
    // Other systems have none.
    return ''
  }
}

function cpuTime(): CpuTime {
  const times = cpus().map(cpu => cpu.times)
  const sum = (of: (time: (typeof times)[number]) => number) =>
    times.reduce((total, time) => total + of(time), 0)
  return { idle: sum(({ idle }) => idle), total: sum(time => Object.values(time).reduce((a, b) => a + b, 0)) }
}
