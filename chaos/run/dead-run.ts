import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { DeadRun } from '../drivers/environment.ts'
import { healingHeader } from '../record/run-header.ts'
import { readJournal } from '../record/journal-reader.ts'

/** What the run's header tells of it, or its journal. */
export type DeadRunHeader = Omit<DeadRun, 'runDir' | 'started'>

/** @throws AftershockError `input`, naming the file, when `runDir` is no run or its `run.json` is not whole. */
export function readDeadRun(runDir: string): DeadRunHeader {
  const path = join(runDir, 'run.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const is = (error as NodeJS.ErrnoException).code
    const what =
      is === 'ENOENT' || is === 'ENOTDIR'
        ? `${runDir} is not the folder of a run: it has no run.json`
        : `${path} cannot be read: ${messageOf(error)}`
    throw new AftershockError('input', what, {
      hint: 'name the folder of a run, such as runs/20261129-101500-first',
      cause: error,
    })
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new AftershockError('input', `${path} is not whole: ${messageOf(error)}`, {
      hint: 'a write was cut short; what healing needs is also in the journal: aftershock heal',
      cause: error,
    })
  }
  const parsed = healingHeader.safeParse(json)
  if (parsed.success) {
    const { drill, ...run } = parsed.data
    return { ...run, hasConnector: (drill?.connector ?? drill?.connectors ?? drill?.processor) !== undefined }
  }
  throw new AftershockError('input', `${path}: ${z.prettifyError(parsed.error)}`, {
    hint: "the run's header is torn or of another version: heal it with the version that made it",
  })
}

/**
 * A run by its `run.json`, or by its journal where that is torn or was never written: healing works without it.
 * @throws AftershockError `input`, naming the file, when neither tells.
 */
export async function findDeadRun(runDir: string): Promise<DeadRunHeader> {
  try {
    return readDeadRun(runDir)
  } catch (error) {
    const told = await readFromJournal(runDir).catch(() => null)
    if (told) return told
    throw error
  }
}

/** What a lab that stays has of a run beside its faults. */
const OWN_PARTS: ReadonlySet<string> = new Set([
  'connector.started',
  'connectors.started',
  'processor.started',
])

async function readFromJournal(runDir: string): Promise<DeadRunHeader | null> {
  const { events } = await readJournal(join(runDir, 'journal.jsonl'))
  const lines = events.map(read => read.event)
  const [started] = lines.flatMap(line => (line.kind === 'run.started' ? [line] : []))
  if (!started) return null
  const driver = lines.some(({ kind }) => kind === 'account.entered')
    ? 'aws'
    : lines.some(({ kind }) => kind === 'cluster.attached')
      ? 'attach'
      : 'local'
  const [lab] = lines.flatMap(line =>
    line.kind === 'lab.attached' || line.kind === 'lab.started' ? [line] : [],
  )
  return {
    driver,
    labDir: lab?.labDir ?? null,
    ownsLab: driver === 'local' && lab?.kind !== 'lab.attached',
    startedAtWallMs: Math.round(Date.parse(started.at) - started.t),
    runner: started.runner,
    hasConnector: lines.some(({ kind }) => OWN_PARTS.has(kind)),
  }
}
