import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError } from '../../../core/errors.ts'
import type { ProcessIdentity } from '../../../core/process-identity.ts'
import { waitFor } from '../../../core/wait.ts'
import { type LabProcess, type LabState, readLabState, writeLabState } from './lab-state.ts'
import {
  findAlive,
  findByArgument,
  findByVariable,
  identityOf,
  signalGroup,
  signalProcess,
} from '../../../machine/process-table.ts'

export interface Command {
  readonly role: string
  readonly node: number | null
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly logFile: string
  /** Beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
  /** A program of somebody else's, known by `LAB_VARIABLE`: signals go to all that it started, too. */
  readonly wholeGroup?: true
  /** Whom it runs as, where that is not us. */
  readonly uid?: number
  readonly gid?: number
}

/** `SIGINT` is PostgreSQL's way to end at once and in order. */
export type EndSignal = 'SIGTERM' | 'SIGINT' | 'SIGKILL'

export type ProcessListener = (change: 'started' | 'ended', entry: LabProcess) => void

/** Where the object store of a lab keeps its buckets: the one argument of its program that names the lab. */
export const storeDir = (dir: string) => join(dir, 'store')

/** A setting of no meaning to PostgreSQL, by which the database of a lab is known. */
export const databaseMark = (dir: string) => `aftershock.lab=${dir}`

/** The arguments by which a process of the lab in `dir` is known; each command line holds one of them. */
export const labMarks = (dir: string) =>
  [`-Daftershock.lab=${dir}`, `-config=${dir}/toxiproxy.json`, storeDir(dir), databaseMark(dir)] as const

/** By whose value what a drill's own program starts is known, since its command line is not ours. */
export const LAB_VARIABLE = 'PROCESSOR_LAB'

/**
 * Owns every process of a lab. A process is recorded in `lab.json` as soon as it exists; each carries the lab's
 * mark in its command line, so that even one that was started a moment before a `kill -9` is found again.
 * Children lead sessions of their own: Ctrl-C reaches us alone, and we end them in order.
 */
export class Supervisor {
  private readonly dir: string
  private readonly clock: Clock
  private readonly listener: ProcessListener
  state: LabState

  constructor(dir: string, state: LabState, clock: Clock, listener: ProcessListener = () => {}) {
    this.dir = dir
    this.state = state
    this.clock = clock
    this.listener = listener
  }

  update(change: Partial<LabState>): void {
    this.state = { ...this.state, ...change }
    writeLabState(this.dir, this.state)
  }

  find(role: string, node: number | null): LabProcess | undefined {
    return this.state.processes.find(entry => entry.role === role && entry.node === node)
  }

  alive(role: string, node: number | null): ReturnType<typeof findAlive> {
    const entry = this.find(role, node)
    return entry && findAlive(entry.process)
  }

  /** Starts the command unless its process lives already. Its output goes to the log file, never through us. */
  start(command: Command): ProcessIdentity {
    const existing = this.find(command.role, command.node)
    if (existing && findAlive(existing.process)) return existing.process
    // A start script hands what its environment says on to the JVM that takes its place.
    const said = [...command.args, ...Object.values(command.env ?? {}).flatMap(value => value.split(' '))]
    const isMarked = command.env?.[LAB_VARIABLE] === this.dir
    if (!isMarked && !labMarks(this.dir).some(mark => said.includes(mark))) {
      throw new AftershockError(
        'internal',
        `the command line of ${command.role} does not carry the lab's mark`,
      )
    }
    const log = openSync(command.logFile, 'a')
    const child = spawn(command.program, command.args, {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: command.cwd,
      ...(command.uid !== undefined && { uid: command.uid }),
      ...(command.gid !== undefined && { gid: command.gid }),
      ...(command.env && { env: { ...process.env, ...command.env } }),
    })
    closeSync(log)
    child.on('error', () => {})
    child.unref()
    const identity = child.pid === undefined ? undefined : identityOf(child.pid)
    if (!identity) {
      throw new AftershockError('unavailable', `${command.role} did not start: ${command.program}`, {
        hint: `see ${command.logFile}`,
      })
    }
    const entry: LabProcess = {
      role: command.role,
      node: command.node,
      process: identity,
      ...(command.wholeGroup && { wholeGroup: true }),
    }
    this.update({ processes: [...this.state.processes.filter(other => other !== existing), entry] })
    this.listener('started', entry)
    return identity
  }

  /** Sends `signal`, and SIGKILL when the deadline passes; resolves when the process is gone. */
  async end(
    role: string,
    node: number | null,
    signal: EndSignal,
    deadlineMs: number,
  ): Promise<'ended' | 'killed'> {
    const entry = this.find(role, node)
    if (!entry) return 'ended'
    const how = await endProcess(entry.process, signal, deadlineMs, this.clock, entry.wholeGroup)
    this.update({ processes: this.state.processes.filter(other => other !== entry) })
    this.listener('ended', entry)
    return how
  }
}

/** Ends one process for certain: a stopped one is continued first, since it cannot act on SIGTERM. */
export async function endProcess(
  target: ProcessIdentity,
  signal: EndSignal,
  deadlineMs: number,
  clock: Clock,
  wholeGroup = false,
): Promise<'ended' | 'killed'> {
  const tell = wholeGroup ? signalGroup : signalProcess
  const gone = (ms: number) =>
    waitFor(`process ${target.pid} to end`, () => findAlive(target) === undefined, {
      clock,
      deadlineMs: ms,
      everyMs: 20,
    })
  if (findAlive(target)?.state === 'stopped' && signal !== 'SIGKILL') tell(target, 'SIGCONT')
  if (!tell(target, signal)) return 'ended'
  if (signal !== 'SIGKILL') {
    try {
      await gone(deadlineMs)
      return 'ended'
    } catch {
      tell(target, 'SIGKILL')
    }
  }
  await gone(10_000)
  return 'killed'
}

/** Kills all that belongs to the lab in `dir`, recorded or not; resolves to how many there were. */
export async function endEverythingOf(dir: string, clock: Clock): Promise<number> {
  const recorded = (readLabState(dir)?.processes ?? [])
    .map(entry => entry.process)
    .filter(process => findAlive(process))
  const marked = [...labMarks(dir).flatMap(findByArgument), ...findByVariable(LAB_VARIABLE, dir)]
  const all = new Map([...recorded, ...marked].map(identity => [identity.pid, identity]))
  await Promise.all([...all.values()].map(identity => endProcess(identity, 'SIGKILL', 0, clock)))
  return all.size
}
