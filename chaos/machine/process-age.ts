import { readFileSync } from 'node:fs'
import type { ProcessIdentity } from '../core/process-identity.ts'

/**
 * How old a process is, by the process table's own start time (the `startedAt` of process-table.ts): on Linux clock
 * ticks after boot, elsewhere the local time that `ps` prints. null when it cannot be told.
 */
export function processAgeMs(process: ProcessIdentity, wallMs: number): number | null {
  const started = /^[^:]*:(\d+)$/.exec(process.startedAt)
  if (started) return ageByTicks(Number(started[1]), uptimeSeconds())
  const at = Date.parse(process.startedAt)
  return Number.isNaN(at) ? null : Math.max(0, wallMs - at)
}

/** Ticks are USER_HZ, which is 100 on every architecture that Node runs on. */
export function ageByTicks(startTicks: number, uptime: number | null): number | null {
  return uptime === null ? null : Math.max(0, Math.round(uptime * 1000 - startTicks * 10))
}

function uptimeSeconds(): number | null {
  try {
    const seconds = Number.parseFloat(readFileSync('/proc/uptime', 'utf8'))
    return Number.isFinite(seconds) ? seconds : null
  } catch {
    return null
  }
}
