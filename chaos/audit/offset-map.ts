import { BlockPool } from './block-pool.ts'

/**
 * What stands at each offset of each partition, as far as anyone said: a send that was acknowledged there
 * (a claim) or a reader (seen). Four bytes an offset, in chunks, so that gaps and high offsets cost nothing.
 * Where two accounts differ, both are kept: that is the `inconsistent-offsets` anomaly.
 */
const CHUNK = 64
/** One word an offset, then two words that say which of them a reader has seen. */
const CHUNK_WORDS = CHUNK + 2

interface PartitionOffsets {
  readonly chunks: Map<number, number>
  readonly conflicts: Map<number, number[]>
  lastChunk: number
  lastChunkId: number
  /** The highest offset that a reader has seen, and where in the history. */
  maxSeen: number
  maxSeenPlace: number
  minSeen: number
}

export class OffsetMap {
  readonly #words = new BlockPool(32, CHUNK_WORDS)
  readonly #partitions: PartitionOffsets[] = []

  get sizeBytes(): number {
    return this.#words.sizeBytes
  }

  maxSeen(partition: number): { readonly offset: number; readonly place: number } {
    const { maxSeen, maxSeenPlace } = this.#of(partition)
    return { offset: maxSeen, place: maxSeenPlace }
  }

  /** The highest offset that anybody named, whether the offsets below it have holes, or -1. */
  extent(partition: number): { readonly last: number; readonly hasHoles: boolean } {
    const { chunks } = this.#of(partition)
    const last = Math.max(-1, ...this.#ofChunk(chunks, Math.max(-1, ...chunks.keys())))
    const first = Math.min(...this.#ofChunk(chunks, Math.min(...chunks.keys())))
    if (last < 0) return { last, hasHoles: false }
    return { last, hasHoles: this.between(partition, first - 1, last + 1, 0).count <= last - first }
  }

  minSeen(partition: number): number {
    return this.#of(partition).minSeen
  }

  conflicts(partition: number): ReadonlyMap<number, readonly number[]> {
    return this.#of(partition).conflicts
  }

  /** A sender or an indirect witness says that `handle` is at `offset`. */
  claim(partition: number, offset: number, handle: number): void {
    const chunk = this.#chunk(partition, offset)
    const word = offset % CHUNK
    const there = this.#words.get(chunk, word)
    if (there === 0) this.#words.set(chunk, word, handle + 1)
    else if (there !== handle + 1) this.#conflict(partition, offset, handle)
  }

  /** A reader saw `handle` at `offset`. What was seen stands before what was only claimed. */
  see(partition: number, offset: number, handle: number, place: number): void {
    const chunk = this.#chunk(partition, offset)
    const word = offset % CHUNK
    const there = this.#words.get(chunk, word)
    const seenWord = CHUNK + (word >>> 5)
    const seen = this.#words.get(chunk, seenWord)
    const bit = 1 << (word & 31)
    if (there === 0) this.#words.set(chunk, word, handle + 1)
    else if (there !== handle + 1) {
      if ((seen & bit) !== 0) this.#conflict(partition, offset, handle)
      else {
        this.#words.set(chunk, word, handle + 1)
        this.#replace(partition, offset, handle, there - 1)
      }
    }
    this.#words.set(chunk, seenWord, seen | bit)
    const state = this.#of(partition)
    if (offset > state.maxSeen) {
      state.maxSeen = offset
      state.maxSeenPlace = place
    }
    if (offset < state.minSeen) state.minSeen = offset
  }

  /** Calls back for every offset that something is known of, in order; several times where accounts differ. */
  scan(partition: number, visit: (offset: number, handle: number, seen: boolean) => void): void {
    const { chunks, conflicts } = this.#of(partition)
    for (const number of [...chunks.keys()].sort((a, b) => a - b)) {
      const chunk = chunks.get(number) as number
      for (let word = 0; word < CHUNK; word++) {
        const there = this.#words.get(chunk, word)
        if (there === 0) continue
        const offset = number * CHUNK + word
        const seen = this.#words.get(chunk, CHUNK + (word >>> 5)) & (1 << (word & 31))
        visit(offset, there - 1, seen !== 0)
        if (conflicts.size > 0) for (const other of conflicts.get(offset) ?? []) visit(offset, other, false)
      }
    }
  }

  /** As `scan`, from the highest offset to the lowest, with one account of each. */
  scanBack(partition: number, visit: (offset: number, handle: number, seen: boolean) => void): void {
    const { chunks } = this.#of(partition)
    for (const number of [...chunks.keys()].sort((a, b) => b - a)) {
      const chunk = chunks.get(number) as number
      for (let word = CHUNK - 1; word >= 0; word--) {
        const there = this.#words.get(chunk, word)
        if (there === 0) continue
        const seen = this.#words.get(chunk, CHUNK + (word >>> 5)) & (1 << (word & 31))
        visit(number * CHUNK + word, there - 1, seen !== 0)
      }
    }
  }

  /**
   * The known offsets strictly between the two: how many, the first few with what stands there, and the last; all, or
   * those that are wanted.
   */
  between(partition: number, after: number, before: number, limit: number, isWanted?: Wanted): Between {
    const { chunks } = this.#of(partition)
    const first: (readonly [offset: number, handle: number])[] = []
    let [count, last] = [0, -1]
    for (const number of chunksWithin(chunks, after + 1, before - 1)) {
      const chunk = chunks.get(number)
      if (chunk === undefined) continue
      const start = Math.max(0, after + 1 - number * CHUNK)
      const end = Math.min(CHUNK, before - number * CHUNK)
      for (let word = start; word < end; word++) {
        const there = this.#words.get(chunk, word)
        if (there === 0) continue
        if (isWanted) {
          const seen = this.#words.get(chunk, CHUNK + (word >>> 5)) & (1 << (word & 31))
          if (!isWanted(there - 1, seen !== 0)) continue
        }
        count++
        last = number * CHUNK + word
        if (first.length < limit) first.push([number * CHUNK + word, there - 1])
      }
    }
    return { count, first, last }
  }

  *#ofChunk(chunks: ReadonlyMap<number, number>, number: number): Generator<number> {
    const chunk = chunks.get(number)
    if (chunk === undefined) return
    for (let word = 0; word < CHUNK; word++)
      if (this.#words.get(chunk, word) !== 0) yield number * CHUNK + word
  }

  #of(partition: number): PartitionOffsets {
    let state = this.#partitions[partition]
    if (state === undefined) {
      state = {
        chunks: new Map(),
        conflicts: new Map(),
        lastChunk: -1,
        lastChunkId: -1,
        maxSeen: -1,
        maxSeenPlace: 0,
        minSeen: Number.POSITIVE_INFINITY,
      }
      this.#partitions[partition] = state
    }
    return state
  }

  #chunk(partition: number, offset: number): number {
    const state = this.#of(partition)
    const number = Math.floor(offset / CHUNK)
    if (state.lastChunk !== number) {
      let chunk = state.chunks.get(number)
      if (chunk === undefined) {
        chunk = this.#words.allocate()
        state.chunks.set(number, chunk)
      }
      state.lastChunk = number
      state.lastChunkId = chunk
    }
    return state.lastChunkId
  }

  #conflict(partition: number, offset: number, handle: number): void {
    const { conflicts } = this.#of(partition)
    const others = conflicts.get(offset)
    if (others === undefined) conflicts.set(offset, [handle])
    else if (!others.includes(handle)) others.push(handle)
  }

  /** `now` took the place of `before`, which becomes one of the other accounts. */
  #replace(partition: number, offset: number, now: number, before: number): void {
    const { conflicts } = this.#of(partition)
    const others = (conflicts.get(offset) ?? []).filter(handle => handle !== now && handle !== before)
    conflicts.set(offset, [...others, before])
  }
}

/** `seen`: a reader saw it there. */
export type Wanted = (handle: number, seen: boolean) => boolean
export const isSeen: Wanted = (_, seen) => seen

export interface Between {
  readonly count: number
  readonly first: readonly (readonly [offset: number, handle: number])[]
  /** -1 when there is none. */
  readonly last: number
}

/** The chunk numbers in the range: counted through when it is short, else looked up among those that exist. */
function chunksWithin(chunks: ReadonlyMap<number, number>, from: number, to: number): Iterable<number> {
  const low = Math.floor(from / CHUNK)
  const high = Math.floor(to / CHUNK)
  if (to < from) return []
  if (high - low < chunks.size) return Array.from({ length: high - low + 1 }, (_, i) => low + i)
  return [...chunks.keys()].filter(number => number >= low && number <= high).sort((a, b) => a - b)
}
