import { flagsOf } from './price-age.ts'
import type { PriceRow } from './price-file.ts'
import type { PriceTable } from './prices.ts'

/** One price a line, with what must be known about it; then what the sources are. */
export function printPrices(table: PriceTable, rows: readonly PriceRow[], atWallMs: number): string {
  const width = Math.max(...rows.map(row => row.item.length))
  const lines = rows.map(row => {
    const flags = flagsOf(row, atWallMs).map(flag => flag.why)
    return [
      row.item.padEnd(width),
      row.region.padEnd(12),
      `${price(row.price)} USD/${row.unit}${tier(row)}`.padEnd(44),
      row.date ?? 'no date   ',
      `${row.confidence} (${row.source})`,
      ...(flags.length > 0 ? [`! ${flags.join('; ')}`] : []),
    ].join('  ')
  })
  const sources = Object.entries(table.sources).map(([key, text]) => `  ${key}  ${text}`)
  return [...lines, '', `Sources of ${table.origin.file}:`, ...sources, ''].join('\n')
}

/** Prices of requests have many zeros: never in the form 4e-7. */
function price(value: number): string {
  return value.toFixed(10).replace(/0+$/, '').replace(/\.$/, '')
}

function tier(row: PriceRow): string {
  if (row.tier === undefined) return ''
  const { from, to } = row.tier
  return to === undefined ? ` above ${from}` : ` from ${from} to ${to}`
}
