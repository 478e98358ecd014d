import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProcessIdentity } from '../../chaos/core/process-identity.ts'
import type { JournalLine } from '../../chaos/record/journal-events.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { findAlive, findByArgument, identityOf, signalProcess } from '../../chaos/machine/process-table.ts'
import { labMarks } from '../../chaos/drivers/local/lab/supervisor.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { TEST_BLOCK } from './test-lab.ts'

/** A place for the program to work in: its own state and runs, the tests' own block of addresses. */
export interface Workplace extends Disposable {
  readonly dir: string
  readonly labDir: string
  readonly env: NodeJS.ProcessEnv
}

export function workplace(): Workplace {
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-run-'))
  return {
    dir,
    labDir: join(dir, 'state', 'aftershock', `lab-${TEST_BLOCK}`),
    env: { ...process.env, XDG_STATE_HOME: join(dir, 'state'), AFTERSHOCK_LAB: String(TEST_BLOCK) },
    [Symbol.dispose]() {
      for (const left of processesOf(this)) signalProcess(left, 'SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Whatever lives of the workplace's lab. */
export function processesOf(place: Workplace): ProcessIdentity[] {
  return labMarks(place.labDir).flatMap(mark => findByArgument(mark))
}

export interface Program {
  readonly child: ChildProcess
  readonly identity: ProcessIdentity
  readonly exit: Promise<number | NodeJS.Signals>
  output(): { readonly stdout: string; readonly stderr: string }
}

/** As a user starts it, built: what compiles sources at each start takes the CPU that brokers need to start. */
export const PROGRAM = packageFile('bin', 'aftershock.mjs')

/** The program itself, as a process of its own. */
export function aftershock(place: Workplace, ...args: string[]): Program {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: packageFile('.'),
    env: place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const exit = new Promise<number | NodeJS.Signals>(resolve => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'))
  })
  return {
    child,
    identity: identityOf(child.pid as number) as ProcessIdentity,
    exit,
    output: () => ({ stdout, stderr }),
  }
}

export async function succeed(
  place: Workplace,
  ...args: string[]
): Promise<{ stdout: string; stderr: string }> {
  const program = aftershock(place, ...args)
  const code = await program.exit
  const output = program.output()
  if (code !== 0)
    throw new Error(`aftershock ${args.join(' ')} ended with ${code}:\n${output.stderr}\n${output.stdout}`)
  return output
}

/** Whole lines only: the runner may be writing. */
export function journalOf(runDir: string): JournalLine[] {
  let text = ''
  try {
    text = readFileSync(join(runDir, 'journal.jsonl'), 'utf8')
  } catch {
    return []
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as JournalLine)
}

/** Resolves when the guardian has healed; tells what it said instead when it did not. */
export async function guardianFinished(runDir: string, deadlineMs = 90_000): Promise<void> {
  const log = join(runDir, 'logs', 'guardian.log')
  await waitFor(
    'the guardian to finish',
    () => journalOf(runDir).some(line => line.kind === 'heal.finished'),
    { clock: systemClock, deadlineMs, everyMs: 50, lastSeen: () => readFileSync(log, 'utf8') },
  )
}

/** Resolves when the journal has such a line; fails early, with what was said, if the program ends first. */
export async function untilJournal(
  program: Program,
  runDir: string,
  kind: JournalLine['kind'],
): Promise<JournalLine> {
  return untilSeen(program, `${kind} in the journal`, () =>
    journalOf(runDir).find(line => line.kind === kind),
  )
}

export async function untilSeen<T>(
  program: Program,
  what: string,
  look: () => T | undefined | false,
): Promise<T> {
  return waitFor(
    what,
    () => {
      const seen = look()
      if (!seen && !findAlive(program.identity)) {
        throw new Error(`the program ended before ${what}:\n${program.output().stderr}`)
      }
      return seen
    },
    { clock: systemClock, deadlineMs: 180_000, everyMs: 50 },
  )
}
