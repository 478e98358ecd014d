import { spawn } from 'node:child_process'
import type { Clock } from '../core/clock.ts'
import type { CommandEnd, Limits } from '../core/command.ts'
import { messageOf } from '../core/errors.ts'
import { formatDuration } from '../core/units.ts'

const TAIL_BYTES = 4000
/** Between asking a program to end and ending it. */
const GRACE_MS = 3000

/** A group of its own, so that what the program starts ends with it. */
export async function runCommand(
  [program = '', ...args]: readonly string[],
  { withinMs, signal }: Limits,
  clock: Clock,
): Promise<CommandEnd> {
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = Buffer.alloc(0)
  const keep = (chunk: Buffer) => {
    output = Buffer.concat([output, chunk]).subarray(-TAIL_BYTES)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const settled = new AbortController()
  const ended = new Promise<Pick<CommandEnd, 'exitCode' | 'why'>>(resolve => {
    child.once('error', error => resolve({ exitCode: null, why: messageOf(error) }))
    child.once('exit', (exitCode, killedBy) =>
      resolve({ exitCode, why: killedBy === null ? null : `ended by ${killedBy}` }),
    )
  })
  const endedBy = endWhenDue(child.pid, { withinMs, signal }, settled.signal, clock)
  const { exitCode, why } = await ended
  settled.abort()
  // Whatever the program left running was started by this run.
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
  return { exitCode, why: (await endedBy) ?? why, outputTail: output.toString('utf8') }
}

/** Ends the group when its time has passed or the run ends. @returns why; null when it ended by itself before. */
async function endWhenDue(
  pid: number | undefined,
  { withinMs, signal }: Limits,
  settled: AbortSignal,
  clock: Clock,
): Promise<string | null> {
  let why = `it was ended after ${formatDuration(withinMs)}`
  try {
    await clock.sleep(withinMs, AbortSignal.any([signal, settled]))
  } catch {
    if (settled.aborted) return null
    why = 'the timeline ended before it'
  }
  if (pid === undefined) return null
  signalGroup(pid, 'SIGTERM')
  await clock.sleep(GRACE_MS, settled).catch(() => {})
  signalGroup(pid, 'SIGKILL')
  return why
}

/** False when nobody of the group is left. */
function signalGroup(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, name)
    return true
  } catch {
    return false
  }
}
