import { ACKED, REFUSED, type SendLog, at } from './send-log.ts'

/**
 * Which sends that were not acknowledged were made good: a later request of the same gateway for the same
 * partition was acknowledged. A gateway puts what it could not deliver back in front and has one request in
 * flight per partition, so that later one either held the records, and its own `due` tells how late they were,
 * or, in the histories of before format 2, the gateway had heard that these were stored although others of the
 * request were not (a mixed answer was one `info`).
 * A bounce off a broker that has just ceased to lead is no outage when the next attempt is heard a moment later.
 */
export function madeGood(log: SendLog): Uint8Array {
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
