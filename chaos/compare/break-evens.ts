import { type PlatformId, nameOfId } from '../platforms/platform-id.ts'
import type { Crossings } from '../cost/model/crossings.ts'
import { billCurve } from '../cost/model/curve.ts'
import { DEFAULT_RANGE, gridOf, type Range } from '../cost/model/curve-search.ts'
import { isPrice, type Lever, LEVERS } from '../cost/model/levers.ts'
import { cheapestOf, linesMeet } from '../cost/model/lines-meet.ts'
import { rememberedModel } from '../cost/model/remembered.ts'
import type { PriceTable } from '../cost/prices.ts'
import type { Workload } from '../cost/workload.ts'
import type { ComparedBreakEven } from './comparison.ts'

export interface Priced {
  readonly workload: Workload
  readonly prices: PriceTable
  readonly measured: Partial<Readonly<Record<PlatformId, Crossings>>>
}

/** Nobody plans for a price that is twenty times what it is; half and double are seen. */
const PRICE_RANGE: Range = { fromFactor: 0.5, toFactor: 2 }
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
  const range = isPrice(lever) ? PRICE_RANGE : DEFAULT_RANGE
  const valueAt = (factor: number): number | null => (now === null ? null : now * factor)
  const lines = platforms.map(platform => ({
    platform,
    total: billCurve(nameOfId(platform), lever, workload, prices, measured[platform]),
  }))
  const within = ({ fromFactor, toFactor }: Range) => ({
    fromFactor,
    toFactor,
    from: valueAt(fromFactor),
    to: valueAt(toFactor),
  })
  const factors = gridOf(range, POINTS)
  // Two versions of a platform have the same model: their lines lie on one another.
  const pairs = lines.flatMap((a, index) =>
    lines
      .slice(index + 1)
      .flatMap(b => (nameOfId(a.platform) === nameOfId(b.platform) ? [] : [[a, b] as const])),
  )
  return {
    lever: lever.name,
    unit: lever.unit,
    range: within(range),
    curves: lines.map(({ platform, total }) => ({
      platform,
      points: factors.map(factor => ({ factor, value: valueAt(factor), usdPerMonth: total(factor) })),
    })),
    crossings: pairs.flatMap(([a, b]) =>
      linesMeet(factor => [a.total(factor), b.total(factor)], range).map(
        ({ factor, below, above, same }) => ({
          platforms: [a.platform, b.platform] satisfies [PlatformId, PlatformId],
          factor,
          value: valueAt(factor),
          usdPerMonth: a.total(factor),
          cheaperBelow: below === null ? null : below === 0 ? a.platform : b.platform,
          cheaperAbove: above === null ? null : above === 0 ? a.platform : b.platform,
          same: same && within(same),
        }),
      ),
    ),
    cheapest: cheapestOf(factor => lines.map(({ total }) => total(factor)), range).flatMap(
      ({ index, ...stretch }) => {
        const platform = platforms[index]
        return platform ? [{ platform, ...within(stretch) }] : []
      },
    ),
  }
}
