import type { Catalog, Keeping } from './catalog.ts'
import { NumberLog } from './number-log.ts'
import { AGED, OVERDUE, OVERDUE_SINCE, READ, YOUNG } from './value-flags.ts'

/** Ages that are kept to be told; how many were too young is counted whatever their number. */
const MOST_KEPT = 1 << 20

/**
 * How old a record was that the final read did not find, when that looked: younger than its topic's replay window,
 * or older. The final read is read first, so that this is known as soon as a send is; what was found costs nothing.
 */
export class MissingAges {
  readonly #catalog: Catalog
  readonly #boundsAt: (partition: number) => number | null
  readonly #startsAt: (partition: number) => number | null
  /** By partition: when the final read was last given something of it. */
  readonly #readAt: number[] = []
  /** Of young ones: the handle, and its age. */
  readonly #young = new NumberLog()

  constructor(
    catalog: Catalog,
    boundsAt: (partition: number) => number | null,
    startsAt: (partition: number) => number | null,
  ) {
    this.#catalog = catalog
    this.#boundsAt = boundsAt
    this.#startsAt = startsAt
  }

  /** The final read was given records of the partition. */
  looked(partition: number, at: number): void {
    this.#readAt[partition] = Math.max(at, this.#readAt[partition] ?? 0)
  }

  /** When the final read was last given something of the partition. */
  readAt(partition: number): number {
    return this.#readAt[partition] ?? this.#boundsAt(partition) ?? 0
  }

  /** These were sent to the partition at this time, and may have been stored. */
  sent(partition: number, handles: readonly number[], at: number): void {
    const keeping = this.#keeping(partition)
    const lookedAt = keeping && this.#lookedAt(partition, keeping)
    if (lookedAt === null) return
    const { values } = this.#catalog
    const ageMs = lookedAt - at
    const { windowMs, retentionMs } = keeping as Keeping
    const isYoung = ageMs <= windowMs
    const isOverdue = retentionMs === null || ageMs > retentionMs
    const goneBy = this.#startsAt(partition) ?? this.readAt(partition)
    const isOverdueSince = retentionMs !== null && goneBy - at > retentionMs
    const bits = (isYoung ? YOUNG : AGED) | (isOverdue ? OVERDUE : 0) | (isOverdueSince ? OVERDUE_SINCE : 0)
    for (const handle of handles) {
      if ((values.flags(handle) & READ) !== 0) continue
      values.mark(handle, bits)
      if (!isYoung || this.#young.length >= 2 * MOST_KEPT) continue
      this.#young.push(handle)
      this.#young.push(ageMs)
    }
  }

  /** Of a young one, in milliseconds; null when it was not kept. */
  ageOf(wanted: number): number | null {
    let youngest: number | null = null
    for (const [handle, ageMs] of this.young())
      if (handle === wanted) youngest = Math.min(ageMs, youngest ?? ageMs)
    return youngest
  }

  *young(): Generator<readonly [handle: number, ageMs: number]> {
    for (let at = 0; at < this.#young.length; at += 2) yield [this.#young.at(at), this.#young.at(at + 1)]
  }

  /** Compaction may have come after the bounds and before the reader: then this is when it was seen to be gone. */
  #lookedAt(partition: number, { compacts }: Keeping): number | null {
    const boundsAt = this.#boundsAt(partition)
    return compacts && boundsAt !== null ? Math.max(boundsAt, this.#readAt[partition] ?? 0) : boundsAt
  }

  #keeping(partition: number): Keeping | null {
    return this.#catalog.topics[this.#catalog.topicOf(partition)]?.keeping ?? null
  }
}
