import { type PlatformId, nameOfId } from '../platforms/platform-id.ts'
import type { Crossings } from '../cost/model/crossings.ts'
import { DEFAULT_FACTORS } from '../cost/model/break-even.ts'
import { rememberedModel } from '../cost/model/remembered.ts'
import { LEVERS, type Lever, totalAt } from '../cost/model/sensitivity.ts'
import type { PriceTable } from '../cost/prices.ts'
import type { Workload } from '../cost/workload.ts'
import type { ComparedBreakEven } from './comparison.ts'
import { cheapestOf, linesMeet } from './lines-meet.ts'

export interface Priced {
  readonly workload: Workload
  readonly prices: PriceTable
  readonly measured: Partial<Readonly<Record<PlatformId, Crossings>>>
}

/** Nobody plans for a price that is twenty times what it is; half and double are seen. */
const PRICE_FACTORS = { fromFactor: 0.5, toFactor: 2 } as const
/** Of each line, for drawing; even, so that the stated workload is one of them. */
const POINTS = 24

/** How each bill goes as one thing grows and everything else stays, and where the cheaper one changes. */
export function breakEvensOf(platforms: readonly PlatformId[], priced: Priced): ComparedBreakEven[] {
  const { prices, workload, measured } = priced
  return asked(prices, workload, JSON.stringify([platforms, measured]), () =>
    LEVERS.map(lever => breakEvenOf(lever, platforms, priced)),
  )
}

const asked = rememberedModel<ComparedBreakEven[]>()

function breakEvenOf(
  lever: Lever,
  platforms: readonly PlatformId[],
  { workload, prices, measured }: Priced,
): ComparedBreakEven {
  const now = lever.now(workload)
  const range = isPrice(lever) ? PRICE_FACTORS : DEFAULT_FACTORS
  const valueAt = (factor: number): number | null => (now === null ? null : now * factor)
  const total = remembered((platform, factor) =>
    totalAt(nameOfId(platform), lever, factor, workload, prices, measured[platform]),
  )
  const within = ({ fromFactor, toFactor }: { fromFactor: number; toFactor: number }) => ({
    fromFactor,
    toFactor,
    from: valueAt(fromFactor),
    to: valueAt(toFactor),
  })
  const factors = Array.from(
    { length: POINTS + 1 },
    (_, index) => range.fromFactor * (range.toFactor / range.fromFactor) ** (index / POINTS),
  )
  // Two versions of a platform have the same model: their lines lie on one another.
  const pairs = platforms.flatMap((a, index) =>
    platforms.slice(index + 1).flatMap(b => (nameOfId(a) === nameOfId(b) ? [] : [[a, b] as const])),
  )
  return {
    lever: lever.name,
    unit: lever.unit,
    range: within(range),
    curves: platforms.map(platform => ({
      platform,
      points: factors.map(factor => ({
        factor,
        value: valueAt(factor),
        usdPerMonth: total(platform, factor),
      })),
    })),
    crossings: pairs.flatMap(([a, b]) =>
      linesMeet(factor => [total(a, factor), total(b, factor)], range).map(
        ({ factor, below, above, same }) => ({
          platforms: [a, b] satisfies [PlatformId, PlatformId],
          factor,
          value: valueAt(factor),
          usdPerMonth: total(a, factor),
          cheaperBelow: below === null ? null : below === 0 ? a : b,
          cheaperAbove: above === null ? null : above === 0 ? a : b,
          same: same && within(same),
        }),
      ),
    ),
    cheapest: cheapestOf(factor => platforms.map(platform => total(platform, factor)), range).flatMap(
      ({ index, ...stretch }) => {
        const platform = platforms[index]
        return platform ? [{ platform, ...within(stretch) }] : []
      },
    ),
  }
}

/** Every platform is in several pairs, at the same points. */
function remembered(total: (platform: PlatformId, factor: number) => number): typeof total {
  const known = new Map<string, number>()
  return (platform, factor) => {
    const key = `${platform} ${factor}`
    const found = known.get(key) ?? total(platform, factor)
    known.set(key, found)
    return found
  }
}

export const isPrice = ({ unit }: { readonly unit: string }): boolean => unit === '× price'
