import type { WatermarkReading } from './lag.ts'
import { type Position, partitionKey } from './position.ts'

/** Longer than a failover with tuned time-outs takes, and than kafkajs takes to come back by itself. */
export const STALL_MS = 8000

/** Notices a partition that has unread records which its leader could serve, and does not move. */
export class StallWatch {
  readonly #seen = new Map<string, { readonly next: number; readonly since: number }>()

  isStalled(positions: Iterable<Position>, reading: WatermarkReading): boolean {
    let stalled = false
    for (const position of positions) {
      const key = partitionKey(position.topic, position.partition)
      const high = reading.partitions.get(key)?.high ?? 0
      const isBehind = !position.isDone && high > position.next
      const before = this.#seen.get(key)
      if (!isBehind || before?.next !== position.next) {
        this.#seen.set(key, { next: position.next, since: reading.at })
      } else if (reading.at - before.since >= STALL_MS) {
        stalled = true
      }
    }
    return stalled
  }

  reset(): void {
    this.#seen.clear()
  }
}
