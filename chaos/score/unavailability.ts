import type { Outage } from '../record/measured.ts'
import { type CellIndex, countUpTo } from './cells.ts'
import { ACKED, NEVER, type SendLog, at } from './send-log.ts'
import type { Span } from './timeline.ts'

/**
 * When a partition could not be written, by the clients of one zone: a stretch without any acknowledgement
 * in which a send failed, had an unknown outcome, or waited longer than `slowAfterMs` since it was due.
 * A late acknowledgement ends it: the partition is back although a backlog is still draining.
 */
export type OutageIndex = ReadonlyMap<string, readonly Outage[]>

export function findOutages(log: SendLog, cells: CellIndex, slowAfterMs: number, within: Span): OutageIndex {
  const byPartition = new Map<string, Outage[]>()
  for (const [cell, rows] of cells.rows.entries()) {
    const first = rows[0]
    if (first === undefined) continue
    const partition = log.partitions[at(log.partition, first)] ?? ''
    const zone = log.zones[at(log.zone, first)] ?? ''
    const acks = cells.acks[cell] ?? new Int32Array()
    const found = outagesOfCell(log, rows, acks, slowAfterMs, within.toMs)
      .filter(gap => gap.toMs > within.fromMs)
      .map(gap => ({ partition, zone, ...gap }))
    byPartition.set(partition, [...(byPartition.get(partition) ?? []), ...found])
  }
  return byPartition
}

interface Gap {
  readonly fromMs: number
  readonly toMs: number
  readonly open: boolean
}

function outagesOfCell(
  log: SendLog,
  rows: Int32Array,
  acks: Int32Array,
  slowAfterMs: number,
  endsAt: number,
): Gap[] {
  /** Gap number i lies before acknowledgement i; the last one has no end. */
  const startOf = (gap: number) => (gap === 0 ? -Infinity : at(acks, gap - 1))
  const endOf = (gap: number) => (gap === acks.length ? Math.max(endsAt, startOf(gap)) : at(acks, gap))
  const wide: number[] = []
  for (let gap = 0; gap <= acks.length; gap++) if (endOf(gap) - startOf(gap) > slowAfterMs) wide.push(gap)

  const begun = new Map<number, number>()
  const mark = (gap: number, from: number): void => {
    if (endOf(gap) > from) begun.set(gap, Math.min(begun.get(gap) ?? Infinity, from))
  }
  for (const row of rows) {
    const due = at(log.due, row)
    const doneT = at(log.doneT, row)
    if (at(log.outcome, row) !== ACKED && doneT !== NEVER) {
      const gap = countUpTo(acks, doneT)
      mark(gap, Math.max(due, startOf(gap)))
    } else if (doneT - due > slowAfterMs) {
      for (const gap of wide) {
        const from = Math.max(due, startOf(gap))
        if (endOf(gap) <= doneT && endOf(gap) - from > slowAfterMs) mark(gap, from)
        // An open send outlives every acknowledgement, so only what it waited for counts.
        if (endOf(gap) > doneT) break
      }
    }
  }
  return [...begun]
    .map(([gap, fromMs]) => ({ fromMs, toMs: endOf(gap), open: gap === acks.length }))
    .toSorted((a, b) => a.fromMs - b.fromMs)
}

/** How long some zone's clients could not write the partition within a span. */
export function unavailableMs(
  outages: OutageIndex,
  partition: string,
  leaveOut: string | null,
  within: Span,
): number {
  const spans = (outages.get(partition) ?? [])
    .filter(outage => outage.zone !== leaveOut)
    .map(outage => ({
      fromMs: Math.max(outage.fromMs, within.fromMs),
      toMs: Math.min(outage.toMs, within.toMs),
    }))
    .filter(span => span.toMs > span.fromMs)
  return unionMs(spans)
}

export function unionMs(spans: readonly Span[]): number {
  let total = 0
  let coveredTo = -Infinity
  for (const span of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    total += Math.max(0, span.toMs - Math.max(span.fromMs, coveredTo))
    coveredTo = Math.max(coveredTo, span.toMs)
  }
  return total
}
