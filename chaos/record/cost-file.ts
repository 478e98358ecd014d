import { join } from 'node:path'
import { z } from 'zod'
import { fileHolds, readJson, writeText } from './bounded-files.ts'
import { measured } from './measured.ts'
import { priceRow } from './price-row.ts'
import { metersInReport, runMeters } from './run-meters.ts'

/** `cost.json`: what a run metered, and what each platform would cost for a stated workload. */
export const COST_FILE = 'cost.json'

/** Lines of a bill: always all of them, in this order, so that bills stand beside each other. */
export const LINES = [
  'compute',
  'broker-storage',
  'object-storage',
  'object-requests',
  'network-transfer',
  'read-fan-out',
  'cross-zone-paths',
  'inter-region',
  'operator-time',
  'replays',
  'broker-losses',
] as const

const list = <S extends z.ZodType>(of: S) => z.array(of).readonly()

const line = z.object({
  line: z.enum(LINES),
  usdPerMonth: z.number(),
  formula: z.string(),
  inputs: list(z.object({ name: z.string(), value: z.number(), unit: z.string() })),
  prices: list(z.object({ item: z.string(), region: z.string() })),
})
const bill = z.object({
  platform: z.string(),
  totalUsdPerMonth: z.number().describe('The sum of its lines, nothing else.'),
  lines: list(line),
  usdPerReplay: z.number().describe('What one more costs, without the machines that are kept ready for it.'),
  usdPerBrokerLoss: z.number(),
  sizing: z.object({ brokers: z.number() }),
  crossingsFrom: z
    .enum(['formula', 'measured'])
    .describe('Whether bytes across zones are the usual formula, or what a run measured.'),
})

const workload = z
  .object({
    workload: z.string(),
    region: z.string(),
    file: z.string(),
    ingestMbPerSecond: z.number(),
    fanOut: z.number(),
    zones: z.number(),
    replays: z.object({ perMonth: z.number(), depth: z.number() }),
    brokerLossesPerYear: z.number(),
  })
  .describe('Whole, with the digest of its file: `aftershock schema workload` has every key.')

const prices = z.object({
  file: z.string(),
  sha256: z.string(),
  judgedOn: z.string().describe('The day that the age of prices is counted to, as an ISO date.'),
  sources: z.record(z.string(), z.string()),
  used: list(
    z.object({
      ...priceRow.shape,
      unit: z.string(),
      confidence: z.string(),
      flags: list(z.object({ flag: z.enum(['stale', 'low-confidence']), why: z.string() })),
    }),
  ),
})

const deviation = z.object({
  ratio: z.string(),
  per: z.string(),
  measured,
  formula: z.number(),
  least: z.number(),
  percent: z.number().nullable(),
  verdict: z.enum(['within', 'explained', 'flagged', 'unknown']),
  why: z.string(),
})

const sensitivity = z.object({
  lever: z.string(),
  platform: z.string(),
  percentAtLess: z.number(),
  percentAtMore: z.number(),
})

const breakEven = z.object({
  lever: z.string(),
  unit: z.string(),
  platforms: z.tuple([z.string(), z.string()]).readonly(),
  crossings: list(
    z.object({
      factor: z.number(),
      value: z.number().nullable(),
      cheaperBelow: z.string(),
      cheaperAbove: z.string(),
    }),
  ),
  cheaperAtLow: z.string().nullable(),
  cheaperAtHigh: z.string().nullable(),
})

const document = {
  format: z.literal(1),
  run: z.string().nullable().describe('null for a bill without a run.'),
  workload,
  prices,
  bills: list(bill).describe('By the usual formula, every platform.'),
  measuredBill: bill
    .nullable()
    .describe(
      'The run’s platform with what the run measured; null without a run, or when nothing was measured.',
    ),
  deviations: list(deviation).describe('Measured crossings beside the formula’s.'),
  sensitivities: list(sensitivity),
  breakEvens: list(breakEven),
  extrapolated: list(z.string()),
  notExtrapolated: list(z.string()),
  notCounted: list(z.string()),
}

/** As this version writes it. */
export const costDocument = z.object({ ...document, meters: runMeters.nullable() })
/** The part that reports and comparisons rest on, which older versions wrote too. */
export const costFile = z.object({ ...document, meters: metersInReport.nullable() })

export type LineName = (typeof LINES)[number]
export type CostDocument = Readonly<z.output<typeof costDocument>>
export type CostFile = Readonly<z.output<typeof costFile>>
export type CostMeters = z.output<typeof metersInReport>

/** null when the run was not priced. @throws AftershockError `input`, naming the file and the key, when it does not fit */
export function readCost(runDir: string): CostFile | null {
  return readJson(join(runDir, COST_FILE), costFile)
}

export function isCostFile(path: string): boolean {
  return fileHolds(path, costFile)
}

export function costText(cost: CostDocument): string {
  return `${JSON.stringify(cost, null, 2)}\n`
}

export function writeCost(path: string, cost: CostDocument): void {
  writeText(path, costText(cost))
}
