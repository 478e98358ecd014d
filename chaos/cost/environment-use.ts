import { AftershockError } from '../core/errors.ts'
import type { EnvironmentLoad, EnvironmentUse, UseLine } from '../platforms/environment-load.ts'
import type { PlatformName } from '../platforms/index.ts'
import { BURSTABLE, LAB_LOGS, METRIC_CALL_BYTES, WIRE_PER_STORED_BYTE } from './environment-measures.ts'
import type { PriceRow } from '../record/price-row.ts'
import { chargeTiers, type PriceTable } from './prices.ts'
import { type BillContext, billContext } from './model/bill-context.ts'
import type { LineModel } from './model/bill-line.ts'
import { type Crossings, theoreticalCrossings } from './model/crossings.ts'
import { objectRequests, objectStorage } from './model/running-lines.ts'
import { crossZonePaths } from './model/transfer-lines.ts'
import { charge, CONVENTIONS, gigabytes, type Quantity, requests, type Usd } from './units.ts'
import { type Workload, workloadSchema } from './workload.ts'

/** The workload of the cost model that is this load, with nobody who reads. */
export function workloadOf(load: EnvironmentLoad): Workload {
  const classes = load.classes.map(({ dataClass, bytesPerSecond, retentionHours, compacted }) => [
    dataClass,
    {
      share: bytesPerSecond / load.bytesPerSecond,
      retention: `${Math.round(retentionHours * 3600)}s`,
      compacted,
    },
  ])
  return workloadSchema.parse({
    workload: load.environment,
    region: load.region,
    ingestMbPerSecond: load.bytesPerSecond / 1e6,
    fanOut: 0,
    zones: load.zones,
    rackAwareClients: true,
    classes: Object.fromEntries(classes) as object,
    localRetention: `${Math.round(load.localRetentionHours * 3600)}s`,
    objectStore: { segmentMb: load.segmentBytes / 1e6 },
  })
}

/** The formula's crossings, and on each what Kafka's protocol added to a stored byte in the lab. */
export function carriedCrossings(platform: PlatformName, workload: Workload): Crossings {
  const formula = theoreticalCrossings(platform, workload)
  return {
    produce: formula.produce * WIRE_PER_STORED_BYTE.produce,
    replicate: formula.replicate * WIRE_PER_STORED_BYTE.replicate,
    consume: formula.consume * WIRE_PER_STORED_BYTE.consume,
    replay: formula.replay * WIRE_PER_STORED_BYTE.replay,
  }
}

/** What the load costs beside the machines that are there for it. What the table has no price of is named. */
export function priceUse(load: EnvironmentLoad, prices: PriceTable): EnvironmentUse {
  const workload = workloadOf(load)
  const context = contextOf(load, workload, prices)
  const lines: UseLine[] = []
  const unpriced: { what: string; why: string }[] = []
  for (const { what, work } of WORK)
    try {
      const line = work(context, load)
      if (line !== null) lines.push(asUse(what, line))
    } catch (error) {
      if (!(error instanceof AftershockError) || error.code !== 'input') throw error
      unpriced.push({ what, why: error.message })
    }
  const counted = lines.filter(({ isBound }) => !isBound)
  const monthlyUsd = counted.reduce((total, line) => total + line.monthlyUsd, 0)
  return { lines, unpriced, monthlyUsd, hourlyUsd: monthlyUsd / CONVENTIONS.hoursPerMonth }
}

/** With the brokers that there are, whatever the rule of sizing would have. */
function contextOf(load: EnvironmentLoad, workload: Workload, prices: PriceTable): BillContext {
  const context = billContext(load.platform, workload, prices, carriedCrossings(load.platform, workload))
  return { ...context, sizing: { ...context.sizing, brokers: load.brokers } }
}

interface WorkedOut {
  readonly quantity: number
  readonly usdPerMonth: Usd
  readonly formula: string
  readonly prices: readonly PriceRow[]
  readonly isBound?: boolean
}

type Work = (context: BillContext, load: EnvironmentLoad) => WorkedOut | null

const WORK: readonly { readonly what: string; readonly work: Work }[] = [
  {
    what: 'GB between zones',
    work: ofModel(
      crossZonePaths,
      ([ingest = 0, produce = 0, replicate = 0]) => ingest * (produce + replicate),
    ),
  },
  { what: 'requests to S3', work: ofModel(objectRequests, ([puts = 0, gets = 0]) => puts + gets) },
  { what: 'GB in S3, once its retention is full', work: ofModel(objectStorage, ([kept = 0]) => kept) },
  { what: 'custom metrics', work: customMetrics },
  { what: 'calls that publish metrics', work: metricCalls },
  { what: 'GB of logs', work: logs },
  { what: 'GB through interface endpoints', work: endpointBytes },
  { what: 'vCPU-hours of surplus credits, at most', work: surplusCredits },
]

/** A line of the cost model, of which `quantityOf` finds the quantity among its inputs; none where that is nothing. */
function ofModel(model: LineModel, quantityOf: (inputs: readonly number[]) => number): Work {
  return context => {
    const { formula, inputs, prices } = model.explains(context)
    const quantity = quantityOf(inputs.map(({ value }) => value))
    return quantity === 0 ? null : { quantity, usdPerMonth: model.costs(context), formula, prices }
  }
}

function customMetrics({ prices }: BillContext, { region, metrics }: EnvironmentLoad): WorkedOut {
  const tiers = prices.tiers('cw.metric', region, 'metric-month')
  return {
    quantity: metrics,
    usdPerMonth: chargeTiers(tiers, metrics as Quantity<'metric-month'>),
    formula: 'metrics of every shard, and one of every volume',
    prices: tiers.slice(0, 1).map(({ row }) => row),
  }
}

function metricCalls(
  { prices, aMonth }: BillContext,
  { region, metricCallsPerMinute }: EnvironmentLoad,
): WorkedOut {
  const { price, row } = prices.price('cw.api', region, 'request')
  const calls = requests((metricCallsPerMinute * aMonth.seconds) / 60)
  return {
    quantity: calls,
    usdPerMonth: charge(price, calls),
    formula: 'one a minute of every shard and every volume',
    prices: [row],
  }
}

const logGb = (load: EnvironmentLoad) =>
  gigabytes(
    ((load.logs.brokers * LAB_LOGS.brokerBytesPerHour + load.logs.workers * LAB_LOGS.workerBytesPerHour) *
      CONVENTIONS.hoursPerMonth) /
      CONVENTIONS.bytesPerGb,
  )

function logs({ prices }: BillContext, load: EnvironmentLoad): WorkedOut {
  const { price, row } = prices.price('cw.logs.ingest.standard', load.region, 'GB')
  const written = logGb(load)
  return {
    quantity: written,
    usdPerMonth: charge(price, written),
    formula: 'brokers, controllers and workers × what each wrote an hour in the lab, after its start',
    prices: [row],
  }
}

function endpointBytes({ prices, aMonth }: BillContext, load: EnvironmentLoad): WorkedOut {
  const tiers = prices.tiers('vpce.interface.gb', load.region, 'GB')
  const calls = (load.metricCallsPerMinute * aMonth.seconds) / 60
  const gb = gigabytes(logGb(load) + (calls * METRIC_CALL_BYTES) / CONVENTIONS.bytesPerGb)
  return {
    quantity: gb,
    usdPerMonth: chargeTiers(tiers, gb),
    formula:
      'logs, and calls that publish metrics × the size of one; records go by the gateway endpoint, which is free',
    prices: tiers.slice(0, 1).map(({ row }) => row),
  }
}

/** What burstable machines would cost beside their price if all their CPUs were busy: nobody knows how busy they are. */
function surplusCredits({ prices }: BillContext, { region, burstable }: EnvironmentLoad): WorkedOut | null {
  if (burstable.length === 0) return null
  const { price, row } = prices.price('ec2.t4g.surplus', region, 'vCPU-hour')
  const vcpus = burstable.reduce((total, { type, count }) => {
    const { vcpu, baseline } = BURSTABLE[type.split('.')[1] ?? ''] ?? { vcpu: 0, baseline: 0 }
    return total + count * vcpu * (1 - baseline)
  }, 0)
  const hours = (vcpus * CONVENTIONS.hoursPerMonth) as Quantity<'vCPU-hour'>
  return {
    quantity: hours,
    usdPerMonth: charge(price, hours),
    formula: 'all vCPUs of burstable machines busy all the time, less the baseline of their size',
    prices: [row],
    isBound: true,
  }
}

function asUse(
  what: string,
  { quantity, usdPerMonth, formula, prices, isBound = false }: WorkedOut,
): UseLine {
  return {
    what,
    quantity,
    monthlyUsd: usdPerMonth,
    hourlyUsd: usdPerMonth / CONVENTIONS.hoursPerMonth,
    formula,
    priceDate: prices.flatMap(({ date }) => date ?? []).toSorted()[0] ?? null,
    isUnsourced: prices.some(({ confidence }) => confidence === 'low'),
    isBound,
  }
}
