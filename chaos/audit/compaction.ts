import type { Catalog } from './catalog.ts'
import type { OffsetMap } from './offset-map.ts'
import { ACCOUNTABLE, AGED, EXPIRED, LATE, READ } from './value-flags.ts'
import type { Stream } from './value-table.ts'

/** How far the brokers' cleaners came in a partition, where the run looked. */
export interface CleanerReach {
  /** Below it the log was cleaned on some replica; 0: nowhere. */
  readonly upTo: number
  /** The run went on looking until the final read was over: what it had not seen by then had not happened. */
  readonly isFinal: boolean
}

export interface CompactionParts {
  readonly catalog: Catalog
  readonly offsets: OffsetMap
  /** null: nobody looked. */
  readonly cleanedUpTo: (partition: number) => CleanerReach | null
}

/** What compaction took, as far as it is proven; `covers` is for records of which no offset is known. */
export interface Compacted {
  readonly removed: readonly (readonly [offset: number, handle: number])[]
  readonly covers: (offset: number) => boolean
}

/** One lone hole proves nothing: a record that was lost leaves the same. */
const FEWEST_HOLES = 2

/**
 * Which records of one partition compaction has removed, and not somebody's loss.
 *
 * The cleaner goes through a log up to some offset, and of every key it leaves only the newest record below that
 * (Kafka, `LogCleaner`). So it has taken a record only if a newer one of its key is stored,
 * and then it has taken every other record, too, that had a newer one by then. A superseded record that was read above
 * the hole, and whose successor is not above the hole's, shows that no cleaner had passed when the hole was read. One that
 * was read below the hole shows the same, unless a cleaner was seen: it may have come while the final read went on.
 */
export class Compaction {
  readonly #parts: CompactionParts
  readonly #keys: Keys
  /** By key: its next known record above, and whether it was read above. */
  readonly #next: Float64Array
  readonly #isRead: Uint8Array
  readonly #seenIn: Int32Array

  constructor(parts: CompactionParts) {
    this.#parts = parts
    this.#keys = new Keys(parts.catalog)
    this.#next = new Float64Array(this.#keys.count)
    this.#isRead = new Uint8Array(this.#keys.count)
    this.#seenIn = new Int32Array(this.#keys.count).fill(-1)
  }

  of(partition: number, low: number): Compacted {
    const { holes, limit } = this.#holes(partition, low)
    const reach = this.#parts.cleanedUpTo(partition)
    const isProven = this.#proof(holes, limit, reach)
    const removed = holes.filter(isProven).map(({ offset, handle }) => [offset, handle] as const)
    const top = removed.reduce((most, [offset]) => Math.max(most, offset), -1)
    return { removed, covers: offset => offset <= top || (reach !== null && offset < reach.upTo) }
  }

  /** `limit`: no pass can have come further that was over when the final read began. */
  #proof(holes: readonly Hole[], limit: number, reach: CleanerReach | null): (hole: Hole) => boolean {
    const { values } = this.#parts.catalog
    const possible = holes.filter(hole => !hole.isRefuted)
    return hole => {
      if (hole.isRefuted) return false
      if (reach !== null && hole.successor < reach.upTo) return true
      if (reach?.isFinal || limit <= hole.successor) return false
      return possible.length >= FEWEST_HOLES || (values.flags(hole.handle) & AGED) !== 0
    }
  }

  /** From the end of the log to its start: records that are missing and superseded. */
  #holes(partition: number, low: number): { readonly holes: readonly Hole[]; readonly limit: number } {
    const { catalog, offsets } = this.#parts
    const holes: Hole[] = []
    // Of records that were read although they are superseded, the lowest offset of a successor.
    let lowest = Number.POSITIVE_INFINITY
    offsets.scanBack(partition, (offset, handle, seen) => {
      const key = this.#keys.of(handle)
      if (key < 0) return
      const isKnown = this.#seenIn[key] === partition
      const successor = isKnown ? (this.#next[key] as number) : Number.POSITIVE_INFINITY
      const isSuperseded = isKnown && this.#isRead[key] === 1
      if (seen) {
        if (isSuperseded) lowest = Math.min(lowest, successor)
      } else if (isSuperseded && offset >= low && isMissing(catalog.values.flags(handle)))
        holes.push({ offset, handle, successor, isRefuted: lowest <= successor })
      this.#seenIn[key] = partition
      this.#next[key] = offset
      this.#isRead[key] = seen || isSuperseded ? 1 : 0
    })
    return { holes, limit: lowest }
  }
}

interface Hole {
  readonly offset: number
  readonly handle: number
  /** The offset of the next record of its key. */
  readonly successor: number
  /** A record was read above it that a cleaner, had it passed, would have taken too. */
  readonly isRefuted: boolean
}

function isMissing(flags: number): boolean {
  return (flags & ACCOUNTABLE) !== 0 && (flags & (READ | LATE | EXPIRED)) === 0
}

/** Kafka's key of a record: the device, whatever its boot epoch. */
class Keys {
  readonly count: number
  readonly #catalog: Catalog
  /** By stream; -1 where nobody knows a record's key. */
  readonly #ofStream: Int32Array

  constructor(catalog: Catalog) {
    this.#catalog = catalog
    const { streams } = catalog.values
    const known = new Map<string, number>()
    this.#ofStream = Int32Array.from(streams, stream => {
      if (!stream.isDevice || catalog.topics[stream.topic]?.keeping?.compacts !== true) return -1
      const name = `${stream.topic}/${deviceOf(stream)}`
      const key = known.get(name) ?? known.size
      known.set(name, key)
      return key
    })
    this.count = known.size
  }

  of(handle: number): number {
    return this.#ofStream[this.#catalog.values.streamOf(handle)] as number
  }
}

function deviceOf({ prefix }: Stream): string {
  const name = prefix ?? ''
  return name.slice(0, name.lastIndexOf('/'))
}
