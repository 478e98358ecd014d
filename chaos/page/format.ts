import { clockTime, count, list, plural, roundDown } from '../core/numbers.ts'
import { formatValue } from '../core/quantity.ts'

export { clockTime, count, list, plural }

/** `1.2k`, `3.4M`: for axes and tiles. */
export function short(value: number): string {
  const size = Math.abs(value)
  if (size >= 999_500) return `${trim(value / 1_000_000)}M`
  if (size >= 1000) return `${trim(value / 1000)}k`
  return trim(value)
}

const trim = (value: number): string => String(Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0)))

export const ms = (value: number): string => formatValue(value, 'ms')
export const seconds = (value: number): string => formatValue(value, 's')
export const bytes = (value: number): string => formatValue(value, 'bytes')
export const times = (ratio: number): string => formatValue(ratio, 'ratio')
export const perSecond = (value: number): string => formatValue(value, '/s')

/** A number that may be missing, as measurements have it. */
interface Known {
  readonly value: number | null
  readonly atLeast?: number | undefined
  readonly applies?: false | undefined
}

/** A measurement in words; without a value, what is certain of it. */
export function shown(measured: Known | undefined, format: (value: number) => string): string {
  if (!measured) return 'not measured'
  if (measured.value !== null) return format(measured.value)
  if (measured.applies === false) return 'does not apply'
  return measured.atLeast === undefined ? 'not measured' : `at least ${format(roundDown(measured.atLeast))}`
}

interface Interval {
  readonly low: number | null
  readonly high: number | null
  readonly samples: readonly number[]
}

/** A comparison's interval, for a line of its own; or that there were too few seconds for one. */
export function between({ low, high, samples }: Interval): string {
  if (low === null || high === null) return `no interval: ${samples.join(' and ')} s`
  return `${signed(low)} to ${signed(high)}`
}

const signed = (value: number): string => value.toFixed(2).replace('-', '−')
