import { type Measured, known, longerThan, notKnown } from '../record/measured.ts'
import type { Recovery } from '../record/measurements.ts'
import { type Seen, mergeSeen, observeCells } from './recovery-cells.ts'
import { ACKED, FAILED, NEVER, type SendLog, at } from './send-log.ts'
import type { FaultLife, Span } from './timeline.ts'
import { type OutageIndex, unavailableMs } from './unavailability.ts'

/** How long good service must have lasted, to the end of the window, before it counts as recovered. */
export const SUSTAINED_FOR_MS = 3000

export interface RecoveryContext {
  readonly log: SendLog
  /** Sends that were not acknowledged and made good by a later one, as `recoveredByRetry` says. */
  readonly good: Uint8Array
  readonly outages: OutageIndex
  readonly slowAfterMs: number
  readonly zones: readonly string[]
  /** Whose devices still held overdue records when the window ended, which no send tells of. */
  readonly undrained: readonly string[]
}

/** Recovery for all clients, and for each zone's absence. */
export function measureRecovery(
  fault: FaultLife,
  context: RecoveryContext,
): { readonly everyone: Recovery; readonly outsideOf: Readonly<Record<string, Recovery>> } {
  const { log, good, slowAfterMs, zones } = context
  const window = recoveryWindow(fault)
  if (typeof window === 'string') {
    const none = unmeasured(window)
    return { everyone: none, outsideOf: Object.fromEntries(zones.map(zone => [zone, none])) }
  }
  const seen = observeCells(log, good, window, slowAfterMs)
  // The injection takes a while, so what clients felt of it may begin before it is complete.
  const felt = { fromMs: fault.intendedAt ?? window.fromMs, toMs: window.toMs }
  const without = (zone: string | null) => combine(context, seen, { window, felt }, zone)
  return {
    everyone: without(null),
    outsideOf: Object.fromEntries(zones.map(zone => [zone, without(zone)])),
  }
}

/** The span in which a fault's recovery is observed, or why there is none. */
export function recoveryWindow(fault: FaultLife): Span | string {
  if (fault.provenAt === null) return `${fault.id} was not proven: ${fault.unproven ?? 'unknown reason'}`
  if (fault.windowEndsAt === null) return 'the journal does not say when the fleet stopped'
  if (fault.windowEndsAt <= fault.provenAt) {
    return `something else began before the effect of ${fault.id} was proven`
  }
  return { fromMs: fault.provenAt, toMs: fault.windowEndsAt }
}

function unmeasured(why: string): Recovery {
  const none = notKnown(why)
  return {
    firstSuccessMs: none,
    sustainedMs: none,
    lastErrorMs: none,
    unavailableMs: none,
    untried: [],
    partitions: [],
  }
}

function combine(
  { log, outages, undrained }: RecoveryContext,
  seen: readonly (Seen | undefined)[],
  { window, felt }: { readonly window: Span; readonly felt: Span },
  leaveOut: string | null,
): Recovery {
  const rows = log.partitions.map((partition, index) => {
    const mine = log.zones.flatMap((zone, zoneIndex) => {
      const cell = seen[index * log.zones.length + zoneIndex]
      return cell && zone !== leaveOut ? [cell] : []
    })
    return { partition, ...mergeSeen(mine), unavailable: unavailableMs(outages, partition, leaveOut, felt) }
  })
  const tried = rows.filter(row => row.attempts > 0)
  const worst = rows.toSorted((a, b) => b.unavailable - a.unavailable)[0]
  return {
    firstSuccessMs: firstSuccess(log, tried, window),
    sustainedMs: sustained(
      log,
      rows,
      window,
      undrained.filter(zone => zone !== leaveOut),
    ),
    lastErrorMs: lastError(log, rows, window),
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

type PartitionSeen = Seen & { readonly partition: string }

function firstSuccess(log: SendLog, tried: readonly PartitionSeen[], window: Span): Measured {
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

function sustained(
  log: SendLog,
  rows: readonly PartitionSeen[],
  window: Span,
  undrained: readonly string[],
): Measured {
  const lastAckT = Math.max(-1, ...rows.map(row => row.lastAckT))
  const worst = rows.toSorted((a, b) => b.lastTroubleT - a.lastTroubleT)[0]
  if (!worst || (lastAckT < 0 && worst.lastTroubleT < 0)) {
    return notKnown('no client wrote anything after the effect was proven')
  }
  if (undrained.length > 0)
    return longerThan(
      window.toMs - window.fromMs,
      `devices of ${undrained.join(', ')} still held records that were overdue when the window ended`,
    )
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

function lastError(log: SendLog, rows: readonly PartitionSeen[], window: Span): Measured {
  const last = rows.toSorted((a, b) => b.lastErrorT - a.lastErrorT)[0]
  if (!last || last.lastErrorT < 0) return known(0)
  return known(last.lastErrorT - window.fromMs, sendProof(log, last.lastErrorRow))
}

function sustainedFrom(row: Seen, window: Span): number | null {
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
