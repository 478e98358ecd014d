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
import { input, type LineModel } from './bill-line.ts'
import type { PriceRow } from '../../record/price-row.ts'
import { objectBytesPerByte } from './object-requests.ts'

/** Lines of bytes that move. */

/** By how far the other region is: AWS has one pair that is cheaper than all others. */
const INTER_REGION_ITEMS = {
  other: 'xfer.interregion.other',
  'us-east-2': 'xfer.interregion.useast1-useast2',
} as const

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

export const crossZonePaths: LineModel = {
  costs(context) {
    const { produce, replicate } = context.crossings
    return crossZoneCost(context, times(ingestOfMonth(context), produce + replicate))
  },
  explains: context => ({
    formula:
      'ingest of a month × (crossings of produce + of replication) × price per GB, for both directions',
    inputs: [
      input('ingest of a month', inGb(ingestOfMonth(context), context.conventions), 'GB'),
      input('crossings of produce', context.crossings.produce, 'per ingested byte'),
      input('crossings of replication', context.crossings.replicate, 'per ingested byte'),
    ],
    prices: [crossZonePrice(context).row],
  }),
}

export const readFanOut: LineModel = {
  costs(context) {
    const { workload, crossings } = context
    return crossZoneCost(context, times(ingestOfMonth(context), workload.fanOut * crossings.consume))
  },
  explains: context => ({
    formula:
      'ingest of a month × consumer groups × crossings of a read × price per GB, for both directions; brokers for it are in compute',
    inputs: [
      input('ingest of a month', inGb(ingestOfMonth(context), context.conventions), 'GB'),
      input('consumer groups', context.workload.fanOut, 'groups'),
      input('crossings of a read', context.crossings.consume, 'per read byte'),
    ],
    prices: [crossZonePrice(context).row],
  }),
}

/** The region that a byte leaves pays for it, in either direction; whoever receives it pays nothing. */
export const betweenRegions: LineModel = {
  costs(context) {
    if (context.betweenRegions === 0) return usd(0)
    return charge(interRegionPrice(context).price, inGb(betweenOfMonth(context), context.conventions))
  },
  explains: context => ({
    formula:
      context.betweenRegions === 0
        ? 'there is one region'
        : 'ingest of a month × bytes between the regions for each ingested byte × price per GB that leaves a region',
    inputs: [
      input('ingest of a month', inGb(ingestOfMonth(context), context.conventions), 'GB'),
      input('between the regions', context.betweenRegions, 'per ingested byte'),
    ],
    prices: context.betweenRegions === 0 ? [] : [interRegionPrice(context).row],
  }),
}

const betweenOfMonth = (context: BillContext): Bytes => times(ingestOfMonth(context), context.betweenRegions)

function interRegionPrice({ prices, workload }: BillContext): Priced<'GB'> {
  return prices.price(INTER_REGION_ITEMS[workload.secondRegion?.to ?? 'other'], workload.region, 'GB')
}

interface Part {
  readonly usdPerMonth: Usd
  readonly prices: readonly PriceRow[]
}

/** What leaves for sinks, and the way to the object store where that is not free. */
export const networkTransfer: LineModel = {
  costs(context) {
    const { sinks, store } = partsOf(context)
    return plus(sinks.usdPerMonth, store.usdPerMonth)
  },
  explains(context) {
    const { connector, objectStore } = context.workload
    const { sinks, store } = partsOf(context)
    return {
      formula: `connector traffic to the ${connector.to}; object-store bytes by the ${objectStore.access}${objectStore.access === 'gateway' ? ' endpoint, which is free' : ''}`,
      inputs: [
        input('to sinks', sinks.gb, 'GB a month'),
        input('to and from the object store', store.gb, 'GB a month'),
      ],
      prices: [...sinks.prices, ...store.prices],
    }
  },
}

function partsOf(context: BillContext) {
  const { workload, conventions, platform } = context
  const toSinks = moved(bytesPerSecond(workload.connector.mbPerSecond * BYTES_PER_MB), context.aMonth.seconds)
  const toStore = times(ingestOfMonth(context), objectBytesPerByte(platform, workload))
  const [sinks, store] = [inGb(toSinks, conventions), inGb(toStore, conventions)]
  return {
    sinks: { gb: sinks, ...sinkPart(context, toSinks) },
    store: { gb: store, ...storePart(context, store) },
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
      const { price, row } = prices.price(INTER_REGION_ITEMS.other, workload.region, 'GB')
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
