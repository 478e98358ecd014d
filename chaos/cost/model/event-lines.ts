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
import { input, type LineModel } from './bill-line.ts'
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

export const operatorTime: LineModel = {
  costs: context => labour(context, context.workload.operator.hoursPerMonth),
  explains: ({ workload: { operator } }) => ({
    formula: 'hours a month × rate; hours for replays and lost brokers are in their own lines',
    inputs: [
      input('hours', operator.hoursPerMonth, 'h a month'),
      input('rate', operator.usdPerHour, 'USD/h'),
    ],
    prices: [],
  }),
}

function readPrice({ prices, workload }: BillContext) {
  return prices.price('s3.standard.get', workload.region, 'request')
}

/** One replay: its crossings, its reads of the object store, and the people who run it. */
export function costOfReplay(context: BillContext): Usd {
  const { platform, workload, crossings, kept } = context
  const { gets } = replayRequests(platform, workload, kept)
  return sum([
    crossZoneCost(context, times(kept.replay, crossings.replay)),
    charge(readPrice(context).price, gets),
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

export const replays: LineModel = {
  costs: context =>
    sum([times(costOfReplay(context), context.workload.replays.perMonth), replayCapacityCost(context)]),
  explains(context) {
    const { platform, workload, conventions, crossings, sizing, replaySizing, prices, kept } = context
    return {
      formula:
        'replays a month × (bytes that it reads × crossings × price for both directions, object reads, operator hours), and the machines that must be there for it to end in time',
      inputs: [
        input('replays', workload.replays.perMonth, 'a month'),
        input('one reads', inGb(kept.replay, conventions), 'GB'),
        input('crossings', crossings.replay, 'per replayed byte'),
        input('object reads', replayRequests(platform, workload, kept).gets, 'requests'),
        input('one costs', costOfReplay(context), 'USD'),
        input('brokers more than without', replaySizing.brokers - sizing.brokers, 'nodes'),
        input('machines kept ready', replayCapacityCost(context), 'USD a month'),
      ],
      prices: [
        crossZonePrice(context).row,
        readPrice(context).row,
        prices.price(`ec2.linux.${workload.sizing.instance}`, workload.region, 'hour').row,
      ],
    }
  },
}

/** What must be copied back when one broker's disk is gone. Of the only copy there is nothing to copy it from. */
function bytesOfBrokerLoss({ workload, sizing, kept }: BillContext) {
  if (workload.replicas === 1) return bytes(0)
  return bytes((kept.onBrokers * workload.replicas) / sizing.brokers)
}

/** AutoMQ's log may hold this much that was not uploaded when a broker is lost (its default, maxUnflushedBytes). */
const UNFLUSHED_BYTES = 1024 ** 3

export function costOfBrokerLoss(context: BillContext): Usd {
  const { platform, workload } = context
  const logReads = platformOf(platform).storage === 'shared' ? UNFLUSHED_BYTES / WAL_OBJECT_BYTES : 0
  return sum([
    // The other copies are in other zones, so every restored byte crosses at least once.
    crossZoneCost(context, times(bytesOfBrokerLoss(context), workload.zones > 1 ? 1 : 0)),
    charge(readPrice(context).price, requests(logReads)),
    labour(context, workload.operator.hoursPerBrokerLoss),
  ])
}

export const brokerLosses: LineModel = {
  costs: context => times(costOfBrokerLoss(context), context.workload.brokerLossesPerYear / MONTHS_PER_YEAR),
  explains(context) {
    const { workload, conventions, sizing, platform, kept } = context
    const isOnlyCopy = workload.replicas === 1 && kept.onBrokers > 0
    return {
      formula: isOnlyCopy
        ? 'brokers lost a year ÷ 12 × operator hours; what its disks held had no other copy, so it is lost, and losing it has no price here'
        : 'brokers lost a year ÷ 12 × (what its disks held × one crossing × price for both directions, reads of its log in the object store, operator hours)',
      inputs: [
        input('brokers lost', workload.brokerLossesPerYear, 'a year'),
        input('one copies back', inGb(bytesOfBrokerLoss(context), conventions), 'GB'),
        input('brokers that share the data', sizing.brokers, 'nodes'),
        input('one costs', costOfBrokerLoss(context), 'USD'),
      ],
      prices: [
        crossZonePrice(context).row,
        ...(platformOf(platform).storage === 'shared' ? [readPrice(context).row] : []),
      ],
    }
  },
}
