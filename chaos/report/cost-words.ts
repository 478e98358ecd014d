import type { LineName } from '../record/cost-file.ts'

/** Lines of a bill, for people: the words are those that the comparison of platforms uses. */
export const LINE_WORDS: Readonly<Record<LineName, string>> = {
  compute: 'Compute',
  'broker-storage': 'Broker storage',
  'object-storage': 'Object storage',
  'object-requests': 'Object requests',
  'network-transfer': 'Network transfer',
  'read-fan-out': 'Read fan-out',
  'cross-zone-paths': 'Cross-zone paths',
  'inter-region': 'Between regions',
  'operator-time': 'Operator time',
  replays: 'Replays',
  'broker-losses': 'Broker losses',
}

/** Whole dollars of a bill; cents where a dollar would say nothing. */
export function usd(value: number): string {
  const digits = Math.abs(value) < 10 && value !== 0 ? 2 : 0
  const text = Math.abs(value).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return `${value < 0 ? '−' : ''}$${text}`
}

/** An input of a line: prices and ratios need more digits than bytes do. */
export function quantity(value: number, unit: string): string {
  const digits = value !== 0 && Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0
  return `${Number(value.toFixed(digits)).toLocaleString('en-US')} ${unit}`
}
