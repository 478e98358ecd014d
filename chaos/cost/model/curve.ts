import type { PlatformName } from '../../platforms/index.ts'
import type { PriceTable } from '../prices.ts'
import type { Workload } from '../workload.ts'
import { totalOf } from './bill.ts'
import { billContext } from './bill-context.ts'
import type { Crossings } from './crossings.ts'
import type { Lever } from './levers.ts'

/** US dollars a month, as one thing is a factor of what it is and everything else stays. */
export type Curve = (factor: number) => number

/**
 * How one platform's bill goes with a lever. Each point is worked out once: a platform is in several pairs, whose
 * crossings are looked for at the same points.
 * @param measured crossings that a run measured, in place of the usual formula.
 */
export function billCurve(
  platform: PlatformName,
  { apply }: Lever,
  workload: Workload,
  prices: PriceTable,
  measured?: Crossings,
): Curve {
  const now = billContext(platform, workload, prices, measured)
  const known = new Map<number, number>()
  return factor => {
    const found = known.get(factor)
    if (found !== undefined) return found
    const [changed, table] = apply(workload, prices, factor)
    const context =
      changed === workload ? { ...now, prices: table } : billContext(platform, changed, table, measured)
    const total = totalOf(context)
    known.set(factor, total)
    return total
  }
}
