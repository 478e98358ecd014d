import { createHash } from 'node:crypto'
import { AftershockError, messageOf } from '../core/errors.ts'
import { GENESIS, journalFrame, type JournalLine, journalLine, KNOWN_KINDS } from './journal-events.ts'
import { eachLine } from './json-lines.ts'

/**
 * A journal as read back. Everything up to the first break is in `events`; nothing after it is, because a
 * line behind a break proves nothing.
 */
export interface JournalReading {
  /** Their order is that of the file; an event's line number is its index + 1 unless `skipped` has lines. */
  readonly events: readonly ReadEvent[]
  /** Where the chain broke first, or null when it is whole. */
  readonly broken: JournalBreak | null
  /** Lines whose chain holds but whose kind this version does not know. */
  readonly skipped: readonly number[]
  readonly lines: number
  /** SHA-256 of the last line that still belongs to the chain; the genesis value when there is none. */
  readonly head: string
}
export interface ReadEvent {
  readonly line: number
  readonly event: JournalLine
}
export interface JournalBreak {
  readonly line: number
  readonly reason: string
}

/**
 * Reads `journal.jsonl` line by line and checks that each line carries the digest of the one before it.
 * @throws AftershockError `input` when the file cannot be read at all.
 */
export async function readJournal(path: string): Promise<JournalReading> {
  const events: ReadEvent[] = []
  const skipped: number[] = []
  let head = GENESIS
  let broken: JournalBreak | null = null

  const take = (text: string, line: number): void => {
    if (broken) return
    const found = parseLine(text, line, head)
    if ('reason' in found) {
      broken = { line, reason: found.reason }
      return
    }
    head = createHash('sha256').update(text).digest('hex')
    if (found.event) events.push({ line, event: found.event })
    else skipped.push(line)
  }

  try {
    const { lines, torn } = await eachLine(path, take)
    if (torn && !broken) {
      broken = { line: lines, reason: 'the last line has no end: the write was cut short' }
    }
    return { events, broken, skipped, lines, head }
  } catch (error) {
    throw new AftershockError('input', `cannot read the journal: ${messageOf(error)}`, {
      cause: error,
      hint: 'Name the folder of a run: the one that holds run.json and journal.jsonl.',
    })
  }
}

function parseLine(
  text: string,
  line: number,
  head: string,
): { readonly reason: string } | { readonly event: JournalLine | null } {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { reason: 'the line is not JSON' }
  }
  const frame = journalFrame.safeParse(json)
  if (!frame.success) return { reason: 'the line lacks kind, seq, t, at or prev' }
  if (frame.data.prev !== head) {
    return {
      reason: `prev is ${short(frame.data.prev)}, the digest of line ${line - 1} is ${short(head)}`,
    }
  }
  if (!KNOWN_KINDS.has(frame.data.kind)) return { event: null }
  const event = journalLine.safeParse(json)
  if (event.success) return { event: event.data }
  const issue = event.error.issues[0]
  return { reason: `${frame.data.kind}: ${issue?.path.join('.')}: ${issue?.message}` }
}

const short = (digest: string): string => `${digest.slice(0, 12)}…`
