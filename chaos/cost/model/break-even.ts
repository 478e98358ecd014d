import type { PriceTable } from '../prices.ts'
import type { Workload } from '../workload.ts'
import type { PlatformName } from '../../platforms/index.ts'
import { billCurve, type Curve } from './curve.ts'
import { bisect, DEFAULT_RANGE, gridOf, type Range } from './curve-search.ts'
import type { Lever } from './levers.ts'

/** Where one platform stops being the cheaper of two, as one thing grows and everything else stays. */
export interface BreakEven {
  readonly lever: string
  readonly unit: string
  readonly platforms: readonly [PlatformName, PlatformName]
  /** The range that was looked at: factors of the stated workload, and what they are in the lever's unit. */
  readonly range: Range & { readonly from: number | null; readonly to: number | null }
  /** In order; none means no crossing in the range. */
  readonly crossings: readonly Crossing[]
  /** The cheaper one at the low and at the high end; null when they cost the same. */
  readonly cheaperAtLow: PlatformName | null
  readonly cheaperAtHigh: PlatformName | null
}

interface Crossing {
  readonly factor: number
  readonly value: number | null
  readonly cheaperBelow: PlatformName
  readonly cheaperAbove: PlatformName
}

/** The grid of the search, which evidence rests on: crossings between the same two points are not seen. */
const POINTS = 48
/** Less than this apart is the same price. */
const SAME_USD = 0.005

/** Of every two platforms. */
export function breakEvens(
  lever: Lever,
  platforms: readonly PlatformName[],
  workload: Workload,
  prices: PriceTable,
): BreakEven[] {
  const now = lever.now(workload)
  const lines = platforms.map(platform => ({
    platform,
    total: billCurve(platform, lever, workload, prices),
  }))
  return lines.flatMap((a, index) => lines.slice(index + 1).map(b => breakEvenOf(lever, now, a, b)))
}

interface Line {
  readonly platform: PlatformName
  readonly total: Curve
}

function breakEvenOf({ name, unit }: Lever, now: number | null, a: Line, b: Line): BreakEven {
  const { fromFactor, toFactor } = DEFAULT_RANGE
  const difference: Curve = factor => a.total(factor) - b.total(factor)
  const cheaper = (factor: number): PlatformName | null => {
    const apart = difference(factor)
    if (Math.abs(apart) < SAME_USD) return null
    return apart < 0 ? a.platform : b.platform
  }
  const valueAt = (factor: number): number | null => (now === null ? null : now * factor)
  return {
    lever: name,
    unit,
    platforms: [a.platform, b.platform],
    range: { fromFactor, toFactor, from: valueAt(fromFactor), to: valueAt(toFactor) },
    crossings: signChanges(difference, DEFAULT_RANGE).map(({ factor, rising }) => ({
      factor,
      value: valueAt(factor),
      cheaperBelow: rising ? a.platform : b.platform,
      cheaperAbove: rising ? b.platform : a.platform,
    })),
    cheaperAtLow: cheaper(fromFactor),
    cheaperAtHigh: cheaper(toFactor),
  }
}

interface SignChange {
  readonly factor: number
  /** From a being cheaper to b being cheaper. */
  readonly rising: boolean
}

/** Every change of sign between points of the grid, each narrowed down. */
export function signChanges(f: (x: number) => number, range: Range): SignChange[] {
  const found: SignChange[] = []
  let last: { readonly x: number; readonly sign: number } | undefined
  for (const x of gridOf(range, POINTS)) {
    const y = f(x)
    // A point where both cost the same belongs to neither side.
    if (Math.abs(y) < SAME_USD) continue
    const sign = Math.sign(y)
    if (last && last.sign !== sign) {
      const { x: low, sign: before } = last
      const [, factor] = bisect(middle => Math.sign(f(middle)) === before, low, x)
      found.push({ factor, rising: sign > 0 })
    }
    last = { x, sign }
  }
  return found
}
