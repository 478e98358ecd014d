import { cellOf } from './cells.ts'
import { ACKED, NEVER, type SendLog, at } from './send-log.ts'
import type { Span } from './timeline.ts'

/** What one zone's clients saw on one partition within a window. Times are -1, or `NEVER`, for what was not. */
export interface Seen {
  /** Sends that began within the window. */
  readonly attempts: number
  readonly firstAckT: number
  readonly firstAckRow: number
  readonly lastAckT: number
  /** The last instant at which service was not good, and the send that showed it. */
  readonly lastTroubleT: number
  readonly lastTroubleRow: number
  /** The last attempt that failed or has an unknown outcome, also where a retry made up for it in time. */
  readonly lastErrorT: number
  readonly lastErrorRow: number
}
type Seeing = { -readonly [K in keyof Seen]: Seen[K] }

const nothing = (): Seeing => ({
  attempts: 0,
  firstAckT: NEVER,
  firstAckRow: -1,
  lastAckT: -1,
  lastTroubleT: -1,
  lastTroubleRow: -1,
  lastErrorT: -1,
  lastErrorRow: -1,
})

/** One pass over all sends, to what each cell saw in the window; cells without any are undefined. */
export function observeCells(
  log: SendLog,
  good: Uint8Array,
  window: Span,
  slowAfterMs: number,
): (Seen | undefined)[] {
  const seen: (Seeing | undefined)[] = Array.from({
    length: log.partitions.length * log.zones.length,
  })
  for (let row = 0; row < log.length; row++) {
    const doneT = at(log.doneT, row)
    if (doneT < window.fromMs || at(log.due, row) >= window.toMs) continue
    const index = cellOf(log, row)
    const cell = (seen[index] ??= nothing())
    const began = at(log.invokeT, row)
    const tried = began >= window.fromMs && began < window.toMs
    if (tried) cell.attempts++
    if (doneT <= window.toMs) noteOutcome(log, row, tried, cell)
    const troubleT = troubleAt(log, row, good[row] === 1, window.toMs, slowAfterMs)
    if (troubleT !== null && troubleT > cell.lastTroubleT) {
      cell.lastTroubleT = troubleT
      cell.lastTroubleRow = row
    }
  }
  return seen
}

function noteOutcome(log: SendLog, row: number, tried: boolean, cell: Seeing): void {
  const doneT = at(log.doneT, row)
  if (at(log.outcome, row) !== ACKED) {
    if (doneT <= cell.lastErrorT) return
    cell.lastErrorT = doneT
    cell.lastErrorRow = row
    return
  }
  cell.lastAckT = Math.max(cell.lastAckT, doneT)
  if (!tried || doneT >= cell.firstAckT) return
  cell.firstAckT = doneT
  cell.firstAckRow = row
}

/**
 * When a send showed that service was not good, as far as that was visible before `until`; null if it did
 * not. Every attempt is a send of its own in the history, so one that failed in time does not count where a
 * later one made it good: if that came late, then that one counts.
 */
function troubleAt(
  log: SendLog,
  row: number,
  isMadeGood: boolean,
  until: number,
  slowAfterMs: number,
): number | null {
  const doneT = at(log.doneT, row)
  const slowAt = at(log.due, row) + slowAfterMs
  if (doneT > until) return slowAt < until ? until : null
  if (at(log.outcome, row) !== ACKED && !isMadeGood) return doneT
  return doneT > slowAt ? doneT : null
}

/** Several zones as one: the partition is back with the first of them, and in trouble until the last. */
export function mergeSeen(cells: readonly Seen[]): Seen {
  const merged = nothing()
  for (const cell of cells) {
    merged.attempts += cell.attempts
    merged.lastAckT = Math.max(merged.lastAckT, cell.lastAckT)
    if (cell.firstAckT < merged.firstAckT) {
      merged.firstAckT = cell.firstAckT
      merged.firstAckRow = cell.firstAckRow
    }
    if (cell.lastTroubleT > merged.lastTroubleT) {
      merged.lastTroubleT = cell.lastTroubleT
      merged.lastTroubleRow = cell.lastTroubleRow
    }
    if (cell.lastErrorT > merged.lastErrorT) {
      merged.lastErrorT = cell.lastErrorT
      merged.lastErrorRow = cell.lastErrorRow
    }
  }
  return merged
}
