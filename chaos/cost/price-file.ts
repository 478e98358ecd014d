import { z } from 'zod'

/** What a price may be per. The model charges the first five; the rest serves estimates of environments. */
export const BILLED_UNITS = [
  'hour',
  'GB',
  'GB-month',
  'request',
  'MiBps-month',
  'IOPS-month',
  'MBps-month',
  'vCPU-hour',
  'GB-hour',
  'metric-month',
  'alarm-month',
  'dashboard-month',
  'month',
  'action-minute',
  'transition',
  'invocation',
  'event',
] as const
export type BilledUnit = (typeof BILLED_UNITS)[number]

export const CONFIDENCE = ['high', 'medium', 'low'] as const

export const priceRow = z.strictObject({
  item: z.string().regex(/^[\w.-]+$/, 'expected letters, digits, dots, dashes and underscores'),
  region: z.string().min(1),
  unit: z.enum(BILLED_UNITS),
  price: z
    .number()
    .nonnegative()
    .max(1e9, 'expected US dollars for one of the unit, not a billion of them')
    .describe('US dollars for one of the unit.'),
  currency: z.literal('USD'),
  source: z.string().min(1).describe('Keys of `sources`, joined by +, or the source itself.'),
  date: z.iso.date().nullable().describe('When the source last said so; null when that is not known.'),
  confidence: z
    .enum(CONFIDENCE)
    .describe('high: two dates or two independent sources agree; medium: one source; low: none.'),
  tier: z
    .strictObject({ from: z.number().nonnegative(), to: z.number().positive().optional() })
    .optional()
    .describe('Units of a month that this price is for; without `to`, all that are left.'),
  note: z.string().optional(),
  rateCode: z.string().optional().describe('The price list’s own name of this price.'),
})

export const priceFile = z
  .strictObject({
    format: z.literal(1),
    currency: z.literal('USD'),
    sources: z.record(z.string(), z.string()),
    prices: z.array(priceRow).min(1),
  })
  .superRefine(({ prices }, context) => {
    for (const problem of tierProblems(prices)) context.addIssue({ code: 'custom', message: problem })
  })

export type PriceRow = z.output<typeof priceRow>
export type PriceFile = z.output<typeof priceFile>

export function priceKey({ item, region }: { readonly item: string; readonly region: string }): string {
  return `${item} in ${region}`
}

/** Every item has one price a region, or tiers that follow each other from zero without a hole. */
function tierProblems(rows: readonly PriceRow[]): string[] {
  const byKey = new Map<string, PriceRow[]>()
  for (const row of rows) byKey.set(priceKey(row), [...(byKey.get(priceKey(row)) ?? []), row])
  return [...byKey].flatMap(([key, group]) => {
    if (new Set(group.map(row => row.unit)).size > 1) return [`${key} has prices for different units`]
    if (group.length === 1 && group[0]?.tier === undefined) return []
    let expected: number | undefined = 0
    for (const { tier } of group.toSorted((a, b) => (a.tier?.from ?? 0) - (b.tier?.from ?? 0))) {
      if (tier === undefined) return [`${key} is there twice`]
      if (tier.from !== expected) return [`the tiers of ${key} do not follow each other from zero`]
      if (tier.to !== undefined && tier.to <= tier.from) return [`a tier of ${key} ends before it begins`]
      expected = tier.to
    }
    return []
  })
}
