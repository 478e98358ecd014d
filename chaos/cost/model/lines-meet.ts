import { bisect, gridOf, type Range, stretchesOf } from './curve-search.ts'

/** Two bills closer than this are the same bill: the model is not that exact. */
export const SAME_PART = 0.02
/** So near to the end of the range, what is beyond it is not seen: it says nothing. */
const EDGE = 1.15

const POINTS = 96

/** Where the cheaper of two lines changes. 0 and 1 are the lines; null: there they are the same, to the end. */
export interface Meeting {
  readonly factor: number
  readonly below: 0 | 1 | null
  readonly above: 0 | 1 | null
  /** Where both cost the same, within 2%; null where one jumps past the other. */
  readonly same: Range | null
}

type State = 0 | 1 | null

/**
 * Pure: bills go up in steps, since brokers are whole, so two lines that run close may cross back and forth. What is
 * within 2% counts as the same, and only what is on either side of that as cheaper.
 */
export function linesMeet(both: (factor: number) => readonly [number, number], range: Range): Meeting[] {
  const stateAt = (factor: number): State => {
    const [a, b] = both(factor)
    if (Math.abs(a - b) <= SAME_PART * Math.min(a, b)) return null
    return a < b ? 0 : 1
  }
  const signAt = (factor: number): number => Math.sign(both(factor)[0] - both(factor)[1])
  const stretches = stretchesOf(stateAt, range, POINTS)
  return stretches.flatMap(({ value, fromFactor, toFactor }, index): Meeting[] => {
    const [before, after] = [stretches[index - 1], stretches[index + 1]]
    if (value !== null) {
      // One jumps past the other between two points.
      if (!after || after.value === null || isEdge(toFactor, range)) return []
      return [{ factor: toFactor, below: value, above: after.value, same: null }]
    }
    const [below, above] = [before?.value ?? null, after?.value ?? null]
    const same = { fromFactor, toFactor }
    const factor = crossingIn(signAt, same)
    // They come near and part again: neither became the cheaper one.
    if (before && after && below === above && factor === null) return []
    if ((before || after) && isEdge(before ? fromFactor : toFactor, range)) return []
    return [{ factor: factor ?? Math.sqrt(fromFactor * toFactor), below, above, same }]
  })
}

function crossingIn(signAt: (factor: number) => number, range: Range): number | null {
  const changes = stretchesOf(signAt, range, POINTS)
  return changes.length < 2 ? null : (changes[0]?.toFactor ?? null)
}

const isEdge = (factor: number, { fromFactor, toFactor }: Range): boolean =>
  factor < fromFactor * EDGE || factor > toFactor / EDGE

/** Which of several lines is the lowest, and where; one stays it until another is more than 2% below. */
export function cheapestOf(
  all: (factor: number) => readonly number[],
  range: Range,
): (Range & { readonly index: number })[] {
  const lowestAt = (factor: number): number => {
    const totals = all(factor)
    return totals.indexOf(Math.min(...totals))
  }
  const stays = (index: number, factor: number): boolean => {
    const totals = all(factor)
    return (totals[index] ?? 0) <= Math.min(...totals) * (1 + SAME_PART)
  }
  const found: (Range & { index: number })[] = []
  let index = lowestAt(range.fromFactor)
  let begun = range.fromFactor
  let before = range.fromFactor
  for (const factor of gridOf(range, POINTS)) {
    if (!stays(index, factor)) {
      const [end, start] = bisect(x => stays(index, x), before, factor)
      found.push({ index, fromFactor: begun, toFactor: end })
      index = lowestAt(factor)
      begun = start
    }
    before = factor
  }
  return [...found, { index, fromFactor: begun, toFactor: range.toFactor }]
}
