import { count, exactly, plural } from './numbers.ts'
import { formatBytes, formatDuration } from './units.ts'

/** The units of measured numbers. Each has one way of being written: `formatValue`. */
export const UNITS = [
  's',
  'ms',
  'bytes',
  'bytes/s',
  'records',
  'records/s',
  '/s',
  'ratio',
  'count',
  'times',
  'commands',
  'devices',
  's/GB',
] as const
export type Unit = (typeof UNITS)[number]

const FORMATS: Readonly<Record<Unit, (value: number) => string>> = {
  s: value => formatDuration(value * 1000),
  ms: formatDuration,
  // Only what was moved beyond a steady rate is ever below zero.
  bytes: value => (value < 0 ? 'none beyond the steady rate' : formatBytes(value)),
  'bytes/s': value => `${formatBytes(value)}/s`,
  records: value => plural(Math.round(value), 'record'),
  'records/s': value => `${count(value)} records/s`,
  '/s': value => `${count(value)}/s`,
  ratio: value => `×${value.toFixed(2)}`,
  count: value => (Number.isInteger(value) || value >= 100 ? count(value) : value.toFixed(1)),
  times: value => plural(Math.round(value), 'time'),
  commands: value => plural(Math.round(value), 'command'),
  devices: value => plural(Math.round(value), 'device'),
  's/GB': value => `${count(value)} s/GB`,
}

/**
 * A measured number for people: on pages, in the terminal, in scorecards. CSV and JSON have the number itself.
 * Of a unit that is not known here: at most two decimals, and the unit as it is.
 */
export function formatValue(value: number, unit: string): string {
  const known: Readonly<Record<string, ((value: number) => string) | undefined>> = FORMATS
  return known[unit]?.(value) ?? `${Number(value.toFixed(2))} ${unit}`.trim()
}

/**
 * A measured number beside its limit: where rounding would make the two look alike, every digit is shown. Rounding
 * keeps the order of all others.
 */
export function besideLimit(value: number, limit: number | null, unit: string): string {
  const shown = formatValue(value, unit)
  return limit !== null && value !== limit && shown === formatValue(limit, unit)
    ? exactly(value, unit)
    : shown
}

const SUFFIXES: Readonly<Record<string, string>> = { s: '-seconds', ms: '-ms', records: '-records' }

/** `sustained-recovery` of `sustained-recovery-seconds`: for where the value beside it carries the unit. */
export function nameWithoutUnit(name: string, unit: string): string {
  const suffix = SUFFIXES[unit]
  return suffix !== undefined && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name
}
