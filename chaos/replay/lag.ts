import type { ConsumerSample } from '../core/samples.ts'
import { type Position, partitionKey } from './position.ts'

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

/** Notes for each position whether it had caught up by this reading. Call once per reading. */
export function noteCaughtUp(positions: Iterable<Position>, reading: WatermarkReading): void {
  for (const position of positions) {
    const high = reading.partitions.get(partitionKey(position.topic, position.partition))?.high
    if (high !== undefined && high <= position.next) position.caughtUpAt = reading.at
  }
}

/**
 * Lag in records and in seconds. A reading that is missing, partial or old makes both unknown: the last good
 * value never stands in for the present one.
 *
 * The oldest unread record's own time is not known before it is read, so its age is bounded from above, twice:
 * it is younger than the last record read before it, and younger than the last moment at which nothing was
 * unread. The smaller bound is taken, and it is never less than the true age.
 */
export function lagOf(
  positions: Iterable<Position>,
  reading: WatermarkReading | null,
  now: number,
  wallNow: number,
): Pick<ConsumerSample, 'lagRecords' | 'lagSeconds'> {
  const unknown = { lagRecords: null, lagSeconds: null }
  if (!reading || now - reading.at > STALE_MS) return unknown
  let records = 0
  let ageMs: number | null = 0
  for (const position of positions) {
    const watermark = reading.partitions.get(partitionKey(position.topic, position.partition))
    if (!watermark) return unknown
    const unread = watermark.high - position.next
    if (unread <= 0) continue
    records += unread
    const bounds: number[] = []
    if (position.lastTimestamp !== null) bounds.push(wallNow - position.lastTimestamp)
    if (position.caughtUpAt !== null) bounds.push(now - position.caughtUpAt)
    if (bounds.length === 0) ageMs = null
    else if (ageMs !== null) ageMs = Math.max(ageMs, Math.min(...bounds))
  }
  return { lagRecords: records, lagSeconds: ageMs === null ? null : Math.max(0, ageMs / 1000) }
}
