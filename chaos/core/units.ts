import { z } from 'zod'

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A duration as people write it (`250ms`, `15s`, `2m`, `4h`, `7d`), parsed to milliseconds. */
export const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'expected a duration such as 250ms, 15s, 2m, 4h or 7d')
  .meta({ examples: ['15s'], description: 'A duration: a number and ms, s, m, h or d.' })
  .transform(parseDurationMs)

/** A duration that may point backwards: `2h`, `-30d`. */
export const signedDuration = z
  .string()
  .regex(/^[+-]?\d+(\.\d+)?(ms|s|m|h|d)$/, 'expected a duration such as 2h or -30d')
  .meta({ examples: ['2h'], description: 'A duration, with a minus where it points backwards.' })
  .transform(text => parseDurationMs(text.replace(/^[+-]/, '')) * (text.startsWith('-') ? -1 : 1))

export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  if (!match) throw new RangeError(`not a duration: ${text}`)
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS])
}

/** `1.5 s`, `2 min 5 s`, `250 ms`: for people, never for programs. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}

/** Decimal units (1 kB = 1000 B), as networks and cloud bills count. */
export function formatBytes(bytes: number): string {
  if (Math.abs(bytes) < 1000) return `${Math.round(bytes)} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 'B'
  for (const next of units) {
    if (Math.abs(value) < 1000) break
    value /= 1000
    unit = next
  }
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`
}
