import {
  bytes,
  charge,
  gigabytes,
  heldFor,
  inGb,
  minus,
  requests,
  sum,
  times,
  type Usd,
  usd,
} from '../units.ts'
import type { BillContext } from './bill-context.ts'
import { type BillLine, input } from './bill-line.ts'
import { keptOnDisks, replayBytes } from './kept.ts'
import { replayRequests, WAL_OBJECT_BYTES } from './object-requests.ts'
import { platformOf } from '../../platforms/index.ts'
import { nodeCost, throughputCost } from './running-lines.ts'
import { crossZoneCost, crossZonePrice } from './transfer-lines.ts'

/** Lines of what people do and of what goes wrong. */

const MONTHS_PER_YEAR = 12

/** A price of the user's own: it is in the workload, not in the table. */
function labour({ workload }: BillContext, time: number): Usd {
  return usd(workload.operator.usdPerHour * time)
}

export function operatorLine(context: BillContext): BillLine {
  const { operator } = context.workload
  return {
    line: 'operator-time',
    usdPerMonth: labour(context, operator.hoursPerMonth),
    formula: 'hours a month × rate; hours for replays and lost brokers are in their own lines',
    inputs: [
      input('hours', operator.hoursPerMonth, 'h a month'),
      input('rate', operator.usdPerHour, 'USD/h'),
    ],
    prices: [],
  }
}

/** One replay: its crossings, its reads of the object store, and the people who run it. */
export function costOfReplay(context: BillContext): Usd {
  const { platform, workload, crossings, prices } = context
  const { gets } = replayRequests(platform, workload)
  const get = prices.price('s3.standard.get', workload.region, 'request')
  return sum([
    crossZoneCost(context, times(replayBytes(workload), crossings.replay)),
    charge(get.price, gets),
    labour(context, workload.operator.hoursPerReplay),
  ])
}

/** Brokers, their system volumes and disk throughput that are there all month so that a replay can run. */
export function replayCapacityCost(context: BillContext): Usd {
  const { sizing, replaySizing, prices, workload, aMonth } = context
  const gp3 = prices.price('ebs.gp3.storage', workload.region, 'GB-month')
  const more = gigabytes((replaySizing.brokers - sizing.brokers) * workload.sizing.systemGb)
  const extra = sum([
    minus(nodeCost(context, replaySizing), nodeCost(context, sizing)),
    minus(throughputCost(context, replaySizing), throughputCost(context, sizing)),
    charge(gp3.price, heldFor(more, aMonth.months)),
  ])
  // More brokers bring more throughput with them, which may outweigh what the replay itself needs.
  return usd(Math.max(0, extra))
}

export function replaysLine(context: BillContext): BillLine {
  const { platform, workload, conventions, crossings, sizing, replaySizing, prices } = context
  const { perMonth } = workload.replays
  const each = costOfReplay(context)
  const capacity = replayCapacityCost(context)
  return {
    line: 'replays',
    usdPerMonth: sum([times(each, perMonth), capacity]),
    formula:
      'replays a month × (bytes that it reads × crossings × price for both directions, object reads, operator hours), and the machines that must be there for it to end in time',
    inputs: [
      input('replays', perMonth, 'a month'),
      input('one reads', inGb(replayBytes(workload), conventions), 'GB'),
      input('crossings', crossings.replay, 'per replayed byte'),
      input('object reads', replayRequests(platform, workload).gets, 'requests'),
      input('one costs', each, 'USD'),
      input('brokers more than without', replaySizing.brokers - sizing.brokers, 'nodes'),
      input('machines kept ready', capacity, 'USD a month'),
    ],
    prices: [
      crossZonePrice(context).row,
      prices.price('s3.standard.get', workload.region, 'request').row,
      prices.price(`ec2.linux.${workload.sizing.instance}`, workload.region, 'hour').row,
    ],
  }
}

/** What must be copied back when one broker's disk is gone. Of the only copy there is nothing to copy it from. */
export function bytesOfBrokerLoss({ platform, workload, sizing }: BillContext) {
  if (workload.replicas === 1) return bytes(0)
  return bytes((keptOnDisks(platform, workload) * workload.replicas) / sizing.brokers)
}

/** AutoMQ's log may hold this much that was not uploaded when a broker is lost (its default, maxUnflushedBytes). */
const UNFLUSHED_BYTES = 1024 ** 3

export function costOfBrokerLoss(context: BillContext): Usd {
  const { platform, workload, prices } = context
  const get = prices.price('s3.standard.get', workload.region, 'request')
  const logReads = platformOf(platform).storage === 'shared' ? UNFLUSHED_BYTES / WAL_OBJECT_BYTES : 0
  return sum([
    // The other copies are in other zones, so every restored byte crosses at least once.
    crossZoneCost(context, times(bytesOfBrokerLoss(context), workload.zones > 1 ? 1 : 0)),
    charge(get.price, requests(logReads)),
    labour(context, workload.operator.hoursPerBrokerLoss),
  ])
}

export function brokerLossesLine(context: BillContext): BillLine {
  const { workload, conventions, sizing, prices, platform } = context
  const each = costOfBrokerLoss(context)
  const isOnlyCopy = workload.replicas === 1 && keptOnDisks(platform, workload) > 0
  return {
    line: 'broker-losses',
    usdPerMonth: times(each, workload.brokerLossesPerYear / MONTHS_PER_YEAR),
    formula: isOnlyCopy
      ? 'brokers lost a year ÷ 12 × operator hours; what its disks held had no other copy, so it is lost, and losing it has no price here'
      : 'brokers lost a year ÷ 12 × (what its disks held × one crossing × price for both directions, reads of its log in the object store, operator hours)',
    inputs: [
      input('brokers lost', workload.brokerLossesPerYear, 'a year'),
      input('one copies back', inGb(bytesOfBrokerLoss(context), conventions), 'GB'),
      input('brokers that share the data', sizing.brokers, 'nodes'),
      input('one costs', each, 'USD'),
    ],
    prices: [
      crossZonePrice(context).row,
      ...(platformOf(platform).storage === 'shared'
        ? [prices.price('s3.standard.get', workload.region, 'request').row]
        : []),
    ],
  }
}
