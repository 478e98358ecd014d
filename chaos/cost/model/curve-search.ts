/** Where something changes along a curve. Bills jump where a broker is added, so a grid comes before the bisection. */

/** Factors of the stated workload, or of the listed prices. */
export interface Range {
  readonly fromFactor: number
  readonly toFactor: number
}

export const DEFAULT_RANGE: Range = { fromFactor: 0.05, toFactor: 20 }

const STEPS = 40

/** Evenly on a logarithmic scale, both ends included. */
export function gridOf({ fromFactor, toFactor }: Range, intervals: number): number[] {
  return Array.from(
    { length: intervals + 1 },
    (_, index) => fromFactor * (toFactor / fromFactor) ** (index / intervals),
  )
}

/** The last place at which it still holds, and the first at which it does not. */
export function bisect(holds: (x: number) => boolean, low: number, high: number): readonly [number, number] {
  let [from, to] = [low, high]
  for (let step = 0; step < STEPS; step++) {
    const middle = Math.sqrt(from * to)
    if (holds(middle)) from = middle
    else to = middle
  }
  return [from, to]
}

export interface Stretch<T> extends Range {
  readonly value: T
}

/** The range in stretches over which something stays as it is; their ends are narrowed down by bisection. */
export function stretchesOf<T>(at: (factor: number) => T, range: Range, intervals: number): Stretch<T>[] {
  const found: Stretch<T>[] = []
  let begun = range.fromFactor
  let last = { x: range.fromFactor, value: at(range.fromFactor) }
  for (const x of gridOf(range, intervals).slice(1)) {
    const value = at(x)
    if (value !== last.value) {
      const [end, start] = bisect(factor => at(factor) === last.value, last.x, x)
      found.push({ value: last.value, fromFactor: begun, toFactor: end })
      begun = start
    }
    last = { x, value }
  }
  return [...found, { value: last.value, fromFactor: begun, toFactor: range.toFactor }]
}
