import type { FetchSize } from './fetch-size.ts'
import type { WatermarkReading } from './lag.ts'
import type { Position } from './position.ts'
import type { Reason } from './reader-watch.ts'
import { STUCK_MS, StallWatch, UNSERVED_MS } from './stall-watch.ts'

/** What is to be done about partitions that are given nothing although whole answers come. */
export interface Unserved {
  /** Nothing is left of what they had still to read, and nobody may ever write to them again. */
  readonly emptied: readonly Position[]
  /** Asking for more did not help. */
  readonly stuck: Reason | null
}

/** Looks after partitions that are given nothing although whole answers come: at first by asking for more at once. */
export class UnservedPartitions {
  readonly #stall = new StallWatch()
  readonly #fetchSize: FetchSize
  #widenedAt = Number.NEGATIVE_INFINITY

  constructor(fetchSize: FetchSize) {
    this.#fetchSize = fetchSize
  }

  /** Call once per reading, with the count of fetches that came back so far. */
  look(positions: ReadonlyMap<string, Position>, reading: WatermarkReading, answers: number): Unserved {
    const emptied: Position[] = []
    let stuck: Reason | null = null
    for (const { partition, since, forMs } of this.#stall.standing(positions.values(), reading, answers)) {
      const position = positions.get(partition) as Position
      const low = reading.partitions.get(partition)?.low ?? 0
      if (low >= position.end) {
        position.askedFrom(low)
        emptied.push(position)
        continue
      }
      if (reading.at - this.#widenedAt >= UNSERVED_MS) {
        this.#widenedAt = reading.at
        this.#fetchSize.widen()
      }
      if (forMs < STUCK_MS || stuck) continue
      const why = `${partition} did not move for ${Math.round(forMs / 1000)} s, although its leader has records and whole answers came`
      stuck = { cause: 'position-stuck', why, since }
    }
    return { emptied, stuck }
  }

  reset(): void {
    this.#stall.reset()
  }
}
