import type { JournalLine } from '../record/journal-events.ts'

/** What a replay should have read, as it is stored, by `topic/partition`. */
export interface StoredReplay {
  readonly sha256: Readonly<Record<string, string | null>>
  readonly records: Readonly<Record<string, number | null>>
}

/** @param isLast of all replays of the run: in older journals the last one alone was compared */
export function storedFor(events: readonly JournalLine[], id: string, isLast: boolean): StoredReplay {
  const read = events.findLast(event => event.kind === 'final-read')
  if (read?.kind !== 'final-read') return { sha256: {}, records: {} }
  if (read.replayed) return read.replayed[id] ?? { sha256: {}, records: {} }
  return isLast
    ? { sha256: read.storedSha256 ?? {}, records: read.storedRecords ?? {} }
    : { sha256: {}, records: {} }
}
