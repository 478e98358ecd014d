import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import type { ClientAnswer } from './line.ts'

/** A client in another language: a program that reads what to try from its input, and prints a line about each. */
export interface OtherClient {
  /** `librdkafka 2.16.0 (confluent-kafka 2.16.1)` */
  readonly version: string
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  /** What it is told besides the lines: where brokers are, and how to log in. Never on its command line. */
  readonly given: Readonly<Record<string, unknown>>
}

const answer = z.object({ line: z.string(), verdict: z.enum(['pass', 'fail', 'not-run']), shown: z.string() })

/** For one line: a worker of Connect has to start meanwhile. */
const LINE_MS = 120_000
const LAST_WORDS = 600

/**
 * Tries these lines, one after the other. One that does not end in time ends its process, is not run, and the next
 * process goes on behind it.
 * @returns by line
 */
export async function tryLines(
  client: OtherClient,
  lines: readonly string[],
  { clock, signal, onAnswer }: TryOptions,
): Promise<ReadonlyMap<string, ClientAnswer>> {
  const answers = new Map<string, ClientAnswer>()
  const take = (line: string, said: ClientAnswer) => {
    answers.set(line, said)
    onAnswer(line, said)
  }
  for (let left = lines; left.length > 0; ) {
    const before = answers.size
    const why = await oneProcess(client, left, { clock, signal, take })
    left = left.filter(line => !answers.has(line))
    const [next] = left
    if (next === undefined) break
    take(next, { verdict: 'not-run', shown: why })
    left = left.slice(1)
    // A program that does not even start says so once.
    if (answers.size === before + 1 && before === 0) {
      for (const line of left) take(line, { verdict: 'not-run', shown: why })
      break
    }
  }
  return answers
}

interface TryOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onAnswer: (line: string, answer: ClientAnswer) => void
}

interface ProcessOptions extends Omit<TryOptions, 'onAnswer'> {
  readonly take: (line: string, answer: ClientAnswer) => void
}

/** @returns why it did not come to the end */
async function oneProcess(
  { program, args, cwd, given }: OtherClient,
  lines: readonly string[],
  { clock, signal, take }: ProcessOptions,
): Promise<string> {
  signal.throwIfAborted()
  const child: ChildProcess = spawn(program, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  const over = new AbortController()
  const end = () => void child.kill('SIGKILL')
  signal.addEventListener('abort', end, { once: true })
  let last = clock.now()
  let late = false
  let words = ''
  const watching = (async () => {
    while (!over.signal.aborted) {
      await clock.sleep(500, over.signal).catch(() => {})
      if (clock.now() - last > LINE_MS && !over.signal.aborted) {
        late = true
        end()
      }
    }
  })()
  try {
    const ended = new Promise<string>(resolve => {
      child.once('error', error => resolve(messageOf(error)))
      child.once('close', code =>
        resolve(code === 0 ? 'it said nothing about it' : `it ended: ${words.trim()}`),
      )
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      words = `${words}${chunk.toString()}`.slice(-LAST_WORDS)
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(JSON.stringify({ ...given, lines }))
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', text => {
        const said = answer.safeParse(parsed(text))
        if (!said.success || !lines.includes(said.data.line)) return
        last = clock.now()
        take(said.data.line, { verdict: said.data.verdict, shown: said.data.shown })
      })
    const why = await ended
    return late ? `it did not end within ${LINE_MS / 1000} s` : why
  } finally {
    over.abort()
    signal.removeEventListener('abort', end)
    await watching
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
