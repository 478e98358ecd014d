import { type Measured, known, notKnown } from '../../record/measured.ts'
import type { Span } from '../../score/timeline.ts'
import type { RunFiles } from './run-files.ts'

/** Mean size of a record as its author made it, key and value: what readers counted. */
export function bytesPerRecord({ evidence }: RunFiles): Measured {
  const { rows, file, trouble } = evidence.consumers
  for (const consumer of ['tail', 'recovery'] as const) {
    const last = rows.findLast(row => row.consumer === consumer && row.records > 0)
    if (last)
      return known(last.bytes / last.records, { file, selector: `line ${last.line}`, value: last.bytes })
  }
  return notKnown(trouble ?? 'no consumer read a record, so the size of one is not known')
}

/** Records acknowledged within a span; samples that lie across its ends count in part. */
export function ackedWithin({ evidence }: RunFiles, span: Span | null): Measured {
  const { rows, file, trouble } = evidence.fleet
  let acked = 0
  let first: number | null = null
  let last: number | null = null
  for (const row of rows) {
    const overlap = span === null ? 1 : overlapShare(row.t - row.intervalMs, row.t, span)
    if (overlap === 0) continue
    acked += row.acked * overlap
    first ??= row.line
    last = row.line
  }
  if (first === null) return notKnown(trouble ?? 'the fleet was not sampled')
  return known(acked, { file, selector: `acked of lines ${first} to ${last}`, value: Math.round(acked) })
}

function overlapShare(from: number, to: number, span: Span): number {
  if (to <= from) return to > span.fromMs && to <= span.toMs ? 1 : 0
  return Math.max(0, Math.min(to, span.toMs) - Math.max(from, span.fromMs)) / (to - from)
}

/** Bytes of acknowledged records; what every ratio is per. */
export function ingestedWithin(files: RunFiles, span: Span | null): Measured {
  const records = ackedWithin(files, span)
  const size = bytesPerRecord(files)
  if (records.value === null) return records
  if (size.value === null) return size
  return known(Math.round(records.value * size.value), ...records.from, ...size.from)
}

/** What a consumer read within a span, by its own count; null between samples that do not enclose it. */
export function readWithin({ evidence }: RunFiles, consumer: 'tail', span: Span): Measured {
  const { file, trouble, rows } = evidence.consumers
  const mine = rows.filter(row => row.consumer === consumer)
  const before = mine.findLast(row => row.t <= span.fromMs)
  const after = mine.find(row => row.t >= span.toMs)
  if (!before || !after || after.t <= before.t) {
    return notKnown(trouble ?? `the ${consumer} consumer was not sampled around that time`)
  }
  // Scaled to the span: the samples enclose it by up to a second on each side.
  const scale = (span.toMs - span.fromMs) / (after.t - before.t)
  return known((after.bytes - before.bytes) * scale, {
    file,
    selector: `lines ${before.line} and ${after.line}`,
    value: after.bytes - before.bytes,
  })
}
