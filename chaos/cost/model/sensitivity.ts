import type { PriceTable } from '../prices.ts'
import type { Workload } from '../workload.ts'
import type { Crossings } from './crossings.ts'
import type { PlatformName } from '../../platforms/index.ts'
import { billCurve } from './curve.ts'
import { LEVERS } from './levers.ts'

export interface Sensitivity {
  readonly lever: string
  readonly platform: PlatformName
  readonly usdAtLess: number
  readonly usd: number
  readonly usdAtMore: number
  /** Percent of the bill for the step down and up. */
  readonly percentAtLess: number
  readonly percentAtMore: number
}

export const SENSITIVITY_STEP = 0.2

/** How far each bill moves when one thing is 20% less and 20% more. */
export function sensitivities(
  platforms: readonly PlatformName[],
  workload: Workload,
  prices: PriceTable,
  measured: Partial<Readonly<Record<PlatformName, Crossings>>> = {},
): Sensitivity[] {
  return LEVERS.flatMap(lever =>
    platforms.map(platform => {
      const total = billCurve(platform, lever, workload, prices, measured[platform])
      const usd = total(1)
      const usdAtLess = total(1 - SENSITIVITY_STEP)
      const usdAtMore = total(1 + SENSITIVITY_STEP)
      const percent = (value: number): number => (usd === 0 ? 0 : ((value - usd) / usd) * 100)
      return {
        lever: lever.name,
        platform,
        usdAtLess,
        usd,
        usdAtMore,
        percentAtLess: percent(usdAtLess),
        percentAtMore: percent(usdAtMore),
      }
    }),
  )
}
