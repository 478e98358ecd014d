import type { WatermarkReading } from './lag.ts'
import { type Position, partitionKey } from './position.ts'

/** Whole answers come, and a partition that has something to read is in none of them: more is asked for at once. */
export const UNSERVED_MS = 4000
/** After this long, asking for more did not help: the reader's position cannot move. */
export const STUCK_MS = 60_000
/** Answers that may have had no room for the partition. */
const ANSWERS = 5

export interface Standstill {
  readonly partition: string
  readonly since: number
  readonly forMs: number
}

interface Seen {
  readonly next: number
  readonly since: number
  readonly answers: number
}

/**
 * Notices a partition that does not move although its leader says that there is something to read, and although whole
 * answers come. Without answers nothing is held against a reader: that they are slow is for others to judge.
 */
export class StallWatch {
  readonly #seen = new Map<string, Seen>()

  /** Those that stand still, the longest first. Call once per reading, with the count of fetches that came back. */
  standing(positions: Iterable<Position>, reading: WatermarkReading, answers: number): Standstill[] {
    const standing: Standstill[] = []
    for (const position of positions) {
      const key = partitionKey(position.topic, position.partition)
      const high = reading.partitions.get(key)?.high ?? 0
      const before = this.#seen.get(key)
      const isBehind = !position.isDone && high > position.next
      if (!isBehind || before?.next !== position.next) {
        this.#seen.set(key, { next: position.next, since: reading.at, answers })
        continue
      }
      const forMs = reading.at - before.since
      if (answers - before.answers < ANSWERS || forMs < UNSERVED_MS) continue
      standing.push({ partition: key, since: before.since, forMs })
    }
    return standing.toSorted((a, b) => b.forMs - a.forMs)
  }

  reset(): void {
    this.#seen.clear()
  }
}
