import { z } from 'zod'
import { type PriceRow, priceRow } from '../record/price-row.ts'

export const priceFile = z
  .strictObject({
    format: z.literal(1),
    currency: z.literal('USD'),
    sources: z.record(z.string(), z.string()),
    prices: z.array(priceRow).min(1),
  })
  .superRefine(({ prices }, context) => {
    for (const { row, message } of tierProblems(prices))
      context.addIssue({ code: 'custom', path: ['prices', prices.indexOf(row)], message })
  })

export type PriceFile = z.output<typeof priceFile>

function priceKey({ item, region }: { readonly item: string; readonly region: string }): string {
  return `${item} in ${region}`
}

interface TierProblem {
  /** The row at which it shows. */
  readonly row: PriceRow
  readonly message: string
}

/** Every item has one price a region, or tiers that follow each other from zero without a hole. */
function tierProblems(rows: readonly PriceRow[]): TierProblem[] {
  const byKey = new Map<string, PriceRow[]>()
  for (const row of rows) {
    const group = byKey.get(priceKey(row))
    if (group) group.push(row)
    else byKey.set(priceKey(row), [row])
  }
  return [...byKey].flatMap(([key, group]) => problemOfGroup(key, group) ?? [])
}

function problemOfGroup(key: string, group: readonly PriceRow[]): TierProblem | null {
  const [first, ...others] = group
  if (first === undefined) return null
  const other = others.find(row => row.unit !== first.unit)
  if (other) return { row: other, message: `${key} has prices for different units` }
  if (others.length === 0 && first.tier === undefined) return null
  let expected: number | undefined = 0
  for (const row of group.toSorted((a, b) => (a.tier?.from ?? 0) - (b.tier?.from ?? 0))) {
    const { tier } = row
    if (tier === undefined) return { row: others.at(-1) ?? row, message: `${key} is there twice` }
    if (tier.from !== expected)
      return { row, message: `the tiers of ${key} do not follow each other from zero` }
    if (tier.to !== undefined && tier.to <= tier.from)
      return { row, message: `a tier of ${key} ends before it begins` }
    expected = tier.to
  }
  return null
}
