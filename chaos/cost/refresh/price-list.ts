import { z } from 'zod'
import { messageOf } from '../../core/errors.ts'
import type { PriceRow } from '../../record/price-row.ts'
import type { PriceQuery } from './catalog.ts'

/** The price list as a refresh sees it: every product that fits the filters, each as the JSON text that AWS sends. */
export interface PriceList {
  products(service: string, filters: Readonly<Record<string, string>>): Promise<readonly string[]>
}

const dimension = z.looseObject({
  unit: z.string(),
  beginRange: z.string(),
  endRange: z.string(),
  rateCode: z.string(),
  pricePerUnit: z.looseObject({ USD: z.string().regex(/^\d+(\.\d+)?$/) }),
})
const product = z.looseObject({
  product: z.looseObject({ attributes: z.looseObject({ usagetype: z.string() }) }),
  terms: z.looseObject({
    OnDemand: z.record(z.string(), z.looseObject({ priceDimensions: z.record(z.string(), dimension) })),
  }),
  version: z.string(),
})
type Dimension = z.output<typeof dimension>

/** The prices of one item, or in words why they cannot be told. */
export type Found = { readonly rows: readonly PriceRow[] } | { readonly why: string }

/** Never guesses: another unit, no price, or one too many is a reason, not a price. */
export function pickPrices(
  query: PriceQuery,
  texts: readonly string[],
  region: string,
  today: string,
): Found {
  const matching: { readonly dimensions: readonly Dimension[]; readonly version: string }[] = []
  for (const text of texts) {
    const read = readProduct(text)
    if (typeof read === 'string') return { why: read }
    if (!query.usagetypes.includes(withoutRegions(query, read.product.attributes.usagetype))) continue
    const dimensions = Object.values(read.terms.OnDemand).flatMap(term => Object.values(term.priceDimensions))
    matching.push({ dimensions, version: read.version })
  }
  const priced = matching.flatMap(({ dimensions, version }) =>
    dimensions.filter(one => Number(one.pricePerUnit.USD) > 0).map(one => ({ ...one, version })),
  )
  if (priced.length === 0)
    return { why: `no price among ${texts.length} products (usage type ${query.usagetypes.join(' or ')})` }
  if (query.perDestination) return pickUsual(query, priced, region, today)
  if (!query.tiered && priced.length > 1)
    return {
      why: `${priced.length} prices where one was expected: ${priced.map(one => one.rateCode).join(', ')}`,
    }
  const other = inAnotherUnit(query, priced)
  return other ?? { rows: tiersFromZero(query, priced).map(one => rowOf(query, one, region, today)) }
}

type PricedDimension = Dimension & { readonly version: string }

function inAnotherUnit(
  query: PriceQuery,
  priced: readonly PricedDimension[],
): { readonly why: string } | null {
  const other = priced.find(one => one.unit.toLowerCase() !== query.listUnit.toLowerCase())
  return other ? { why: `the list gives it per ${other.unit}, not per ${query.listUnit}` } : null
}

/** What more than half of the destinations cost; else there is no such price, and none is guessed. */
function pickUsual(
  query: PriceQuery,
  priced: readonly PricedDimension[],
  region: string,
  today: string,
): Found {
  const other = inAnotherUnit(query, priced)
  if (other) return other
  const alike = (one: PricedDimension) =>
    priced.filter(({ pricePerUnit }) => Number(pricePerUnit.USD) === Number(one.pricePerUnit.USD)).length
  const usual = priced.find(one => alike(one) > priced.length / 2)
  if (!usual) return { why: `${priced.length} destinations have no price that more than half of them share` }
  return { rows: [rowOf(query, usual, region, today)] }
}

/** The first gigabytes of some tiers are free, for all that an account moves at once: a bill counts them as the rest. */
const FREE_AT_MOST = 100

function tiersFromZero(query: PriceQuery, priced: readonly PricedDimension[]): PricedDimension[] {
  const first = Math.min(...priced.map(one => Number(one.beginRange)))
  if (!query.tiered || first === 0 || first > FREE_AT_MOST) return [...priced]
  return priced.map(one => (Number(one.beginRange) === first ? { ...one, beginRange: '0' } : one))
}

function readProduct(text: string): z.output<typeof product> | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return `a product is not JSON: ${messageOf(error)}`
  }
  const parsed = product.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  return `a product has another shape: ${issue?.path.join('.')}: ${issue?.message}`
}

/** `EU-NatGateway-Hours` and `NatGateway-Hours` are one usage type in two regions; what goes to another has two. */
function withoutRegions({ perDestination }: PriceQuery, usagetype: string): string {
  const region = '[A-Z]{2,4}\\d{0,2}-'
  return usagetype.replace(new RegExp(`^${region}${perDestination ? region : ''}`), '')
}

function rowOf(
  { item, unit, scale = 1, tiered, note }: PriceQuery,
  { pricePerUnit, beginRange, endRange, rateCode, version }: PricedDimension,
  region: string,
  today: string,
): PriceRow {
  const to = endRange === 'Inf' ? {} : { to: Number(endRange) }
  return {
    item,
    region,
    unit,
    price: Number((Number(pricePerUnit.USD) * scale).toPrecision(12)),
    currency: 'USD',
    source: `AWS price list, version ${version}`,
    date: today,
    confidence: 'high',
    ...(tiered ? { tier: { from: Number(beginRange), ...to } } : {}),
    ...(note === undefined ? {} : { note }),
    rateCode,
  }
}
