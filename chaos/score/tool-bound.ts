import type { NumberEntry } from '../numbers/number.ts'
import type { Measurements, ReplayMeasurement } from '../record/measurements.ts'
import type { Span } from './timeline.ts'

/** Units of what a part of the tool makes worse when it is in the way. */
const OF_TIME = new Set(['s', 'ms', 'ratio', 'records/s', 'bytes/s'])
/** Devices, live readers and probes: what takes every time that a replay does not take itself. */
const MAIN = 'main'

/**
 * Why a number may be the tool's, and not the platform's; null: it is not. What is good enough although the tool was in
 * the way is good enough.
 */
export function toolBoundWords(
  { tool, faults, replays }: Measurements,
  { unit, takenBy }: Pick<NumberEntry, 'unit' | 'takenBy'>,
  subject: string | null,
): string | null {
  if (!OF_TIME.has(unit)) return null
  const replay = replays.find(({ id }) => id === subject)
  if (takenBy === 'replay') return replay ? notByPlatform(replay) : null
  const fault = faults.find(({ id }) => id === subject)
  const span = fault
    ? spanOf(fault.injectedAt, fault.windowEndsAt)
    : replay
      ? spanOf(replay.startedAt, replay.finishedAt)
      : spanOf(null, null)
  const windows = (tool?.windows ?? []).filter(
    ({ part, fromMs, toMs }) => part === MAIN && toMs > span.fromMs && fromMs < span.toMs,
  )
  const [longest] = windows.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))
  if (!longest) return null
  const inAll = windows.reduce(
    (sum, { fromMs, toMs }) => sum + Math.min(toMs, span.toMs) - Math.max(fromMs, span.fromMs),
    0,
  )
  const seconds = Math.max(0.1, Math.round(inAll / 100) / 10)
  return `tool-bound: the part of this program that takes it was above its limit for ${seconds} s of that time (${longest.why})`
}

/** Why a replay says nothing of how fast the platform gives; null: it does. */
export function notByPlatform({ limit }: Pick<ReplayMeasurement, 'limit'>): string | null {
  return limit?.by === 'reader' || limit?.by === 'machine' || limit?.by === 'way'
    ? `the replay was ${limit.why}`
    : null
}

const spanOf = (fromMs: number | null, toMs: number | null): Span => ({
  fromMs: fromMs ?? Number.NEGATIVE_INFINITY,
  toMs: toMs ?? Number.POSITIVE_INFINITY,
})
