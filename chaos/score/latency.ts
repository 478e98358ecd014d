import { neverDelivered } from './resends.ts'
import { ACKED, NEVER, type SendLog, at } from './send-log.ts'
import type { Span } from './timeline.ts'

/**
 * Latency of what became due within a span, from the intended send time to the acknowledgement. Taken per
 * partition of each request and counted from its oldest record, so it is never better than any record saw; records of
 * devices whose clock is wrong are left out, and what has no others. What was
 * never acknowledged counts with its age when the histories end: to leave it out would praise what refuses.
 */
export interface PhaseLatency {
  /** Partitions of requests that were acknowledged. */
  readonly batches: number
  /** Partitions of requests that never were. */
  readonly undelivered: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** It is that of a record that still waited: the true one is longer. */
  readonly p99IsAtLeast: boolean
}

export function phaseLatency(log: SendLog, span: Span): PhaseLatency {
  const acked: number[] = []
  const waiting: number[] = []
  for (const { ms, isWaiting } of latenciesIn(log, span)) (isWaiting ? waiting : acked).push(ms)
  const sorted = Int32Array.from([...acked, ...waiting]).sort()
  const p99Ms = percentile(sorted, 0.99)
  return {
    batches: acked.length,
    undelivered: waiting.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms,
    p99IsAtLeast: p99Ms !== null && waiting.some(ms => ms <= p99Ms),
  }
}

export interface LatencyOf {
  readonly due: number
  readonly ms: number
  readonly isWaiting: boolean
}

/** One for each partition of each request that became due in the span and was acknowledged, or never was. */
export function* latenciesIn(log: SendLog, { fromMs, toMs }: Span): Generator<LatencyOf> {
  const never = neverDelivered(log)
  const end = lastKnown(log)
  for (let row = 0; row < log.length; row++) {
    const due = at(log.due, row)
    if (due < fromMs || due >= toMs || at(log.wrongClocks, row) === 1) continue
    if (at(log.outcome, row) === ACKED) yield { due, ms: at(log.doneT, row) - due, isWaiting: false }
    else if (never[row] === 1) yield { due, ms: Math.max(0, end - due), isWaiting: true }
  }
}

const lastOf = new WeakMap<SendLog, number>()

/** The last instant that the histories tell of. */
function lastKnown(log: SendLog): number {
  const last = lastOf.get(log) ?? findLast(log)
  lastOf.set(log, last)
  return last
}

function findLast(log: SendLog): number {
  let last = 0
  for (let row = 0; row < log.length; row++) {
    const doneT = at(log.doneT, row)
    last = Math.max(last, doneT === NEVER ? at(log.invokeT, row) : doneT)
  }
  return last
}

/** The nearest rank: the smallest value that at least `share` of all values do not exceed. */
export function percentile(sorted: Int32Array | readonly number[], share: number): number | null {
  if (sorted.length === 0) return null
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}
