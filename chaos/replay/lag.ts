import type { ConsumerSample } from '../record/samples.ts'
import type { Position } from './position.ts'

/** Older than this, a high watermark says nothing about now. */
export const STALE_MS = 3000

export interface Watermark {
  readonly low: number
  readonly high: number
}

export interface WatermarkReading {
  /** On the run's clock, taken before the question was asked. */
  readonly at: number
  /** By `topic/partition`. */
  readonly partitions: ReadonlyMap<string, Watermark>
}

/** How far a reader had come just before the watermarks were asked for. */
export interface Standing {
  readonly key: string
  readonly next: number
  readonly lastTimestamp: number | null
  readonly caughtUpAt: number | null
}

export interface LagReading extends Pick<ConsumerSample, 'lagRecords' | 'lagSeconds'> {
  /** When the question was asked. */
  readonly at: number
  /** When the answer had come. @default as soon as it was asked for */
  readonly answeredAt?: number
}

export function standings(positions: ReadonlyMap<string, Position>): Standing[] {
  return [...positions].map(([key, { next, lastTimestamp, caughtUpAt }]) => ({
    key,
    next,
    lastTimestamp,
    caughtUpAt,
  }))
}

/**
 * Lag in records and in seconds, from where the reader was when the question was asked and the answer that
 * came: never less than the truth. A partial answer makes both unknown.
 *
 * The oldest unread record's own time is not known before it is read, so its age is bounded from above, twice:
 * it is younger than the last record read before it, and younger than the last moment at which nothing was
 * unread. The smaller bound is taken.
 */
export function lagOf(before: readonly Standing[], reading: WatermarkReading, wallAt: number): LagReading {
  let records = 0
  let ageMs: number | null = 0
  for (const { key, next, lastTimestamp, caughtUpAt } of before) {
    const watermark = reading.partitions.get(key)
    if (!watermark) return { at: reading.at, lagRecords: null, lagSeconds: null }
    const unread = watermark.high - next
    if (unread <= 0) continue
    records += unread
    const bounds: number[] = []
    if (lastTimestamp !== null) bounds.push(wallAt - lastTimestamp)
    if (caughtUpAt !== null) bounds.push(reading.at - caughtUpAt)
    if (bounds.length === 0) ageMs = null
    else if (ageMs !== null) ageMs = Math.max(ageMs, Math.min(...bounds))
  }
  return {
    at: reading.at,
    lagRecords: records,
    lagSeconds: ageMs === null ? null : Math.max(0, Math.round(ageMs)) / 1000,
  }
}

/**
 * The last reading while it is fresh; unknown after that. The last good value never stands in for the present: over a
 * slow link an answer may be old when it comes, and then the oldest unread record can have grown older by as much, and
 * how many records are unread is not known.
 */
export function freshLag(
  lag: LagReading | null,
  now: number,
): Pick<ConsumerSample, 'lagRecords' | 'lagSeconds'> {
  if (!lag || now - (lag.answeredAt ?? lag.at) > STALE_MS) return { lagRecords: null, lagSeconds: null }
  const { at, lagRecords, lagSeconds } = lag
  if (now - at <= STALE_MS) return { lagRecords, lagSeconds }
  return {
    lagRecords: null,
    lagSeconds: lagSeconds === null ? null : Math.round(lagSeconds * 1000 + now - at) / 1000,
  }
}

/** Notes for each position whether nothing was unread at the time of this reading. */
export function noteCaughtUp(positions: ReadonlyMap<string, Position>, reading: WatermarkReading): void {
  for (const [key, position] of positions) {
    const high = reading.partitions.get(key)?.high
    if (high !== undefined && high <= position.next) position.caughtUpAt = reading.at
  }
}
