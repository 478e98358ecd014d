import { platformOf } from '../../platforms/index.ts'
import { chargeTiers } from '../prices.ts'
import { charge, gigabytes, heldFor, hours, inGb, mibpsMonths, plus, sum, times, type Usd } from '../units.ts'
import { ingestOf } from '../workload.ts'
import type { BillContext } from './bill-context.ts'
import { type BillLine, input } from './bill-line.ts'
import { keptInObjectStore, keptOnDisks } from './kept.ts'
import { ingestRequests } from './object-requests.ts'
import { SIZING_RULE, type Sizing } from './sizing.ts'

/** Lines of a cluster that just runs: machines, disks, objects and requests. */

/** A gp3 volume brings this much throughput with it. */
const INCLUDED_MIBPS = 125

export function computeLine(context: BillContext): BillLine {
  const { workload, sizing, conventions } = context
  const instance = instancePrice(context)
  return {
    line: 'compute',
    usdPerMonth: nodeCost(context, sizing),
    formula: `(brokers + dedicated controllers) × hours of a month × price of the instance; ${SIZING_RULE}`,
    inputs: [
      input('brokers', sizing.brokers, 'nodes'),
      input('dedicated controllers', workload.sizing.controllers, 'nodes'),
      input('into brokers', sizing.inbound / 1e6, 'MB/s'),
      input('out of brokers', sizing.outbound / 1e6, 'MB/s'),
      input('month', conventions.hoursPerMonth, 'h'),
    ],
    prices: [instance.row],
  }
}

function instancePrice({ prices, workload }: BillContext) {
  return prices.price(`ec2.linux.${workload.sizing.instance}`, workload.region, 'hour')
}

export function nodeCost(context: BillContext, { brokers }: Sizing): Usd {
  const nodes = brokers + context.workload.sizing.controllers
  return charge(instancePrice(context).price, hours(nodes * context.conventions.hoursPerMonth))
}

export function brokerStorageLine(context: BillContext): BillLine {
  const { platform, workload, sizing, conventions, aMonth, prices } = context
  const gp3 = prices.price('ebs.gp3.storage', workload.region, 'GB-month')
  const { diskFill, systemGb, controllers } = workload.sizing
  const data = times(inGb(keptOnDisks(platform, workload), conventions), workload.replicas / diskFill)
  const system = gigabytes((sizing.brokers + controllers) * systemGb)
  return {
    line: 'broker-storage',
    usdPerMonth: plus(
      charge(gp3.price, heldFor(plus(data, system), aMonth.months)),
      throughputCost(context, sizing),
    ),
    formula:
      'kept on brokers × replicas ÷ how full disks may be, and a system volume a node, × price of gp3; and throughput above the 125 MiB/s that each volume includes',
    inputs: [
      input('one copy on brokers', inGb(keptOnDisks(platform, workload), conventions), 'GB'),
      input('replicas', workload.replicas, 'copies'),
      input('disks full to', diskFill * 100, '%'),
      input('data volumes', data, 'GB'),
      input('system volumes', system, 'GB'),
      input('throughput of all data volumes', sizing.diskMibps, 'MiB/s'),
    ],
    prices: [gp3.row, throughputPrice(context).row],
  }
}

function throughputPrice({ prices, workload }: BillContext) {
  return prices.price('ebs.gp3.throughput', workload.region, 'MiBps-month')
}

export function throughputCost(context: BillContext, { diskMibps, brokers }: Sizing): Usd {
  const above = mibpsMonths(Math.max(0, diskMibps - brokers * INCLUDED_MIBPS))
  return charge(throughputPrice(context).price, above)
}

export function objectStorageLine(context: BillContext): BillLine {
  const { platform, workload, conventions, aMonth, prices } = context
  const kept = inGb(keptInObjectStore(platform, workload), conventions)
  const tiers = prices.tiers('s3.standard.storage', workload.region, 'GB-month')
  return {
    line: 'object-storage',
    usdPerMonth: chargeTiers(tiers, heldFor(kept, aMonth.months)),
    formula: 'one copy of what is kept in the object store × price of S3 Standard, tier by tier',
    inputs: [input('kept in the object store', kept, 'GB')],
    prices: kept === 0 ? [] : tiers.map(({ row }) => row),
  }
}

export function objectRequestsLine(context: BillContext): BillLine {
  const { platform, workload, sizing, aMonth, prices } = context
  const put = prices.price('s3.standard.put', workload.region, 'request')
  const get = prices.price('s3.standard.get', workload.region, 'request')
  const { puts, gets } = ingestRequests(
    platform,
    workload,
    ingestOf(workload),
    sizing.brokers,
    aMonth.seconds,
  )
  return {
    line: 'object-requests',
    usdPerMonth: sum([charge(put.price, puts), charge(get.price, gets)]),
    formula: platformOf(platform).requestFormula,
    inputs: [
      input('PUT, COPY, POST, LIST and parts', puts, 'requests a month'),
      input('GET', gets, 'requests a month'),
      input('ingest that they go with', workload.ingestMbPerSecond, 'MB/s'),
    ],
    prices: puts + gets === 0 ? [] : [put.row, get.row],
  }
}
