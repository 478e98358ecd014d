import { z } from 'zod'
import { AftershockError } from './errors.ts'

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/** 100 years: longer is a slip of the pen, and no number of milliseconds that means anything. */
export const LONGEST_MS = 36_500 * UNIT_MS.d
/** What one thing in a drill may take: a drill of days is a mistake in its file. */
export const LONGEST_IN_DRILL_MS = UNIT_MS.d

const durationUpTo = (longestMs: number, longest: string) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'expected a duration such as 250ms, 15s, 2m, 4h or 7d')
    .refine(text => !DURATION.test(text) || inMs(text) <= longestMs, {
      error: ({ input }) => `'${String(input)}' is longer than ${longest}, the longest that is allowed here`,
    })
    .meta({ examples: ['15s'], description: 'A duration: a number and ms, s, m, h or d.' })
    .transform(parseDurationMs)

/** A duration as people write it (`250ms`, `15s`, `2m`, `4h`, `7d`), parsed to milliseconds. */
export const duration = durationUpTo(LONGEST_MS, '36500d')

/** A duration in a drill: at most a day. */
export const drillDuration = durationUpTo(LONGEST_IN_DRILL_MS, '24h')

const SIGNED = /^[+-]?\d+(\.\d+)?(ms|s|m|h|d)$/
const unsigned = (text: string) => text.replace(/^[+-]/, '')

/** A duration that may point backwards: `2h`, `-30d`. */
export const signedDuration = z
  .string()
  .regex(/^[+-]?\d+(\.\d+)?(ms|s|m|h|d)$/, 'expected a duration such as 2h or -30d')
  .refine(text => !SIGNED.test(text) || inMs(unsigned(text)) <= LONGEST_MS, {
    error: ({ input }) => `'${String(input)}' is longer than 36500d, the longest that is allowed here`,
  })
  .meta({ examples: ['2h'], description: 'A duration, with a minus where it points backwards.' })
  .transform(text => parseDurationMs(unsigned(text)) * (text.startsWith('-') ? -1 : 1))

/** @throws AftershockError `input` for what is no duration, or one of more than 100 years. */
export function parseDurationMs(text: string): number {
  const ms = inMs(text)
  if (!(ms <= LONGEST_MS))
    throw new AftershockError('input', `not a duration: ${text}`, {
      hint: 'write a number and its unit: 500ms, 30s, 5m, 2h or 7d',
    })
  return ms
}

function inMs(text: string): number {
  const match = DURATION.exec(text)
  return match ? Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]) : Number.NaN
}

/** `1.5 s`, `2 min 5 s`, `250 ms`: for people, never for programs. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${Number((ms / 1000).toFixed(2))} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** As a file would say it, in the largest unit that fits: `4h`, `90s`, `1500ms`. */
export function writtenDuration(ms: number): string {
  const fits = (['d', 'h', 'm', 's'] as const).find(unit => ms > 0 && ms % UNIT_MS[unit] === 0) ?? 'ms'
  return `${ms / UNIT_MS[fits]}${fits}`
}

/** As `formatDuration`, and from two hours on in hours, from two days on in days: retention, clocks that are wrong. */
export function formatSpan(ms: number): string {
  if (ms < 2 * UNIT_MS.h) return formatDuration(ms)
  return ms < 2 * UNIT_MS.d
    ? `${Number((ms / UNIT_MS.h).toFixed(1))} h`
    : `${Number((ms / UNIT_MS.d).toFixed(1))} days`
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
