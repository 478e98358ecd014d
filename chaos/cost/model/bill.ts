import type { PriceRow } from '../price-file.ts'
import type { PriceTable } from '../prices.ts'
import { sum, type Usd } from '../units.ts'
import type { Workload } from '../workload.ts'
import { type BillContext, billContext } from './bill-context.ts'
import { type BillLine, LINES, type LineName } from './bill-line.ts'
import type { Crossings } from './crossings.ts'
import { brokerLossesLine, costOfBrokerLoss, costOfReplay, operatorLine, replaysLine } from './event-lines.ts'
import type { PlatformName } from '../../platforms/index.ts'
import { brokerStorageLine, computeLine, objectRequestsLine, objectStorageLine } from './running-lines.ts'
import type { Sizing } from './sizing.ts'
import { crossZoneLine, fanOutLine, networkTransferLine } from './transfer-lines.ts'

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

const WORK_OUT: Readonly<Record<LineName, (context: BillContext) => BillLine>> = {
  compute: computeLine,
  'broker-storage': brokerStorageLine,
  'object-storage': objectStorageLine,
  'object-requests': objectRequestsLine,
  'network-transfer': networkTransferLine,
  'read-fan-out': fanOutLine,
  'cross-zone-paths': crossZoneLine,
  'operator-time': operatorLine,
  replays: replaysLine,
  'broker-losses': brokerLossesLine,
}

/**
 * @param measured crossings that a run measured, in place of the usual formula.
 * @throws AftershockError `input` when a price that the platform needs is not in the table.
 */
export function billFor(
  platform: PlatformName,
  workload: Workload,
  prices: PriceTable,
  measured?: Crossings,
): Bill {
  const context = billContext(platform, workload, prices, measured)
  const lines = LINES.map(name => WORK_OUT[name](context))
  return {
    platform,
    totalUsdPerMonth: sum(lines.map(line => line.usdPerMonth)),
    lines,
    usdPerReplay: costOfReplay(context),
    usdPerBrokerLoss: costOfBrokerLoss(context),
    sizing: context.sizing,
    crossings: context.crossings,
    crossingsFrom: measured ? 'measured' : 'formula',
  }
}

/** Every price that a bill rests on, once. */
export function pricesOf(bills: readonly Bill[]): PriceRow[] {
  return [...new Set(bills.flatMap(bill => bill.lines.flatMap(line => line.prices)))].toSorted(
    (a, b) => a.item.localeCompare(b.item) || (a.tier?.from ?? 0) - (b.tier?.from ?? 0),
  )
}
