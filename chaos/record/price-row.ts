import { z } from 'zod'

/** A price as price tables have it, and as `cost.json` has those that it used. */

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
  date: z.iso
    .date('expected a date such as 2026-09-01')
    .nullable()
    .describe('When the source last said so; null when that is not known.'),
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

export type PriceRow = z.output<typeof priceRow>
