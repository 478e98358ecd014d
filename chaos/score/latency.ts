import { ACKED, type SendLog, at } from './send-log.ts'
import type { Span } from './timeline.ts'

/**
 * Latency of what became due within a span, from the intended send time to the acknowledgement. Taken per
 * partition of each request and counted from its oldest record, so it is never better than any record saw.
 */
export interface PhaseLatency {
  /** Partitions of requests that were acknowledged. */
  readonly batches: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export function phaseLatency(log: SendLog, span: Span): PhaseLatency {
  const latencies: number[] = []
  for (let row = 0; row < log.length; row++) {
    const due = at(log.due, row)
    if (due < span.fromMs || due >= span.toMs || at(log.outcome, row) !== ACKED) continue
    latencies.push(at(log.doneT, row) - due)
  }
  const sorted = Int32Array.from(latencies).sort()
  return { batches: sorted.length, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) }
}

/** The nearest rank: the smallest value that at least `share` of all values do not exceed. */
export function percentile(sorted: Int32Array | readonly number[], share: number): number | null {
  if (sorted.length === 0) return null
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}
