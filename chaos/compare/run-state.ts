import { existsSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readJournal } from '../record/journal-reader.ts'
import { isRun } from './find-runs.ts'

/**
 * `finished`: judged and sealed. `half`: begun, and not that. `dead`: half, and nobody wrote down that it ended or was
 * healed.
 */
export type RunState = 'absent' | 'finished' | 'half' | 'dead'

export async function runState(runDir: string): Promise<RunState> {
  if (!existsSync(runDir)) return 'absent'
  const journal = join(runDir, 'journal.jsonl')
  if (!isRun(runDir) || !existsSync(journal)) return 'half'
  const { events } = await readJournal(journal)
  const kinds = new Set(events.map(({ event }) => event.kind))
  if (!kinds.has('run.finished') && !kinds.has('heal.finished')) return 'dead'
  const sealed = ['scorecard.json', 'measurements.json', 'bundle.json'].every(file =>
    existsSync(join(runDir, file)),
  )
  return sealed && kinds.has('run.finished') ? 'finished' : 'half'
}

/** Moves it to `<name>.interrupted-<k>`, beside where it was: it is evidence too. */
export function setAside(runDir: string): string {
  const [parent, name] = [dirname(runDir), basename(runDir)]
  const taken = new Set(readdirSync(parent))
  let k = 1
  while (taken.has(`${name}.interrupted-${k}`)) k++
  const to = join(parent, `${name}.interrupted-${k}`)
  renameSync(runDir, to)
  return to
}
