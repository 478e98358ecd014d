/** Below a millisecond, times are not resolved; a ratio needs something above zero. */
const LEAST_MS = 1

/** Counts that are kept at most to look a draw up, 32 MB; more values over more seconds are counted at each draw. */
const MOST_COUNTS = 8_000_000

/** A quantile of the values of many seconds together, without sorting them anew for every draw. */
export class PooledQuantile {
  readonly n: number
  readonly size: number
  /** Different values, summed over the seconds: by it the number of draws is chosen. */
  readonly cost: number
  readonly #share: number
  /** Every value that there is, sorted. */
  readonly #values: Int32Array
  readonly #counts: Counts

  constructor(seconds: readonly Int32Array[], share: number, mostCounts = MOST_COUNTS) {
    this.#share = share
    this.n = seconds.length
    this.size = seconds.reduce((sum, second) => sum + second.length, 0)
    const all = new Set<number>()
    for (const second of seconds) for (const value of second) all.add(value)
    this.#values = Int32Array.from(all).sort()
    const placeOf = new Map([...this.#values].map((value, place) => [value, place] as const))
    const places = seconds.map(second => second.map(value => placeOf.get(value) as number))
    this.cost = places.reduce((sum, second) => sum + new Set(second).size, 0)
    const isKept = this.#values.length * (this.n + 1) <= mostCounts
    this.#counts = isKept ? new KeptCounts(places, all.size) : new FreshCounts(places, all.size)
  }

  /** The nearest rank, as everywhere in the report; NaN when there is nothing. */
  of(order: Int32Array): number {
    const size = this.#counts.draw(order)
    if (size === 0) return Number.NaN
    const place = this.#counts.placeOf(Math.max(1, Math.ceil(this.#share * size)))
    return Math.max(LEAST_MS, this.#values[place] as number)
  }
}

/** How often each value occurs in the seconds of a draw; a value is known by its place among all, from the least on. */
interface Counts {
  /** @returns of all values together */
  draw(order: Int32Array): number
  /** The least value that is not less than so many of the draw. @param rank from 1 */
  placeOf(rank: number): number
}

/**
 * Draws are made of whole blocks of seconds that follow each other: what is in a block up to a value is the difference
 * of two sums over seconds, and a rank is found among values by halves.
 */
class KeptCounts implements Counts {
  readonly #values: number
  readonly #width: number
  /** By place and second: values up to that place in all earlier seconds. */
  readonly #upTo: Int32Array
  readonly #from: Int32Array
  readonly #to: Int32Array
  #blocks = 0

  constructor(places: readonly Int32Array[], values: number) {
    const width = places.length + 1
    this.#values = values
    this.#width = width
    this.#upTo = new Int32Array(values * width)
    this.#from = new Int32Array(places.length)
    this.#to = new Int32Array(places.length)
    const upTo = this.#upTo
    for (const [second, here] of places.entries())
      for (const place of here) upTo[place * width + second + 1] = at(upTo, place * width + second + 1) + 1
    for (let place = 0; place < values; place++) {
      let sum = 0
      for (let second = 1; second < width; second++) {
        sum += at(upTo, place * width + second)
        const less = place === 0 ? 0 : at(upTo, (place - 1) * width + second)
        upTo[place * width + second] = sum + less
      }
    }
  }

  draw(order: Int32Array): number {
    this.#blocks = 0
    for (let i = 0; i < order.length; i++) {
      const second = at(order, i)
      const last = this.#blocks - 1
      if (last >= 0 && at(this.#to, last) === second) this.#to[last] = second + 1
      else {
        this.#from[this.#blocks] = second
        this.#to[this.#blocks++] = second + 1
      }
    }
    return this.#values === 0 ? 0 : this.#countUpTo(this.#values - 1)
  }

  placeOf(rank: number): number {
    let [least, most] = [0, this.#values - 1]
    while (least < most) {
      const middle = (least + most) >> 1
      if (this.#countUpTo(middle) >= rank) most = middle
      else least = middle + 1
    }
    return least
  }

  #countUpTo(place: number): number {
    const row = place * this.#width
    let count = 0
    for (let block = 0; block < this.#blocks; block++)
      count += at(this.#upTo, row + at(this.#to, block)) - at(this.#upTo, row + at(this.#from, block))
    return count
  }
}

/** Counts the values of a draw one by one. */
class FreshCounts implements Counts {
  readonly #places: readonly Int32Array[]
  readonly #tally: Int32Array

  constructor(places: readonly Int32Array[], values: number) {
    this.#places = places
    this.#tally = new Int32Array(values)
  }

  draw(order: Int32Array): number {
    const tally = this.#tally.fill(0)
    let size = 0
    for (const second of order) {
      const here = this.#places[second] as Int32Array
      for (const place of here) tally[place] = at(tally, place) + 1
      size += here.length
    }
    return size
  }

  placeOf(rank: number): number {
    let place = 0
    let left = rank
    while (left > at(this.#tally, place)) left -= at(this.#tally, place++)
    return place
  }
}

/** Indices are always within bounds, which `noUncheckedIndexedAccess` cannot know. */
const at = (values: Int32Array, index: number): number => values[index] as number
