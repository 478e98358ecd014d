import type { PriceRow } from '../../record/price-row.ts'
import type { PriceTable } from '../prices.ts'
import { sum, type Usd } from '../units.ts'
import type { Workload } from '../workload.ts'
import { type BillContext, billContext } from './bill-context.ts'
import { type BillLine, type LineModel } from './bill-line.ts'
import { LINES, type LineName } from '../../record/cost-file.ts'
import type { Crossings, MeasuredCrossings } from './crossings.ts'
import { brokerLosses, costOfBrokerLoss, costOfReplay, operatorTime, replays } from './event-lines.ts'
import type { PlatformName } from '../../platforms/index.ts'
import { brokerStorage, compute, objectRequests, objectStorage } from './running-lines.ts'
import type { Sizing } from './sizing.ts'
import { betweenRegions, crossZonePaths, networkTransfer, readFanOut } from './transfer-lines.ts'

/** What a platform costs a month for one workload. `totalUsdPerMonth` is the sum of the lines, nothing else. */
export interface Bill {
  readonly platform: PlatformName
  readonly totalUsdPerMonth: Usd
  readonly lines: readonly BillLine[]
  /** What one more of each costs, without the machines that are kept ready for replays. */
  readonly usdPerReplay: Usd
  readonly usdPerBrokerLoss: Usd
  readonly sizing: Sizing
  readonly crossings: Crossings
  /** Whether the crossings are the usual formula or what a run measured. */
  readonly crossingsFrom: 'formula' | 'measured'
}

const MODELS: Readonly<Record<LineName, LineModel>> = {
  compute,
  'broker-storage': brokerStorage,
  'object-storage': objectStorage,
  'object-requests': objectRequests,
  'network-transfer': networkTransfer,
  'read-fan-out': readFanOut,
  'cross-zone-paths': crossZonePaths,
  'inter-region': betweenRegions,
  'operator-time': operatorTime,
  replays,
  'broker-losses': brokerLosses,
}

/**
 * @param measured crossings that a run measured, in place of the usual formula.
 * @throws AftershockError `input` when a price that the platform needs is not in the table.
 */
export function billFor(
  platform: PlatformName,
  workload: Workload,
  prices: PriceTable,
  measured?: MeasuredCrossings,
): Bill {
  const context = billContext(platform, workload, prices, measured)
  return {
    platform,
    totalUsdPerMonth: totalOf(context),
    lines: LINES.map(line => ({
      line,
      usdPerMonth: MODELS[line].costs(context),
      ...MODELS[line].explains(context),
    })),
    usdPerReplay: costOfReplay(context),
    usdPerBrokerLoss: costOfBrokerLoss(context),
    sizing: context.sizing,
    crossings: context.crossings,
    crossingsFrom: measured ? 'measured' : 'formula',
  }
}

/** What a bill comes to, without its words. */
export function totalOf(context: BillContext): Usd {
  return sum(LINES.map(line => MODELS[line].costs(context)))
}

/** Every price that a bill rests on, once. */
export function pricesOf(bills: readonly Bill[]): PriceRow[] {
  return [...new Set(bills.flatMap(bill => bill.lines.flatMap(line => line.prices)))].toSorted(
    (a, b) => a.item.localeCompare(b.item) || (a.tier?.from ?? 0) - (b.tier?.from ?? 0),
  )
}
