import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type { ProcessIdentity } from '../core/process-identity.ts'

export interface ProcessEntry extends ProcessIdentity {
  readonly state: 'running' | 'stopped' | 'zombie'
}

/**
 * The operating system's processes. A process is known by pid **and** start time, so that a pid that was used
 * again is never signalled. Linux reads /proc; elsewhere `ps` is asked (one process start, about 10 ms).
 */
export function lookUp(pid: number): ProcessEntry | undefined {
  return process.platform === 'linux' ? lookUpLinux(pid) : lookUpPs(pid)
}

/** The entry, if this very process still exists and is not a zombie. */
export function findAlive(identity: ProcessIdentity): ProcessEntry | undefined {
  const entry = lookUp(identity.pid)
  return entry && entry.startedAt === identity.startedAt && entry.state !== 'zombie' ? entry : undefined
}

export function identityOf(pid: number): ProcessIdentity | undefined {
  const entry = lookUp(pid)
  return entry && { pid: entry.pid, startedAt: entry.startedAt }
}

/** Sends the signal to this very process; false when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!findAlive(identity)) return false
  try {
    return process.kill(identity.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** The same to all of its process group, which it leads, and to those that it left there. @returns false when it is gone */
export function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!findAlive(identity)) return false
  try {
    return process.kill(-identity.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Processes that were started with this variable, or by one that was: what a program of somebody else's leaves behind. */
export function findByVariable(name: string, value: string): ProcessIdentity[] {
  const variable = `${name}=${value}`
  const pids =
    process.platform === 'linux'
      ? numericEntries('/proc').filter(pid =>
          readOrEmpty(`/proc/${pid}/environ`).split('\0').includes(Buffer.from(variable).toString('latin1')),
        )
      : psLines(['-axwwE', '-o', 'pid=,command='])
          .filter(line => line.split(' ').includes(variable))
          .map(line => Number.parseInt(line, 10))
  return pids.filter(pid => pid !== process.pid).flatMap(pid => identityOf(pid) ?? [])
}

/** Processes with exactly this argument: how a child is found that was started but not yet recorded. */
export function findByArgument(argument: string): ProcessIdentity[] {
  const pids =
    process.platform === 'linux'
      ? numericEntries('/proc').filter(pid =>
          readOrEmpty(`/proc/${pid}/cmdline`).split('\0').includes(argument),
        )
      : psLines(['-axo', 'pid=,command='])
          .filter(line => line.split(' ').includes(argument))
          .map(line => Number.parseInt(line, 10))
  return pids.filter(pid => pid !== process.pid).flatMap(pid => identityOf(pid) ?? [])
}

/** The words of its command line; empty where it is gone. `ps` parts words of its own by spaces, too. */
export function argumentsOf(pid: number): string[] {
  return process.platform === 'linux'
    ? readOrEmpty(`/proc/${pid}/cmdline`).split('\0').filter(Boolean)
    : (psLines(['-ww', '-o', 'command=', '-p', String(pid)])[0]?.split(' ') ?? [])
}

export interface ResourceUse {
  readonly cpuSeconds: number
  readonly residentBytes: number
  /** Proportional set size: three JVMs share the pages of their class-data archive. */
  readonly pssBytes: number | null
  /** What it read through system calls, and what of that the page cache did not have. */
  readonly readBytes: number | null
  readonly diskReadBytes: number | null
}

/** CPU seconds and resident bytes of a process; undefined where they cannot be read. */
export function resourceUse(pid: number): ResourceUse | undefined {
  if (process.platform !== 'linux') return undefined
  const fields = statFields(pid)
  if (!fields) return undefined
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/status`))
  const pss = /^Pss:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/smaps_rollup`))
  const io = readOrEmpty(`/proc/${pid}/io`)
  // Linux reports these times in USER_HZ, which is 100 on every architecture that Node runs on.
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    residentBytes: Number(resident?.[1] ?? 0) * 1024,
    pssBytes: pss ? Number(pss[1]) * 1024 : null,
    readBytes: numberAfter(io, 'rchar'),
    diskReadBytes: numberAfter(io, 'read_bytes'),
  }
}

/** null where the kernel does not tell, e.g. of another user's process. */
function numberAfter(text: string, name: string): number | null {
  const match = new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)
  return match ? Number(match[1]) : null
}

let bootId: string | undefined
function lookUpLinux(pid: number): ProcessEntry | undefined {
  const fields = statFields(pid)
  if (!fields) return undefined
  bootId ??= readOrEmpty('/proc/sys/kernel/random/boot_id').slice(0, 8)
  const letter = fields[0] ?? ''
  const state =
    letter === 'Z' || letter === 'X' ? 'zombie' : letter === 'T' || letter === 't' ? 'stopped' : 'running'
  return { pid, startedAt: `${bootId}:${fields[19]}`, state }
}

/** The fields of /proc/pid/stat after the command, which may hold spaces and brackets: [0] is the state. */
function statFields(pid: number): string[] | undefined {
  const text = readOrEmpty(`/proc/${pid}/stat`)
  const end = text.lastIndexOf(')')
  return end < 0 ? undefined : text.slice(end + 2).split(' ')
}

function lookUpPs(pid: number): ProcessEntry | undefined {
  const line = psLines(['-o', 'state=,lstart=', '-p', String(pid)])[0]
  const match = line && /^(\S+)\s+(.+)$/.exec(line.trim())
  if (!match) return undefined
  const letter = match[1]?.[0]
  const state = letter === 'Z' ? 'zombie' : letter === 'T' ? 'stopped' : 'running'
  return { pid, startedAt: match[2] as string, state }
}

function psLines(args: readonly string[]): string[] {
  try {
    return execFileSync('ps', args, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .split('\n')
      .filter(line => line.trim() !== '')
  } catch {
    return []
  }
}

function numericEntries(directory: string): number[] {
  return readdirSync(directory).flatMap(name => (/^\d+$/.test(name) ? [Number(name)] : []))
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
