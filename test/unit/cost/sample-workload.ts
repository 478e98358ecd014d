import { PriceTable } from '../../../chaos/cost/prices.ts'
import type { BilledUnit, PriceRow } from '../../../chaos/record/price-row.ts'
import { parseWorkloadText, type Workload } from '../../../chaos/cost/workload.ts'

/** A workload small enough to work out on paper: 10 MB/s is 26,280 GB in a month of 730 h. */
const PAPER = `
workload: paper
ingestMbPerSecond: 10
fanOut: 2
classes:
  telemetry: { share: 1, retention: 1d }
localRetention: 6h
replays: { perMonth: 2, depth: 12h, within: 12h }
brokerLossesPerYear: 12
connector: { mbPerSecond: 1 }
operator: { usdPerHour: 50, hoursPerMonth: 10, hoursPerReplay: 1, hoursPerBrokerLoss: 2 }
sizing: { instance: paper, mbPerSecondPerBroker: 100, headroom: 0.5, diskFill: 0.5, systemGb: 10 }
objectStore: { segmentMb: 1000, partMb: 100, fetchMb: 4 }
`

export function paperWorkload(change: Partial<Workload> = {}): Workload {
  return { ...parseWorkloadText(PAPER), ...change }
}

const PRICES: readonly (readonly [item: string, unit: BilledUnit, price: number])[] = [
  ['ec2.linux.paper', 'hour', 0.1],
  ['ebs.gp3.storage', 'GB-month', 0.08],
  ['ebs.gp3.throughput', 'MiBps-month', 0.04],
  ['s3.standard.storage', 'GB-month', 0.023],
  ['s3.standard.put', 'request', 0.000005],
  ['s3.standard.get', 'request', 0.0000004],
  ['xfer.interaz.per_direction', 'GB', 0.01],
  ['xfer.interregion.other', 'GB', 0.02],
  ['xfer.internet.out', 'GB', 0.09],
  ['nat.hour', 'hour', 0.045],
  ['nat.gb', 'GB', 0.045],
  ['vpce.interface.hour', 'hour', 0.01],
  ['vpce.interface.gb', 'GB', 0.01],
]

export function paperPrices(): PriceTable {
  const prices: PriceRow[] = PRICES.map(([item, unit, price]) => ({
    item,
    unit,
    price,
    region: 'us-east-1',
    currency: 'USD',
    source: 'a test',
    date: '2026-11-01',
    confidence: 'high',
  }))
  return new PriceTable({ prices, sources: {} }, { file: 'a test', sha256: '' })
}
