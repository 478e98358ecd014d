import { spawn } from 'node:child_process'
import { AftershockError } from '../../chaos/core/errors.ts'

export interface ChildOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** `shown`: all that it says goes to standard error; standard output stays free for the plan. */
  readonly output: 'shown' | 'errors-shown' | 'kept-for-errors'
  /** Whether it has a group of its own, so that Ctrl-C in the terminal does not reach it. @default false */
  readonly evenIfInterrupted?: boolean
  /** Ends it as Ctrl-C does. @default nothing does */
  readonly signal?: AbortSignal | undefined
}

const STDIO = {
  shown: ['inherit', 2, 2],
  'errors-shown': ['ignore', 'ignore', 2],
  'kept-for-errors': ['ignore', 'pipe', 'pipe'],
} as const

/**
 * Runs a program to its end.
 * @returns its exit status; 1 when a signal ended it.
 * @throws AftershockError `interrupted` when Ctrl-C did.
 */
export async function runChild(command: readonly string[], options: ChildOptions): Promise<number> {
  const [program = '', ...args] = command
  const { cwd, env, output, signal: interruption, evenIfInterrupted: detached = false } = options
  const [input, ...outputs] = STDIO[output]
  // In a group of its own it may not read the terminal.
  const stdio = [detached ? ('ignore' as const) : input, ...outputs]
  const child = spawn(program, args, { cwd, env, detached, stdio })
  let kept = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      kept += String(chunk)
    })
  // Ctrl-C reaches the child too, which ends in its own time; we say afterwards how it ended.
  const wait = () => {}
  process.on('SIGINT', wait)
  const end = () => child.kill('SIGINT')
  interruption?.addEventListener('abort', end)
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (status, by) => resolve([status, by]))
    })
    if (signal === 'SIGINT' || code === 130) throw new AftershockError('interrupted', 'interrupted')
    if (code !== 0 && kept !== '') process.stderr.write(kept)
    return code ?? 1
  } finally {
    process.off('SIGINT', wait)
    interruption?.removeEventListener('abort', end)
  }
}
