import type { WatermarkReading } from './lag.ts'
import { type Position, partitionKey } from './position.ts'

/**
 * A reader fetches every half second. When all leaders answer over the same links and nothing at all moves for
 * this long, it hangs: kafkajs waits for ever for a request to a broker that went silent and then left the
 * cluster (network/connection.js, disconnect).
 */
export const STANDSTILL_MS = 3000
/** One partition may have to wait while others are read; not as long as this. */
export const STUCK_MS = 15_000

/** Notices partitions that have unread records, which their leaders could serve, and do not move. */
export class StallWatch {
  readonly #seen = new Map<string, { readonly next: number; readonly since: number }>()

  /** Call once per reading. */
  isStalled(positions: Iterable<Position>, reading: WatermarkReading): boolean {
    let longest = 0
    let hasMoved = false
    for (const position of positions) {
      const key = partitionKey(position.topic, position.partition)
      const high = reading.partitions.get(key)?.high ?? 0
      const before = this.#seen.get(key)
      if (before && before.next !== position.next) hasMoved = true
      const isBehind = !position.isDone && high > position.next
      if (isBehind && before?.next === position.next) longest = Math.max(longest, reading.at - before.since)
      else this.#seen.set(key, { next: position.next, since: reading.at })
    }
    return longest >= (hasMoved ? STUCK_MS : STANDSTILL_MS)
  }

  reset(): void {
    this.#seen.clear()
  }
}
