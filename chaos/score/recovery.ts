import { type Measured, type Recovery, known, longerThan, notKnown } from './measurements.ts'
import { ACKED, FAILED, NEVER, type SendLog, at } from './send-log.ts'
import type { FaultLife } from './timeline.ts'
import { type OutageIndex, unavailableMs } from './unavailability.ts'

/** How long good service must have lasted, to the end of the window, before it counts as recovered. */
export const SUSTAINED_FOR_MS = 3000

/** What one zone's clients saw on one partition between a fault's proven effect and its window's end. */
interface Cell {
  /** Sends that began within the window. */
  attempts: number
  firstAckT: number
  firstAckRow: number
  lastAckT: number
  lastTroubleT: number
  lastTroubleRow: number
}

export interface RecoveryWindow {
  readonly fromMs: number
  readonly toMs: number
}

/** Recovery for all clients, and for each zone's absence. */
export function measureRecovery(
  fault: FaultLife,
  log: SendLog,
  outages: OutageIndex,
  slowAfterMs: number,
  zones: readonly string[],
): { readonly everyone: Recovery; readonly outsideOf: Readonly<Record<string, Recovery>> } {
  const window = recoveryWindow(fault)
  if (typeof window === 'string') {
    const none = unmeasured(window)
    return { everyone: none, outsideOf: Object.fromEntries(zones.map(zone => [zone, none])) }
  }
  const cells = observe(log, window, slowAfterMs)
  // The injection takes a while, so what clients felt of it may begin before it is complete.
  const seenFrom = { fromMs: fault.intendedAt, toMs: window.toMs }
  const without = (zone: string | null) => combine(log, cells, window, seenFrom, outages, zone)
  return {
    everyone: without(null),
    outsideOf: Object.fromEntries(zones.map(zone => [zone, without(zone)])),
  }
}

/** The span in which a fault's recovery is observed, or why there is none. */
export function recoveryWindow(fault: FaultLife): RecoveryWindow | string {
  if (fault.provenAt === null) return `${fault.id} was not proven: ${fault.unproven ?? 'unknown reason'}`
  if (fault.windowEndsAt === null) return 'the journal does not say when the fleet stopped'
  if (fault.windowEndsAt <= fault.provenAt) {
    return `something else began before the effect of ${fault.id} was proven`
  }
  return { fromMs: fault.provenAt, toMs: fault.windowEndsAt }
}

function unmeasured(why: string): Recovery {
  const none = notKnown(why)
  return { firstSuccessMs: none, sustainedMs: none, unavailableMs: none, untried: [], partitions: [] }
}

/** One pass over all sends; cells are indexed by partition and zone. */
function observe(log: SendLog, window: RecoveryWindow, slowAfterMs: number): (Cell | undefined)[] {
  const cells: (Cell | undefined)[] = Array.from({ length: log.partitions.length * log.zones.length })
  for (let row = 0; row < log.length; row++) {
    const doneT = at(log.doneT, row)
    if (doneT < window.fromMs || at(log.due, row) >= window.toMs) continue
    const index = at(log.partition, row) * log.zones.length + at(log.zone, row)
    const cell = (cells[index] ??= {
      attempts: 0,
      firstAckT: NEVER,
      firstAckRow: -1,
      lastAckT: -1,
      lastTroubleT: -1,
      lastTroubleRow: -1,
    })
    const began = at(log.invokeT, row)
    const tried = began >= window.fromMs && began < window.toMs
    if (tried) cell.attempts++
    if (at(log.outcome, row) === ACKED && doneT <= window.toMs) {
      cell.lastAckT = Math.max(cell.lastAckT, doneT)
      if (tried && doneT < cell.firstAckT) {
        cell.firstAckT = doneT
        cell.firstAckRow = row
      }
    }
    const troubleT = troubleAt(log, row, window.toMs, slowAfterMs)
    if (troubleT !== null && troubleT > cell.lastTroubleT) {
      cell.lastTroubleT = troubleT
      cell.lastTroubleRow = row
    }
  }
  return cells
}

/** When a send showed that service was not good, as far as that was visible before `until`; null if never. */
function troubleAt(log: SendLog, row: number, until: number, slowAfterMs: number): number | null {
  const doneT = at(log.doneT, row)
  const slowAt = at(log.due, row) + slowAfterMs
  if (doneT > until) return slowAt < until ? until : null
  if (at(log.outcome, row) !== ACKED) return doneT
  return doneT > slowAt ? doneT : null
}

function combine(
  log: SendLog,
  cells: readonly (Cell | undefined)[],
  window: RecoveryWindow,
  seenFrom: RecoveryWindow,
  outages: OutageIndex,
  leaveOut: string | null,
): Recovery {
  const rows = log.partitions.map((partition, index) => {
    const mine = log.zones.flatMap((zone, zoneIndex) => {
      const cell = cells[index * log.zones.length + zoneIndex]
      return cell && zone !== leaveOut ? [cell] : []
    })
    return { partition, ...merge(mine), unavailable: unavailableMs(outages, partition, leaveOut, seenFrom) }
  })
  const tried = rows.filter(row => row.attempts > 0)
  const worst = rows.toSorted((a, b) => b.unavailable - a.unavailable)[0]
  return {
    firstSuccessMs: firstSuccess(log, tried, window),
    sustainedMs: sustained(log, rows, window),
    unavailableMs: worst
      ? known(worst.unavailable, { file: 'measurements.json', selector: '/outages', value: worst.partition })
      : notKnown('no client wrote anything'),
    untried: rows.filter(row => row.attempts === 0).map(row => row.partition),
    partitions: rows.map(row => ({
      partition: row.partition,
      firstSuccessMs: row.firstAckT === NEVER ? null : row.firstAckT - window.fromMs,
      sustainedMs: sustainedFrom(row, window),
      unavailableMs: row.unavailable,
    })),
  }
}

type Merged = Cell & { readonly partition: string }

/** The cells of several zones as one: the partition is back with the first, in trouble until the last. */
function merge(cells: readonly Cell[]): Cell {
  const merged = {
    attempts: 0,
    firstAckT: NEVER,
    firstAckRow: -1,
    lastAckT: -1,
    lastTroubleT: -1,
    lastTroubleRow: -1,
  }
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
  }
  return merged
}

function firstSuccess(log: SendLog, tried: readonly Merged[], window: RecoveryWindow): Measured {
  const lastBack = tried.toSorted((a, b) => b.firstAckT - a.firstAckT)[0]
  if (!lastBack) return notKnown('no client tried to write after the effect was proven')
  if (lastBack.firstAckT === NEVER) {
    return longerThan(
      window.toMs - window.fromMs,
      `nothing that began after the effect was acknowledged on ${lastBack.partition} before the window ended`,
    )
  }
  return known(lastBack.firstAckT - window.fromMs, sendProof(log, lastBack.firstAckRow))
}

function sustained(log: SendLog, rows: readonly Merged[], window: RecoveryWindow): Measured {
  const lastAckT = Math.max(-1, ...rows.map(row => row.lastAckT))
  const worst = rows.toSorted((a, b) => b.lastTroubleT - a.lastTroubleT)[0]
  if (!worst || (lastAckT < 0 && worst.lastTroubleT < 0)) {
    return notKnown('no client wrote anything after the effect was proven')
  }
  const from = worst.lastTroubleRow < 0 ? [] : [sendProof(log, worst.lastTroubleRow)]
  const since = Math.max(worst.lastTroubleT, window.fromMs)
  const heldMs = window.toMs - since
  if (heldMs < SUSTAINED_FOR_MS || lastAckT < since) {
    return longerThan(
      since - window.fromMs,
      heldMs < SUSTAINED_FOR_MS
        ? `service was good for only ${heldMs} ms before the window ended`
        : 'nothing was acknowledged after the last trouble',
      ...from,
    )
  }
  return known(since - window.fromMs, ...from)
}

function sustainedFrom(row: Cell, window: RecoveryWindow): number | null {
  if (row.attempts === 0) return null
  const since = Math.max(row.lastTroubleT, window.fromMs)
  return window.toMs - since < SUSTAINED_FOR_MS || row.lastAckT < since ? null : since - window.fromMs
}

/** The line that ended a send; the line that began it when nothing did. */
export function sendProof(log: SendLog, row: number) {
  const outcome = at(log.outcome, row)
  const ended = at(log.doneT, row) !== NEVER
  return {
    file: log.shards[at(log.shard, row)] ?? '',
    selector: `line ${at(ended ? log.doneLine : log.invokeLine, row)}`,
    value: !ended ? 'open' : outcome === ACKED ? 'acked' : outcome === FAILED ? 'failed' : 'unknown',
  }
}
