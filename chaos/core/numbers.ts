/** Numbers for people: three significant digits at most where more would pretend. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US')

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** `4:05` after the drill's zero, `-0:10` before it. */
export function clockTime(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000)
  const sign = ms < 0 && seconds > 0 ? '−' : ''
  return `${sign}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

export function list(parts: readonly string[]): string {
  if (parts.length < 2) return parts[0] ?? ''
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/**
 * A lower bound for people: four digits, rounded down. Rounded to the nearest it could claim more than is known.
 */
export function roundDown(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 3)
  const down = Number((Math.floor(value / step) * step).toPrecision(12))
  return Number.isInteger(value) && step < 1 ? value : down
}

/** A number with all its digits, and the unit as people write it. */
export function exactly(value: number, unit: string): string {
  if (unit === 'records') return `${grouped(value)} ${value === 1 ? 'record' : 'records'}`
  if (unit === 'ratio') return `×${grouped(value)}`
  if (unit === 'bytes') return `${grouped(value)} B`
  return unit === '/s' ? `${grouped(value)}/s` : `${grouped(value)} ${unit}`.trim()
}

const grouped = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 12 })
