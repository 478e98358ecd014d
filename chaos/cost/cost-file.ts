import { z } from 'zod'
import { metersInReport } from '../record/run-meters.ts'
import { measured } from '../record/measured.ts'
import { LINES } from './model/bill-line.ts'
import { PLATFORM_NAMES } from '../platforms/index.ts'

/** The part of `cost.json` that reports and comparisons rest on; `CostReport` is the whole of it. */
const line = z.looseObject({
  line: z.enum(LINES),
  usdPerMonth: z.number(),
  formula: z.string(),
  inputs: z.array(z.object({ name: z.string(), value: z.number(), unit: z.string() })),
  prices: z.array(z.looseObject({ item: z.string(), region: z.string() })),
})
const bill = z.looseObject({
  platform: z.enum(PLATFORM_NAMES),
  totalUsdPerMonth: z.number(),
  lines: z.array(line),
  usdPerReplay: z.number(),
  usdPerBrokerLoss: z.number(),
  sizing: z.looseObject({ brokers: z.number() }),
  crossingsFrom: z.enum(['formula', 'measured']),
})
const flag = z.object({ flag: z.enum(['stale', 'low-confidence']), why: z.string() })

export const costFile = z.looseObject({
  format: z.literal(1),
  run: z.string().nullable(),
  meters: metersInReport.nullable(),
  workload: z.looseObject({
    workload: z.string(),
    region: z.string(),
    file: z.string(),
    ingestMbPerSecond: z.number(),
    fanOut: z.number(),
    zones: z.number(),
    replays: z.object({ perMonth: z.number(), depth: z.number() }),
    brokerLossesPerYear: z.number(),
  }),
  prices: z.looseObject({
    file: z.string(),
    sha256: z.string(),
    judgedOn: z.string(),
    used: z.array(
      z.looseObject({
        item: z.string(),
        region: z.string(),
        unit: z.string(),
        price: z.number(),
        source: z.string(),
        date: z.string().nullable(),
        confidence: z.string(),
        flags: z.array(flag),
      }),
    ),
  }),
  bills: z.array(bill),
  measuredBill: bill.nullable(),
  deviations: z.array(
    z.looseObject({
      ratio: z.string(),
      per: z.string(),
      measured,
      formula: z.number(),
      least: z.number(),
      percent: z.number().nullable(),
      verdict: z.enum(['within', 'explained', 'flagged', 'unknown']),
      why: z.string(),
    }),
  ),
  sensitivities: z.array(
    z.looseObject({
      lever: z.string(),
      platform: z.enum(PLATFORM_NAMES),
      percentAtLess: z.number(),
      percentAtMore: z.number(),
    }),
  ),
  breakEvens: z.array(
    z.looseObject({
      lever: z.string(),
      unit: z.string(),
      platforms: z.tuple([z.enum(PLATFORM_NAMES), z.enum(PLATFORM_NAMES)]),
      crossings: z.array(
        z.looseObject({
          factor: z.number(),
          value: z.number().nullable(),
          cheaperBelow: z.enum(PLATFORM_NAMES),
          cheaperAbove: z.enum(PLATFORM_NAMES),
        }),
      ),
      cheaperAtLow: z.enum(PLATFORM_NAMES).nullable(),
      cheaperAtHigh: z.enum(PLATFORM_NAMES).nullable(),
    }),
  ),
  extrapolated: z.array(z.string()),
  notExtrapolated: z.array(z.string()),
  notCounted: z.array(z.string()),
})

export type CostMeters = z.output<typeof metersInReport>
export type CostFile = z.output<typeof costFile>
