import { assertNever } from '../../core/exhaustive.ts'
import { chargeTiers, type Priced } from '../prices.ts'
import {
  BYTES_PER_MB,
  type Bytes,
  bytesPerSecond,
  charge,
  type Gigabytes,
  hours,
  inGb,
  moved,
  plus,
  sum,
  times,
  type Usd,
  usd,
} from '../units.ts'
import { ingestOf } from '../workload.ts'
import type { BillContext } from './bill-context.ts'
import { type BillLine, input } from './bill-line.ts'
import type { PriceRow } from '../price-file.ts'
import { objectBytesPerByte } from './object-requests.ts'

/** Lines of bytes that move. */

/** Sender and receiver pay each: a byte that crosses is charged twice. */
const DIRECTIONS = 2

export function crossZonePrice({ prices, workload }: BillContext): Priced<'GB'> {
  return prices.price('xfer.interaz.per_direction', workload.region, 'GB')
}

export function crossZoneCost(context: BillContext, crossing: Bytes): Usd {
  return charge(crossZonePrice(context).price, times(inGb(crossing, context.conventions), DIRECTIONS))
}

function ingestOfMonth({ workload, aMonth }: BillContext): Bytes {
  return moved(ingestOf(workload), aMonth.seconds)
}

export function crossZoneLine(context: BillContext): BillLine {
  const { crossings, conventions } = context
  const perByte = crossings.produce + crossings.replicate
  const ingest = ingestOfMonth(context)
  return {
    line: 'cross-zone-paths',
    usdPerMonth: crossZoneCost(context, times(ingest, perByte)),
    formula:
      'ingest of a month × (crossings of produce + of replication) × price per GB, for both directions',
    inputs: [
      input('ingest of a month', inGb(ingest, conventions), 'GB'),
      input('crossings of produce', crossings.produce, 'per ingested byte'),
      input('crossings of replication', crossings.replicate, 'per ingested byte'),
    ],
    prices: [crossZonePrice(context).row],
  }
}

export function fanOutLine(context: BillContext): BillLine {
  const { workload, crossings, conventions } = context
  const ingest = ingestOfMonth(context)
  return {
    line: 'read-fan-out',
    usdPerMonth: crossZoneCost(context, times(ingest, workload.fanOut * crossings.consume)),
    formula:
      'ingest of a month × consumer groups × crossings of a read × price per GB, for both directions; brokers for it are in compute',
    inputs: [
      input('ingest of a month', inGb(ingest, conventions), 'GB'),
      input('consumer groups', workload.fanOut, 'groups'),
      input('crossings of a read', crossings.consume, 'per read byte'),
    ],
    prices: [crossZonePrice(context).row],
  }
}

interface Part {
  readonly usdPerMonth: Usd
  readonly prices: readonly PriceRow[]
}

/** What leaves for sinks, and the way to the object store where that is not free. */
export function networkTransferLine(context: BillContext): BillLine {
  const { workload, conventions, platform } = context
  const toSinks = moved(bytesPerSecond(workload.connector.mbPerSecond * BYTES_PER_MB), context.aMonth.seconds)
  const toStore = times(ingestOfMonth(context), objectBytesPerByte(platform, workload))
  const sinks = sinkPart(context, toSinks)
  const store = storePart(context, inGb(toStore, conventions))
  return {
    line: 'network-transfer',
    usdPerMonth: plus(sinks.usdPerMonth, store.usdPerMonth),
    formula: `connector traffic to the ${workload.connector.to}; object-store bytes by the ${workload.objectStore.access}${workload.objectStore.access === 'gateway' ? ' endpoint, which is free' : ''}`,
    inputs: [
      input('to sinks', inGb(toSinks, conventions), 'GB a month'),
      input('to and from the object store', inGb(toStore, conventions), 'GB a month'),
    ],
    prices: [...sinks.prices, ...store.prices],
  }
}

function sinkPart(context: BillContext, toSinks: Bytes): Part {
  const { workload, prices, conventions, crossings } = context
  const gb = inGb(toSinks, conventions)
  const { to } = workload.connector
  switch (to) {
    case 'same-region':
      return {
        usdPerMonth: crossZoneCost(context, times(toSinks, crossings.consume)),
        prices: [crossZonePrice(context).row],
      }
    case 'other-region': {
      const { price, row } = prices.price('xfer.interregion.other', workload.region, 'GB')
      return { usdPerMonth: charge(price, gb), prices: [row] }
    }
    case 'internet': {
      const tiers = prices.tiers('xfer.internet.out', workload.region, 'GB')
      return { usdPerMonth: chargeTiers(tiers, gb), prices: tiers.map(({ row }) => row) }
    }
    default:
      return assertNever(to)
  }
}

function storePart(context: BillContext, gb: Gigabytes): Part {
  const { workload, prices, conventions } = context
  const perZone = hours(workload.zones * conventions.hoursPerMonth)
  if (gb === 0 || workload.objectStore.access === 'gateway') return { usdPerMonth: usd(0), prices: [] }
  const names =
    workload.objectStore.access === 'interface'
      ? { hour: 'vpce.interface.hour', gb: 'vpce.interface.gb' }
      : { hour: 'nat.hour', gb: 'nat.gb' }
  const hour = prices.price(names.hour, workload.region, 'hour')
  const tiers = prices.tiers(names.gb, workload.region, 'GB')
  return {
    usdPerMonth: sum([charge(hour.price, perZone), chargeTiers(tiers, gb)]),
    prices: [hour.row, ...tiers.map(({ row }) => row)],
  }
}
