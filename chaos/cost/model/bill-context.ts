import type { PriceTable } from '../prices.ts'
import { type Conventions, type Months, month, months, type Seconds, secondsIn } from '../units.ts'
import { conventionsOf, type Workload } from '../workload.ts'
import { type Crossings, type MeasuredCrossings, theoreticalCrossings } from './crossings.ts'
import type { PlatformName } from '../../platforms/index.ts'
import { type Kept, keptBy } from './kept.ts'
import { sizeCluster, type Sizing } from './sizing.ts'

/** Everything that the lines of one bill are worked out from. Nothing but `prices` depends on prices. */
export interface BillContext {
  readonly platform: PlatformName
  readonly workload: Workload
  readonly prices: PriceTable
  readonly conventions: Conventions
  readonly crossings: Crossings
  /** Bytes between two regions, both ways, for each ingested byte; 0: there is one region. */
  readonly betweenRegions: number
  readonly kept: Kept
  /** For the usual load, and with a replay beside it. */
  readonly sizing: Sizing
  readonly replaySizing: Sizing
  readonly aMonth: { readonly months: Months; readonly seconds: Seconds }
}

/** @param crossings in place of the usual formula: ratios that a run measured. */
export function billContext(
  platform: PlatformName,
  workload: Workload,
  prices: PriceTable,
  crossings: MeasuredCrossings = theoreticalCrossings(platform, workload),
): BillContext {
  const conventions = conventionsOf(workload)
  const kept = keptBy(platform, workload)
  return {
    platform,
    workload,
    prices,
    conventions,
    crossings,
    betweenRegions: crossings.betweenRegions ?? workload.secondRegion?.bytesPerIngestedByte ?? 0,
    kept,
    sizing: sizeCluster(platform, workload, false, kept),
    replaySizing: sizeCluster(platform, workload, true, kept),
    aMonth: { months: months(1), seconds: secondsIn(month(conventions)) },
  }
}
