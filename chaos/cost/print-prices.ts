import { flagsOf } from './price-age.ts'
import type { PriceRow } from '../record/price-row.ts'
import { decimal, tierWords, unitWords } from './price-words.ts'
import type { PriceTable } from './prices.ts'

/** One price a line, what must be known about it below; then what the sources are. */
export function printPrices(table: PriceTable, rows: readonly PriceRow[], atWallMs: number): string {
  const width = Math.max(...rows.map(row => row.item.length))
  const regions = Math.max(...rows.map(row => row.region.length))
  const lines = rows.flatMap(row => {
    const flags = flagsOf(row, atWallMs).map(flag => flag.why)
    const price = `${decimal(row.price)} USD per ${unitWords(row.unit)}${tierWords(row)}`
    return [
      `${row.item.padEnd(width)}  ${row.region.padEnd(regions)}  ${price}`,
      `    ${row.date ?? 'no date'}, ${row.confidence} confidence (${row.source})${flags.length > 0 ? `; ! ${flags.join('; ')}` : ''}`,
    ]
  })
  const sources = Object.entries(table.sources).map(([key, text]) => `  ${key}  ${text}`)
  return [...lines, '', `Sources of ${table.origin.file}:`, ...sources, ''].join('\n')
}
