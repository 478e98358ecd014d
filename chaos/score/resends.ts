import { ACKED, OPEN, REFUSED, type SendLog, at } from './send-log.ts'

/**
 * Which sends that were not acknowledged were recovered: a later request of the same gateway for the same
 * partition was acknowledged. A gateway puts what it could not deliver back in front and has one request in
 * flight per partition, so that later one either held the records, and its own `due` tells how late they were,
 * or, in the histories of before format 2, the gateway had heard that these were stored although others of the
 * request were not (a mixed answer was one `info`).
 * NOT_LEADER from a broker that just lost leadership is not an outage if the retry succeeds at once.
 */
export function recoveredByRetry(log: SendLog): Uint8Array {
  const good = new Uint8Array(log.length)
  const waiting = new Map<number, number[]>()
  for (let row = 0; row < log.length; row++) {
    if (at(log.outcome, row) === REFUSED) continue
    const lane = at(log.shard, row) * log.partitions.length + at(log.partition, row)
    const before = waiting.get(lane)
    if (at(log.outcome, row) !== ACKED) {
      if (before) before.push(row)
      else waiting.set(lane, [row])
    } else if (before) {
      const left = before.filter(other => at(log.doneT, other) > at(log.invokeT, row))
      for (const other of before) if (!left.includes(other)) good[other] = 1
      waiting.set(lane, left)
    }
  }
  return good
}

const known = new WeakMap<SendLog, Uint8Array>()

/**
 * Which sends hold records that, as far as the histories tell, no broker ever acknowledged: no later request made them
 * good, nor did one of another gateway, to which the devices of a crashed one go, that held something as old.
 */
export function neverDelivered(log: SendLog): Uint8Array {
  const found = known.get(log) ?? findUndelivered(log)
  known.set(log, found)
  return found
}

function findUndelivered(log: SendLog): Uint8Array {
  const good = recoveredByRetry(log)
  const never = new Uint8Array(log.length)
  const open: number[] = []
  for (let row = 0; row < log.length; row++)
    if (at(log.outcome, row) !== ACKED && at(log.outcome, row) !== REFUSED && good[row] === 0) open.push(row)
  if (open.length === 0) return never
  const acked = ackedByPartition(log, new Set(open.map(row => at(log.partition, row))))
  for (const row of open) {
    const later = acked.get(at(log.partition, row))
    const since = at(log.outcome, row) === OPEN ? at(log.invokeT, row) : at(log.doneT, row)
    if (!later || oldestSince(later, since) > at(log.due, row)) never[row] = 1
  }
  return never
}

interface Acked {
  /** Sorted. */
  readonly invokeT: readonly number[]
  /** The oldest that is due in this request or any after it. */
  readonly oldest: readonly number[]
}

function ackedByPartition(log: SendLog, wanted: ReadonlySet<number>): Map<number, Acked> {
  const rows = new Map<number, number[]>()
  for (let row = 0; row < log.length; row++) {
    const partition = at(log.partition, row)
    if (!wanted.has(partition) || at(log.outcome, row) !== ACKED) continue
    const own = rows.get(partition)
    if (own) own.push(row)
    else rows.set(partition, [row])
  }
  return new Map(
    [...rows].map(([partition, own]) => {
      const sorted = own.toSorted((a, b) => at(log.invokeT, a) - at(log.invokeT, b))
      const oldest = sorted.map(row => at(log.due, row))
      for (let i = oldest.length - 2; i >= 0; i--) oldest[i] = Math.min(oldest[i] ?? 0, oldest[i + 1] ?? 0)
      return [partition, { invokeT: sorted.map(row => at(log.invokeT, row)), oldest }]
    }),
  )
}

function oldestSince({ invokeT, oldest }: Acked, since: number): number {
  let low = 0
  let high = invokeT.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((invokeT[middle] ?? 0) < since) low = middle + 1
    else high = middle
  }
  return oldest[low] ?? Number.POSITIVE_INFINITY
}
