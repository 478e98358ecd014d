import type { ComparedBill, Comparison } from '../../../chaos/compare/comparison.ts'
import { LINES } from '../../../chaos/record/cost-file.ts'
import type { Near } from './fixture-verdicts.ts'

const USD: Readonly<Record<string, readonly number[]>> = {
  kafka: [1372, 15_230, 0, 0, 0, 0, 3420, 0, 1800, 880, 96],
  'kafka-tiered': [1372, 2210, 1120, 42, 0, 0, 3420, 0, 1800, 640, 61],
  automq: [1372, 110, 1180, 390, 0, 0, 1780, 0, 1800, 610, 24],
  'automq-router': [1372, 110, 1180, 390, 0, 0, 20, 0, 1800, 590, 24],
}

function bills(): ComparedBill[] {
  return (['kafka', 'kafka-tiered', 'automq', 'automq-router'] as const).map(platform => {
    const usd = USD[platform] ?? []
    const ran = !platform.startsWith('automq')
    return {
      platform,
      crossingsFrom: 'formula',
      ran,
      totalUsdPerMonth: usd.reduce((sum, one) => sum + one, 0),
      lines: LINES.map((line, index) => ({
        line,
        usdPerMonth: usd[index] ?? 0,
        formula: 'GB a month × USD per GB',
        inputs: [{ name: 'ingest', value: 50, unit: 'MB/s' }],
      })),
      usdPerReplay: platform === 'kafka' ? 220 : 160,
      usdPerBrokerLoss: platform === 'kafka' ? 288 : 183,
      labour: { usdPerReplay: 120, usdPerBrokerLoss: 180 },
      readyUsdPerMonth: 730,
      brokers: 6,
    }
  })
}

/** Small batches cost more on the wire than the formula says. */
function asMeasured(bill: ComparedBill): ComparedBill {
  const lines = bill.lines.map(line =>
    line.line === 'cross-zone-paths' ? { ...line, usdPerMonth: line.usdPerMonth * 1.2 } : line,
  )
  const totalUsdPerMonth = lines.reduce((sum, line) => sum + line.usdPerMonth, 0)
  return { ...bill, crossingsFrom: 'measured', lines, totalUsdPerMonth }
}

export function cost(near: Near): Comparison['cost'] {
  const factors = [0.05, 0.2, 0.5, 1, 2, 5, 20]
  const curve = (platform: ComparedBill['platform'], fixed: number, slope: number, unit: number | null) => ({
    platform,
    points: factors.map(factor => ({
      factor,
      value: unit === null ? null : factor * unit,
      usdPerMonth: fixed + slope * factor,
    })),
  })
  const breakEven = (
    lever: string,
    unit: string,
    now: number | null,
  ): Comparison['cost']['breakEvens'][number] => ({
    lever,
    unit,
    range: { fromFactor: 0.05, toFactor: 20, from: now && now * 0.05, to: now && now * 20 },
    curves: [
      curve('kafka', 2400, 20_400, now),
      curve('kafka-tiered', 4100, 6560, now),
      curve('automq', 3200, 4060, now),
      curve('automq-router', 3100, 2360, now),
    ],
    crossings: [
      {
        platforms: ['kafka', 'kafka-tiered'],
        factor: 0.123,
        value: now === null ? null : 0.123 * now,
        usdPerMonth: 4906,
        cheaperBelow: 'kafka',
        cheaperAbove: 'kafka-tiered',
        same: null,
      },
      {
        platforms: ['automq', 'automq-router'],
        factor: 0.06,
        value: now === null ? null : 0.06 * now,
        usdPerMonth: 3242,
        cheaperBelow: null,
        cheaperAbove: 'automq-router',
        same: { fromFactor: 0.05, toFactor: 0.1, from: now && now * 0.05, to: now && now * 0.1 },
      },
    ],
    cheapest: [
      { platform: 'kafka', fromFactor: 0.05, toFactor: 0.06, from: now && now * 0.05, to: now && now * 0.06 },
      {
        platform: 'automq-router',
        fromFactor: 0.06,
        toFactor: 20,
        from: now && now * 0.06,
        to: now && now * 20,
      },
    ],
  })
  return {
    workload: {
      workload: 'fleet',
      region: 'us-east-1',
      file: 'chaos/cost/workloads/fleet.yaml',
      sha256: 'ab'.repeat(32),
      example: true,
    },
    stated: [
      { what: 'ingest', value: '50 MB/s' },
      { what: 'fan-out', value: '3 consumer groups' },
      { what: 'replays', value: '4 a month, 3 days deep' },
      { what: 'broker losses', value: '4 a year' },
    ],
    prices: {
      file: 'chaos/cost/prices.json',
      sha256: 'cd'.repeat(32),
      judgedOn: '2026-11-23',
      flagged: [
        {
          item: 'ebs.gp3.storage',
          price: 0.08,
          unit: 'USD per GB-month',
          date: '2026-03-02',
          source: 'AWS price list',
          flags: [{ flag: 'stale', why: '266 days old' }],
        },
        {
          item: 'xfer.interaz.per_direction',
          price: 0.01,
          unit: 'USD per GB',
          date: '2026-10-01',
          source: 'documentation',
          flags: [{ flag: 'low-confidence', why: 'from a page, not from the price list' }],
        },
      ],
      used: 14,
    },
    bills: bills(),
    measuredBills: bills().flatMap(bill => (bill.ran ? [asMeasured(bill)] : [])),
    crossings: (['kafka', 'kafka-tiered'] as const).flatMap(platform => [
      {
        platform,
        ratio: 'produce' as const,
        per: 'ingested byte' as const,
        measured: near(0.78),
        formula: 0.667,
        least: 0,
        percent: 17,
        verdict: 'explained' as const,
        why: 'a byte took 1.17 on the wire, at 6.2 records a request',
      },
      {
        platform,
        ratio: 'replicate' as const,
        per: 'ingested byte' as const,
        measured: near(2.05),
        formula: 2,
        least: 2,
        percent: 2.5,
        verdict: 'within' as const,
        why: 'within 10% of the formula',
      },
    ]),
    breakEvens: [
      breakEven('ingest', 'MB/s', 50),
      breakEven('retention', '× retention', null),
      breakEven('fan-out', 'consumer groups', 3),
    ],
    sensitivities: ['ingest', 'price of disks'].flatMap(lever =>
      bills().map(({ platform, totalUsdPerMonth: usd }) => ({
        lever,
        platform,
        usdAtLess: usd * 0.85,
        usdAtMore: usd * 1.15,
        percentAtLess: -15,
        percentAtMore: 15,
      })),
    ),
    extrapolated: ['Crossings per ingested and per read byte.'],
    notExtrapolated: ['Latency and recovery times of the lab: they are its own.'],
    notCounted: ['Licences and support of any vendor.'],
  }
}
