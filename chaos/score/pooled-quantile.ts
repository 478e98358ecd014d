/** Below a millisecond, times are not resolved; a ratio needs something above zero. */
const LEAST_MS = 1

/** A quantile of the values of many seconds together, without sorting them anew for every draw. */
export class PooledQuantile {
  readonly n: number
  readonly size: number
  /** Different values, summed over the seconds: what one draw looks at. */
  readonly cost: number
  readonly #share: number
  /** Every value that there is, sorted. */
  readonly #values: Int32Array
  /** By second: places in `#values`, and how often each occurs. */
  readonly #places: readonly Int32Array[]
  readonly #counts: readonly Int32Array[]
  readonly #tally: Int32Array

  constructor(seconds: readonly Int32Array[], share: number) {
    this.#share = share
    this.n = seconds.length
    this.size = seconds.reduce((sum, second) => sum + second.length, 0)
    this.#values = Int32Array.from(new Set(seconds.flatMap(second => [...second]))).sort()
    const placeOf = new Map([...this.#values].map((value, place) => [value, place] as const))
    const tallies = seconds.map(second => {
      const tally = new Map<number, number>()
      for (const value of second) {
        const place = placeOf.get(value) as number
        tally.set(place, (tally.get(place) ?? 0) + 1)
      }
      return tally
    })
    this.#places = tallies.map(tally => Int32Array.from(tally.keys()))
    this.#counts = tallies.map(tally => Int32Array.from(tally.values()))
    this.cost = tallies.reduce((sum, tally) => sum + tally.size, 0)
    this.#tally = new Int32Array(this.#values.length)
  }

  /** The nearest rank, as everywhere in the report; NaN when there is nothing. */
  of(order: Int32Array): number {
    const tally = this.#tally.fill(0)
    let size = 0
    for (const second of order) {
      const places = this.#places[second] as Int32Array
      const counts = this.#counts[second] as Int32Array
      for (let i = 0; i < places.length; i++) {
        const place = places[i] as number
        const count = counts[i] as number
        tally[place] = (tally[place] as number) + count
        size += count
      }
    }
    let rank = Math.max(1, Math.ceil(this.#share * size))
    if (size === 0) return Number.NaN
    let place = 0
    while (rank > (tally[place] as number)) rank -= tally[place++] as number
    return Math.max(LEAST_MS, this.#values[place] as number)
  }
}
