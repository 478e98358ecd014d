import { AftershockError } from '../../core/errors.ts'
import { type PriceFile, priceFile } from '../price-file.ts'
import { type PriceRow } from '../../record/price-row.ts'
import type { PriceTable } from '../prices.ts'
import { priceQueries } from './catalog.ts'
import { type PriceList, pickPrices } from './price-list.ts'

export interface Refreshed {
  readonly file: PriceFile
  readonly refreshed: readonly string[]
  /** Items that could not be told; an old price of theirs stays, with its old date. */
  readonly failed: readonly { readonly item: string; readonly why: string; readonly kept: boolean }[]
  /** Items of the region that no question is known for: their prices stay as old as they are. */
  readonly notAsked: readonly string[]
}

export interface RefreshOptions {
  readonly region: string
  readonly table: PriceTable
  readonly atWallMs: number
  /** @default every type of machine that the table knows in any region */
  readonly instances?: readonly string[]
  readonly onProgress?: (item: string) => void
}

/** Today's prices of one region over a table; rows of other regions and items stay as they are. */
export async function refreshPrices(list: PriceList, options: RefreshOptions): Promise<Refreshed> {
  const { region, table, atWallMs, onProgress } = options
  const today = new Date(atWallMs).toISOString().slice(0, 10)
  const fresh = new Map<string, readonly PriceRow[]>()
  const failed: { item: string; why: string; kept: boolean }[] = []
  const queries = priceQueries(options.instances ?? instancesOf(table))
  for (const query of queries) {
    onProgress?.(query.item)
    const texts = await list.products(query.service, {
      [query.regionIn ?? 'regionCode']: region,
      ...query.filters,
    })
    const found = pickPrices(query, texts, region, today)
    if ('rows' in found) fresh.set(query.item, found.rows)
    else
      failed.push({
        item: query.item,
        why: found.why,
        kept: table.rows.some(row => row.item === query.item && row.region === region),
      })
  }
  if (fresh.size === 0) {
    throw new AftershockError('unavailable', `the price list has nothing for ${region}`, {
      hint: 'Name a region as AWS does, for example eu-central-1.',
    })
  }
  const asked = new Set(queries.map(query => query.item))
  const ofRegion = table.rows.filter(row => row.region === region).map(row => row.item)
  const notAsked = [...new Set(ofRegion)].filter(item => !asked.has(item)).toSorted()
  return { file: merge(table, region, fresh), refreshed: [...fresh.keys()], failed, notAsked }
}

function instancesOf(table: PriceTable): string[] {
  const prefix = 'ec2.linux.'
  const items = table.rows
    .filter(row => row.item.startsWith(prefix))
    .map(row => row.item.slice(prefix.length))
  return [...new Set(items)]
}

function merge(
  table: PriceTable,
  region: string,
  fresh: ReadonlyMap<string, readonly PriceRow[]>,
): PriceFile {
  const kept = table.rows.filter(row => row.region !== region || !fresh.has(row.item))
  const file = {
    format: 1,
    currency: 'USD',
    sources: table.sources,
    prices: [...kept, ...[...fresh.values()].flat()].toSorted(
      (a, b) =>
        a.item.localeCompare(b.item) ||
        a.region.localeCompare(b.region) ||
        (a.tier?.from ?? 0) - (b.tier?.from ?? 0),
    ),
  }
  const parsed = priceFile.safeParse(file)
  if (parsed.success) return parsed.data
  throw new AftershockError(
    'unavailable',
    `the price list makes no sense: ${parsed.error.issues[0]?.message}`,
    {
      hint: 'Nothing was written. The list may have changed its shape.',
    },
  )
}
