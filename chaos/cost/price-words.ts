import type { PriceRow } from '../record/price-row.ts'

/** Prices of requests have many zeros: never in the form 4e-7. */
export function decimal(value: number): string {
  const digits = value === 0 ? 0 : Math.min(20, Math.max(0, 5 - Math.floor(Math.log10(value))))
  const text = value.toFixed(digits)
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text
}

/** As units are written elsewhere: `MiB/s-month` for what the table calls MiBps-month. */
export function unitWords(unit: string): string {
  return unit.replace(/^USD per /, '').replace(/^(Mi?B)ps-/, '$1/s-')
}

/** ` from 0 to 51200`; nothing for a price without tiers. */
export function tierWords({ tier }: Pick<PriceRow, 'tier'>): string {
  if (tier === undefined) return ''
  const { from, to } = tier
  if (to === undefined) return ` above ${from}`
  return from === 0 ? ` up to ${to}` : ` from ${from} to ${to}`
}
