import type { OffsetMap } from './offset-map.ts'
import { type Batch, type Outcome, offsetAt } from './operation.ts'

/**
 * Offsets that no record of an open history has, and that its log may have all the same, above the last record: a
 * control record ends each transaction, and a send that failed or was never heard of may have left its records.
 */
export class Markers {
  /** By partition. */
  readonly #sends: number[] = []
  readonly #unplaced: number[] = []

  sent(batch: Batch, outcome: Outcome): void {
    const { partition, handles } = batch
    this.#sends[partition] = (this.#sends[partition] ?? 0) + 1
    const isPlaced = outcome === 'ok' && offsetAt(batch, handles.length - 1) !== null
    if (!isPlaced) this.#unplaced[partition] = (this.#unplaced[partition] ?? 0) + handles.length
  }

  /** The highest offset that the log's end can have. A log without holes has no transactions. */
  highestEnd(offsets: OffsetMap, partition: number): number | null {
    const { last, hasHoles } = offsets.extent(partition)
    if (last < 0) return null
    const unplaced = this.#unplaced[partition] ?? 0
    const controls = hasHoles || unplaced > 0 ? (this.#sends[partition] ?? 0) : 0
    return last + 1 + unplaced + controls
  }
}
