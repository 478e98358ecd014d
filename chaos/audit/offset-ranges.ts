import { NumberLog } from './number-log.ts'

/** A set of offsets, as ranges in the order in which they came: a reader that goes on costs nothing. */
export class OffsetRanges {
  /** Of each range the first offset and the last. */
  readonly #ends = new NumberLog(4)
  #from = -1
  #to = -2
  #highest = -1

  /** The highest of all; -1 when there is none. */
  get last(): number {
    return this.#highest
  }

  add(offset: number): void {
    this.addRange(offset, offset)
  }

  addRange(from: number, to: number): void {
    if (to > this.#highest) this.#highest = to
    if (from === this.#to + 1 && this.#from >= 0) {
      this.#to = to
      return
    }
    this.#close()
    this.#from = from
    this.#to = to
  }

  #close(): void {
    if (this.#from < 0) return
    this.#ends.push(this.#from)
    this.#ends.push(this.#to)
    this.#from = -1
    this.#to = -2
  }

  *#ranges(): Generator<readonly [from: number, to: number]> {
    for (let at = 0; at < this.#ends.length; at += 2) yield [this.#ends.at(at), this.#ends.at(at + 1)]
    if (this.#from >= 0) yield [this.#from, this.#to]
  }

  /** What of `[from, to]` is in none of the sets, in order. */
  static uncovered(
    from: number,
    to: number,
    sets: readonly OffsetRanges[],
  ): (readonly [from: number, to: number])[] {
    const within: (readonly [number, number])[] = []
    for (const set of sets)
      for (const range of set.#ranges()) if (range[1] >= from && range[0] <= to) within.push(range)
    within.sort(([a], [b]) => a - b)
    const open: (readonly [number, number])[] = []
    let next = from
    for (const [low, high] of within) {
      if (low > next) open.push([next, low - 1])
      next = Math.max(next, high + 1)
    }
    if (next <= to) open.push([next, to])
    return open
  }
}
