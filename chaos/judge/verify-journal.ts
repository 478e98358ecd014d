import type { JournalEvent } from '../record/journal-events.ts'
import type { JournalReading } from '../record/journal-reader.ts'
import type { FileFacts } from '../seal/inventory.ts'
import type { Findings } from './verify-findings.ts'

const FILE = 'journal.jsonl'

/** How the run came to its end, as the journal tells it. */
export type RunState = 'completed' | 'aborted' | 'interrupted' | 'crashed' | 'unknown'

/**
 * The chain, the numbering and the end. A journal that was cut short by a crash or a power loss holds up to
 * its last whole line: the run is then `interrupted`, and its gates are for the scorecard to doubt.
 */
export function verifyJournal(journal: JournalReading, facts: FileFacts, findings: Findings): RunState {
  const torn = facts.shape?.torn ?? true
  const { broken, skipped, lines, events } = journal
  const isCut = broken !== null && torn && broken.line === lines
  if (broken && !isCut) {
    findings.problem('journal', `the chain breaks: ${broken.reason}`, { file: FILE, line: broken.line })
  }
  if (lines === 0) findings.problem('journal', 'is empty', { file: FILE })
  for (const { line, event } of events) {
    if (event.seq === line - 1) continue
    findings.problem('journal', `carries number ${event.seq}`, { file: FILE, line })
    break
  }
  const backwards = events.find(({ event }, index) => event.t < (events[index - 1]?.event.t ?? 0))
  if (backwards) findings.note(`${FILE}:${backwards.line}: its time is before that of the line before it`)
  if (skipped.length > 0) {
    findings.note(
      `${FILE}: lines ${skipped.slice(0, 5).join(', ')} are of kinds that this version does not know`,
    )
  }
  const finished = lastOf(journal, 'run.finished')
  const state = finished?.outcome ?? 'interrupted'
  const whole = torn ? lines - 1 : lines
  const ending = finished ? state : 'interrupted: it has no run.finished'
  const cut = isCut ? '; what follows the last whole line was cut short' : ''
  findings.passed('journal', `${whole} lines, chained from the first to the last; ${ending}${cut}`)
  return state
}

export function lastOf<K extends JournalEvent['kind']>(
  { events }: JournalReading,
  kind: K,
): Extract<JournalEvent, { kind: K }> | undefined {
  const found = events.findLast(({ event }) => event.kind === kind)?.event
  return found as Extract<JournalEvent, { kind: K }> | undefined
}
