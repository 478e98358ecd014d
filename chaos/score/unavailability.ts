import type { Outage } from './measurements.ts'
import { ACKED, NEVER, type SendLog, at } from './send-log.ts'
import type { Span } from './timeline.ts'

/**
 * When a partition could not be written, by the clients of one zone: a stretch without any acknowledgement
 * in which a send failed, had an unknown outcome, or waited longer than `slowAfterMs` since it was due.
 * A late acknowledgement ends it: the partition is back although a backlog is still draining.
 */
export type OutageIndex = ReadonlyMap<string, readonly Outage[]>

export function findOutages(log: SendLog, slowAfterMs: number, endsAt: number): OutageIndex {
  const byPartition = new Map<string, Outage[]>()
  for (const rows of rowsByCell(log)) {
    const first = rows[0]
    if (first === undefined) continue
    const partition = log.partitions[at(log.partition, first)] ?? ''
    const zone = log.zones[at(log.zone, first)] ?? ''
    const found = outagesOfCell(log, rows, slowAfterMs, endsAt).map(gap => ({ partition, zone, ...gap }))
    byPartition.set(partition, [...(byPartition.get(partition) ?? []), ...found])
  }
  return byPartition
}

/** Row numbers grouped by partition and zone, in two passes and without an array per row. */
function rowsByCell(log: SendLog): Int32Array[] {
  const cells = log.partitions.length * log.zones.length
  const sizes = new Int32Array(cells)
  const cellOf = (row: number) => at(log.partition, row) * log.zones.length + at(log.zone, row)
  for (let row = 0; row < log.length; row++) sizes[cellOf(row)] = at(sizes, cellOf(row)) + 1
  const rows = Array.from(sizes, size => new Int32Array(size))
  const filled = new Int32Array(cells)
  for (let row = 0; row < log.length; row++) {
    const cell = cellOf(row)
    const position = at(filled, cell)
    ;(rows[cell] as Int32Array)[position] = row
    filled[cell] = position + 1
  }
  return rows
}

interface Gap {
  readonly fromMs: number
  readonly toMs: number
  readonly open: boolean
}

function outagesOfCell(log: SendLog, rows: Int32Array, slowAfterMs: number, endsAt: number): Gap[] {
  const acks = rows
    .filter(row => at(log.outcome, row) === ACKED)
    .map(row => at(log.doneT, row))
    .sort()
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
      const gap = firstAfter(acks, doneT)
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

/** The number of values that are not after `time`: the gap in which `time` lies. */
function firstAfter(sorted: Int32Array, time: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (at(sorted, middle) <= time) low = middle + 1
    else high = middle
  }
  return low
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
