import type { PriceTable } from '../prices.ts'
import type { Workload } from '../workload.ts'
import type { Crossings } from './crossings.ts'
import type { PlatformName } from '../../platforms/index.ts'
import { type Lever, totalAt } from './sensitivity.ts'

/** Where one platform stops being the cheaper of two, as one thing grows and everything else stays. */
export interface BreakEven {
  readonly lever: string
  readonly unit: string
  readonly platforms: readonly [PlatformName, PlatformName]
  /** The range that was looked at: factors of the stated workload, and what they are in the lever's unit. */
  readonly range: Range
  /** In order; none means no crossing in the range. */
  readonly crossings: readonly Crossing[]
  /** The cheaper one at the low and at the high end; null when they cost the same. */
  readonly cheaperAtLow: PlatformName | null
  readonly cheaperAtHigh: PlatformName | null
}

interface Range {
  readonly fromFactor: number
  readonly toFactor: number
  readonly from: number | null
  readonly to: number | null
}

interface Crossing {
  readonly factor: number
  readonly value: number | null
  readonly cheaperBelow: PlatformName
  readonly cheaperAbove: PlatformName
}

/** Bills jump where a broker is added, so crossings are looked for between so many points before bisecting. */
const POINTS = 48
const STEPS = 40
/** Less than this apart is the same price. */
const SAME_USD = 0.005

export const DEFAULT_FACTORS = { fromFactor: 0.05, toFactor: 20 } as const

export interface BreakEvenOptions {
  readonly fromFactor?: number
  readonly toFactor?: number
  readonly measured?: Partial<Readonly<Record<PlatformName, Crossings>>>
}

/** Of every two platforms. Each platform's bill at a point is worked out once, for all pairs that it is in. */
export function breakEvens(
  lever: Lever,
  platforms: readonly PlatformName[],
  workload: Workload,
  prices: PriceTable,
): BreakEven[] {
  const known = new Map<string, number>()
  const total: TotalAt = (platform, factor) => {
    const key = `${platform} ${factor}`
    const found = known.get(key) ?? totalAt(platform, lever, factor, workload, prices)
    known.set(key, found)
    return found
  }
  return platforms.flatMap((a, index) =>
    platforms.slice(index + 1).map(b => pairBreakEven(lever, [a, b], workload, total, DEFAULT_FACTORS)),
  )
}

export function breakEven(
  lever: Lever,
  pair: readonly [PlatformName, PlatformName],
  workload: Workload,
  prices: PriceTable,
  options: BreakEvenOptions = {},
): BreakEven {
  const total: TotalAt = (platform, factor) =>
    totalAt(platform, lever, factor, workload, prices, options.measured?.[platform])
  return pairBreakEven(lever, pair, workload, total, { ...DEFAULT_FACTORS, ...options })
}

type TotalAt = (platform: PlatformName, factor: number) => number

function pairBreakEven(
  lever: Lever,
  [a, b]: readonly [PlatformName, PlatformName],
  workload: Workload,
  total: TotalAt,
  { fromFactor, toFactor }: { readonly fromFactor: number; readonly toFactor: number },
): BreakEven {
  const difference = (factor: number): number => total(a, factor) - total(b, factor)
  const cheaper = (factor: number): PlatformName | null => {
    const apart = difference(factor)
    if (Math.abs(apart) < SAME_USD) return null
    return apart < 0 ? a : b
  }
  const now = lever.now(workload)
  const valueAt = (factor: number): number | null => (now === null ? null : now * factor)
  return {
    lever: lever.name,
    unit: lever.unit,
    platforms: [a, b],
    range: { fromFactor, toFactor, from: valueAt(fromFactor), to: valueAt(toFactor) },
    crossings: signChanges(difference, fromFactor, toFactor).map(({ factor, rising }) => ({
      factor,
      value: valueAt(factor),
      cheaperBelow: rising ? a : b,
      cheaperAbove: rising ? b : a,
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

/** Every change of sign between points of a logarithmic grid, each narrowed down by bisection. */
export function signChanges(f: (x: number) => number, from: number, to: number): SignChange[] {
  const grid = Array.from({ length: POINTS + 1 }, (_, index) => from * (to / from) ** (index / POINTS))
  const found: SignChange[] = []
  let last: { readonly x: number; readonly y: number } | undefined
  for (const x of grid) {
    const y = f(x)
    // A point where both cost the same belongs to neither side.
    if (Math.abs(y) < SAME_USD) continue
    if (last && Math.sign(last.y) !== Math.sign(y))
      found.push({ factor: bisect(f, last.x, x), rising: y > 0 })
    last = { x, y }
  }
  return found
}

function bisect(f: (x: number) => number, low: number, high: number): number {
  const sign = Math.sign(f(low))
  let [from, to] = [low, high]
  for (let step = 0; step < STEPS; step++) {
    const middle = Math.sqrt(from * to)
    if (Math.sign(f(middle)) === sign) from = middle
    else to = middle
  }
  return to
}
