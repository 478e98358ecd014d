import { spawn } from 'node:child_process'
import type { Clock } from '../../core/clock.ts'

export interface DayProcess {
  /** This program, as it is called: the first words of the command line. */
  readonly program: readonly string[]
  readonly args: readonly string[]
  readonly cwd: string
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly write: (text: string) => void
}

export interface EndedProcess {
  /** null: it was killed. */
  readonly status: number | null
  /** How it ended, with the last that it said. */
  readonly how: string
}

/** From being told to end until it is killed, when its guardian heals. */
const HEAL_MS = 240_000
const TAIL = 4000

/**
 * Runs the drill in a process of its own, so that signs of life do not hang on what that is busy with. It ends with this
 * one: its standard input is a pipe whose other end is here.
 */
export async function dayProcess({
  program,
  args,
  cwd,
  signal,
  clock,
  write,
}: DayProcess): Promise<EndedProcess> {
  signal.throwIfAborted()
  const [command = '', ...words] = program
  const child = spawn(command, [...words, ...args], { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  let tail = ''
  const hear = (chunk: Buffer) => {
    write(String(chunk))
    tail = (tail + String(chunk)).slice(-TAIL)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  // It may be gone before it is told so.
  child.stdin.on('error', () => {})
  const done = new AbortController()
  const stop = () => {
    child.kill('SIGTERM')
    clock.sleep(HEAL_MS, done.signal).then(
      () => child.kill('SIGKILL'),
      () => {},
    )
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await new Promise(resolve => {
      child.once('error', error => resolve({ status: null, how: `it did not start: ${error.message}` }))
      // Whatever it left running keeps its own ends of the pipes.
      child.once('exit', (status, killedBy) =>
        resolve({ status, how: `${killedBy ?? `exit status ${status}`}: ${lastLines(tail)}` }),
      )
    })
  } finally {
    signal.removeEventListener('abort', stop)
    done.abort('done')
  }
}

const lastLines = (tail: string): string => tail.trim().split('\n').slice(-12).join('\n')
