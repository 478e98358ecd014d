import { createHash } from 'node:crypto'
import { AftershockError } from '../core/errors.ts'
import { shellWord } from '../core/shell-word.ts'
import { YAML_BYTES } from '../core/yaml-text.ts'
import { parseJson } from '../drill/json-source.ts'
import { nearest } from '../drill/nearest.ts'
import { inputError, type Problem } from '../drill/problem.ts'
import { schemaProblems } from '../drill/schema-problems.ts'
import { readBytes } from '../record/bounded-files.ts'
import { packageFile } from '../package-root.ts'
import { type PriceFile, priceFile } from './price-file.ts'
import { type BilledUnit, type PriceRow } from '../record/price-row.ts'
import { charge, type Price, type Quantity, sum, type Usd } from './units.ts'

/** One price with where it comes from; `row.source` names keys of the table's `sources`. */
export interface Priced<U extends BilledUnit> {
  readonly price: Price<U>
  readonly row: PriceRow
}

export interface PriceOrigin {
  /** As it is shown to people. */
  readonly file: string
  readonly sha256: string
}

/** The table that is shipped, as it is named in evidence. */
export const SHIPPED_PRICES = 'chaos/cost/prices.json'

/**
 * Reads a price table: the shipped one, or the user's own in the same format.
 * @throws AftershockError `input` with every problem of the file, each with its line and key.
 */
export function loadPrices(path?: string): PriceTable {
  if (path === undefined) return (shipped ??= loadShipped())
  const file = path
  const { text, sha256 } = readTable(path, path)
  const source = parseJson(text, file)
  const parsed = priceFile.safeParse(source.value)
  if (!parsed.success) {
    const problems = schemaProblems(source, priceFile, parsed.error.issues)
    throw inputError(
      problems.map(problem => withRow(problem, source.value)),
      `${SHIPPED_PRICES} shows the format; \`aftershock prices refresh\` writes it.`,
    )
  }
  return new PriceTable(parsed.data, { file, sha256 })
}

let shipped: PriceTable | undefined

/** Read once: several runs of one comparison are priced with it. It is right, and nobody asks where its keys are. */
function loadShipped(): PriceTable {
  const { text, sha256 } = readTable(packageFile(...SHIPPED_PRICES.split('/')), SHIPPED_PRICES)
  return new PriceTable(priceFile.parse(JSON.parse(text)), { file: SHIPPED_PRICES, sha256 })
}

function readTable(path: string, shownAs: string): { readonly text: string; readonly sha256: string } {
  const bytes = readBytes(path, { shownAs, atMostBytes: 4 * YAML_BYTES })
  return { text: bytes.toString('utf8'), sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** A row is found by its item, not by counting. Examples of errors are lines of YAML: not for this file. */
function withRow({ example: _yaml, ...problem }: Problem, json: unknown): Problem {
  const [list, index] = problem.path
  if (list !== 'prices' || typeof index !== 'number') return problem
  const row = (json as { prices: readonly (Partial<PriceRow> | null)[] }).prices[index]
  const { item, region } = row ?? {}
  if (typeof item !== 'string' || problem.message.startsWith(item)) return problem
  const where = typeof region === 'string' ? ` in ${region}` : ''
  return { ...problem, message: `${problem.message} (the price of ${item}${where})` }
}

type PriceRows = Readonly<Record<'prices', readonly PriceRow[]>> & Pick<PriceFile, 'sources'>

/** What a table's prices are multiplied with, item by item. */
type Scale = (item: string) => number
const AS_LISTED: Scale = () => 1

export class PriceTable {
  readonly sources: Readonly<Record<string, string>>
  readonly origin: PriceOrigin
  readonly #listed: readonly PriceRow[]
  readonly #byKey: PricesByKey
  readonly #scale: Scale

  constructor(file: PriceRows, origin: PriceOrigin, view?: PriceView) {
    this.#listed = file.prices
    this.sources = file.sources
    this.origin = origin
    this.#byKey = view?.byKey ?? groupRows(file.prices)
    this.#scale = view?.scale ?? AS_LISTED
  }

  get rows(): readonly PriceRow[] {
    return this.#listed.map(row => this.#scaled(row))
  }

  regions(): string[] {
    return [...new Set(this.rows.map(row => row.region))].toSorted()
  }

  /** @throws AftershockError `input` when there is no such price, naming item and region and what to do. */
  price<U extends BilledUnit>(item: string, region: string, unit: U): Priced<U> {
    const tiers = this.tiers(item, region, unit)
    const [only] = tiers
    if (only === undefined || tiers.length > 1) {
      throw new AftershockError('internal', `${item} has tiers; ask for all of them`)
    }
    return only
  }

  /** All prices of an item, cheapest quantities first; one when it has no tiers. */
  tiers<U extends BilledUnit>(item: string, region: string, unit: U): readonly Priced<U>[] {
    const found = this.#byKey.get(region)?.get(item)
    if (!found) throw this.#missing(item, region)
    const other = found.find(({ row }) => row.unit !== unit)
    if (other) {
      throw new AftershockError(
        'input',
        `${this.origin.file} gives ${item} in ${region} per ${other.row.unit}; it is needed per ${unit}`,
        { hint: 'give the price per that unit: `aftershock prices list --json` shows the format' },
      )
    }
    const tiers = found as readonly Priced<U>[]
    // Nothing is made anew for what is not scaled: break-even searches ask thousands of times.
    const factor = this.#scale(item)
    return factor === 1 ? tiers : tiers.map(({ row }) => pricedAs<U>({ ...row, price: row.price * factor }))
  }

  /**
   * The same table with the prices of some items multiplied: what if they change? It is a view, since a search along a
   * curve asks thousands of tables for a few prices each.
   */
  scaled(isScaled: (item: string) => boolean, factor: number): PriceTable {
    const scale: Scale = item => (isScaled(item) ? this.#scale(item) * factor : this.#scale(item))
    const file = { prices: this.#listed, sources: this.sources }
    return new PriceTable(file, this.origin, { byKey: this.#byKey, scale })
  }

  #scaled(row: PriceRow): PriceRow {
    const factor = this.#scale(row.item)
    return factor === 1 ? row : { ...row, price: row.price * factor }
  }

  #missing(item: string, region: string): AftershockError {
    const { file } = this.origin
    const elsewhere = [...new Set(this.rows.filter(row => row.item === item).map(row => row.region))]
    if (elsewhere.length > 0) {
      return new AftershockError(
        'input',
        `${file} has no price of ${item} in ${region}, only in ${elsewhere.toSorted().join(', ')}`,
        {
          hint: `\`aftershock prices refresh --region ${shellWord(region)} --out my-prices.json\` asks AWS for it (it needs credentials); or add a row by hand to a copy of the table. Then name it with --prices.`,
        },
      )
    }
    const meant = nearest(item, new Set(this.rows.map(row => row.item)))
    return new AftershockError('input', `${file} has no price of ${item}, in ${region} or anywhere`, {
      hint: [
        ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
        '`aftershock prices list` shows every item; add a row to a copy of the table and name it with --prices.',
      ].join('\n'),
    })
  }
}

/** The rows of another table, grouped as that one has them, and what to multiply them with. */
interface PriceView {
  readonly byKey: PricesByKey
  readonly scale: Scale
}

/** By region and item, cheapest quantities first. */
type PricesByKey = ReadonlyMap<string, ReadonlyMap<string, readonly Priced<BilledUnit>[]>>

function groupRows(rows: readonly PriceRow[]): PricesByKey {
  const byKey = new Map<string, Map<string, Priced<BilledUnit>[]>>()
  for (const row of rows) {
    const ofRegion = byKey.get(row.region) ?? new Map<string, Priced<BilledUnit>[]>()
    byKey.set(row.region, ofRegion)
    const group = ofRegion.get(row.item)
    if (group) group.push(pricedAs(row))
    else ofRegion.set(row.item, [pricedAs(row)])
  }
  for (const ofRegion of byKey.values())
    for (const group of ofRegion.values()) group.sort((a, b) => fromOf(a) - fromOf(b))
  return byKey
}

const fromOf = ({ row }: Priced<BilledUnit>): number => row.tier?.from ?? 0

function pricedAs<U extends BilledUnit>(row: PriceRow): Priced<U> {
  return { price: row.price as Price<U>, row }
}

/** Charges a month's quantity tier by tier: each price for its own part only. */
export function chargeTiers<U extends BilledUnit>(
  tiers: readonly Priced<U>[],
  quantity: Quantity<NoInfer<U>>,
): Usd {
  return sum(
    tiers.map(({ price, row }) => {
      const from = row.tier?.from ?? 0
      const to = row.tier?.to ?? Number.POSITIVE_INFINITY
      return charge(price, Math.max(0, Math.min(quantity, to) - from) as Quantity<U>)
    }),
  )
}
