import { formatBytes, formatDuration } from '../core/units.ts'
import type { Estimated, Measured } from '../score/measurements.ts'

/** Numbers for people: three significant digits at most where more would pretend. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US')

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** `1.2k`, `3.4M`: for axes and tiles. */
export function short(value: number): string {
  const size = Math.abs(value)
  if (size >= 999_500) return `${trim(value / 1_000_000)}M`
  if (size >= 1000) return `${trim(value / 1000)}k`
  return trim(value)
}

const trim = (value: number): string => String(Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0)))

/** `4:05` after the drill's zero, `-0:10` before it. */
export function clockTime(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000)
  const sign = ms < 0 && seconds > 0 ? '−' : ''
  return `${sign}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

export const ms = (value: number): string => formatDuration(value)
export const bytes = (value: number): string => formatBytes(value).replace('-', '−')
export const seconds = (value: number): string => `${Number(value.toFixed(value < 10 ? 2 : 1))} s`
export const perSecond = (value: number): string => `${count(value)}/s`

/** A measurement in words; without a value, what is certain of it. */
export function shown(measured: Measured | undefined, format: (value: number) => string): string {
  if (!measured) return 'not measured'
  if (measured.value !== null) return format(measured.value)
  return measured.atLeast === undefined ? 'not measured' : `over ${format(measured.atLeast)}`
}

/** A comparison's interval, for a line of its own; or that there were too few seconds for one. */
export function between({ low, high, samples }: Estimated): string {
  if (low === null || high === null) return `no interval: ${samples.join(' and ')} s`
  return `${signed(low)} to ${signed(high)}`
}

const signed = (value: number): string => value.toFixed(2).replace('-', '−')

export const times = (ratio: number): string => `×${ratio.toFixed(2)}`

export function list(parts: readonly string[]): string {
  if (parts.length < 2) return parts[0] ?? ''
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
