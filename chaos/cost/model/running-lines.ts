import { platformOf } from '../../platforms/index.ts'
import { chargeTiers } from '../prices.ts'
import {
  charge,
  type Gigabytes,
  gigabytes,
  heldFor,
  hours,
  inGb,
  mibpsMonths,
  plus,
  sum,
  times,
  type Usd,
} from '../units.ts'
import { ingestOf } from '../workload.ts'
import type { BillContext } from './bill-context.ts'
import { input, type LineModel } from './bill-line.ts'
import { ingestRequests } from './object-requests.ts'
import { SIZING_RULE, type Sizing } from './sizing.ts'

/** Lines of a cluster that just runs: machines, disks, objects and requests. */

/** A gp3 volume brings this much throughput with it. */
const INCLUDED_MIBPS = 125

export const compute: LineModel = {
  costs: context => nodeCost(context, context.sizing),
  explains: context => ({
    formula: `(brokers + dedicated controllers) × hours of a month × price of the instance; ${SIZING_RULE}`,
    inputs: [
      input('brokers', context.sizing.brokers, 'nodes'),
      input('dedicated controllers', context.workload.sizing.controllers, 'nodes'),
      input('into brokers', context.sizing.inbound / 1e6, 'MB/s'),
      input('out of brokers', context.sizing.outbound / 1e6, 'MB/s'),
      input('month', context.conventions.hoursPerMonth, 'h'),
    ],
    prices: [instancePrice(context).row],
  }),
}

function instancePrice({ prices, workload }: BillContext) {
  return prices.price(`ec2.linux.${workload.sizing.instance}`, workload.region, 'hour')
}

export function nodeCost(context: BillContext, { brokers }: Sizing): Usd {
  const nodes = brokers + context.workload.sizing.controllers
  return charge(instancePrice(context).price, hours(nodes * context.conventions.hoursPerMonth))
}

export const brokerStorage: LineModel = {
  costs(context) {
    const { sizing, aMonth } = context
    const { data, system } = volumes(context)
    return plus(
      charge(diskPrice(context).price, heldFor(plus(data, system), aMonth.months)),
      throughputCost(context, sizing),
    )
  },
  explains(context) {
    const { workload, sizing, conventions, kept } = context
    const { data, system } = volumes(context)
    return {
      formula:
        'kept on brokers × replicas ÷ how full disks may be, and a system volume a node, × price of gp3; and throughput above the 125 MiB/s that each volume includes',
      inputs: [
        input('one copy on brokers', inGb(kept.onBrokers, conventions), 'GB'),
        input('replicas', workload.replicas, 'copies'),
        input('disks full to', workload.sizing.diskFill * 100, '%'),
        input('data volumes', data, 'GB'),
        input('system volumes', system, 'GB'),
        input('throughput of all data volumes', sizing.diskMibps, 'MiB/s'),
      ],
      prices: [diskPrice(context).row, throughputPrice(context).row],
    }
  },
}

function volumes({ workload, sizing, conventions, kept }: BillContext): {
  readonly data: Gigabytes
  readonly system: Gigabytes
} {
  const { diskFill, systemGb, controllers } = workload.sizing
  return {
    data: times(inGb(kept.onBrokers, conventions), workload.replicas / diskFill),
    system: gigabytes((sizing.brokers + controllers) * systemGb),
  }
}

function diskPrice({ prices, workload }: BillContext) {
  return prices.price('ebs.gp3.storage', workload.region, 'GB-month')
}

function throughputPrice({ prices, workload }: BillContext) {
  return prices.price('ebs.gp3.throughput', workload.region, 'MiBps-month')
}

export function throughputCost(context: BillContext, { diskMibps, brokers }: Sizing): Usd {
  const above = mibpsMonths(Math.max(0, diskMibps - brokers * INCLUDED_MIBPS))
  return charge(throughputPrice(context).price, above)
}

export const objectStorage: LineModel = {
  costs(context) {
    const { conventions, aMonth, kept } = context
    return chargeTiers(storageTiers(context), heldFor(inGb(kept.inObjectStore, conventions), aMonth.months))
  },
  explains(context) {
    const kept = inGb(context.kept.inObjectStore, context.conventions)
    return {
      formula: 'one copy of what is kept in the object store × price of S3 Standard, tier by tier',
      inputs: [input('kept in the object store', kept, 'GB')],
      prices: kept === 0 ? [] : storageTiers(context).map(({ row }) => row),
    }
  },
}

function storageTiers({ prices, workload }: BillContext) {
  return prices.tiers('s3.standard.storage', workload.region, 'GB-month')
}

export const objectRequests: LineModel = {
  costs(context) {
    const { put, get } = requestPrices(context)
    const { puts, gets } = requestsOfMonth(context)
    return sum([charge(put.price, puts), charge(get.price, gets)])
  },
  explains(context) {
    const { put, get } = requestPrices(context)
    const { puts, gets } = requestsOfMonth(context)
    return {
      formula: platformOf(context.platform).requestFormula,
      inputs: [
        input('PUT, COPY, POST, LIST and parts', puts, 'requests a month'),
        input('GET', gets, 'requests a month'),
        input('ingest that they go with', context.workload.ingestMbPerSecond, 'MB/s'),
      ],
      prices: puts + gets === 0 ? [] : [put.row, get.row],
    }
  },
}

function requestPrices({ prices, workload }: BillContext) {
  return {
    put: prices.price('s3.standard.put', workload.region, 'request'),
    get: prices.price('s3.standard.get', workload.region, 'request'),
  }
}

function requestsOfMonth({ platform, workload, sizing, aMonth }: BillContext) {
  return ingestRequests(platform, workload, ingestOf(workload), sizing.brokers, aMonth.seconds)
}
