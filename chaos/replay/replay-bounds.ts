import { type ReplayScope, windowOf } from '../core/replay-scope.ts'
import type { Watermark } from './lag.ts'
import { type OffsetRange, type Position, partitionKey } from './position.ts'
import type { ReaderOptions } from './reading.ts'
import { Watermarks } from './watermarks.ts'

/** By `topic/partition`: the first offset of a record that bears the time from which on is read, or a later one. */
export type FirstByTime = ReadonlyMap<string, number>

/**
 * Where each partition is read. By time it begins with the first record that is not too old, whatever lies between, and
 * ends with the log: behind a record that bears a later time there may be others of the window, when clocks lie.
 */
export function boundsIn(
  scope: ReplayScope | undefined,
  { low, high }: Watermark,
  of: string,
  byTime: FirstByTime = new Map(),
): { readonly start: number; readonly end: number } {
  if (!scope) return { start: low, end: high }
  const { from, to, partitions } = scope
  // A partition that the scope leaves out is at its end from the start.
  if (partitions && !partitions.includes(partitionOf(of))) return { start: low, end: low }
  const asked = from === 'oldest' ? low : 'offset' in from ? from.offset : (byTime.get(of) ?? low)
  const start = Math.max(low, asked)
  const end = to === 'end' || 'time' in to ? high : Math.min(high, to.offset)
  return { start, end: Math.max(start, end) }
}

/** Of offsets that were asked for by number: those that are gone. What a time would have begun with nobody knows then. */
export function goneBefore(scope: ReplayScope | undefined, low: number): OffsetRange | null {
  if (!scope || typeof scope.from !== 'object' || !('offset' in scope.from)) return null
  const { from, to } = scope
  const end = typeof to === 'object' && 'offset' in to ? Math.min(low, to.offset) : low
  return from.offset < end ? { from: from.offset, to: end } : null
}

const partitionOf = (key: string): number => Number(key.slice(key.lastIndexOf('/') + 1))

/** Asked before it begins; empty for a scope that does not begin at a time. @throws AftershockError `unavailable` */
export async function firstByTime(
  options: ReaderOptions & { readonly signal?: AbortSignal },
  scope: ReplayScope | undefined,
): Promise<FirstByTime> {
  const fromMs = scope && windowOf(scope)?.fromMs
  if (!scope || fromMs === undefined || !Number.isFinite(fromMs)) return new Map()
  await using watermarks = new Watermarks(options, options.clock, scope.topics)
  const found = await Promise.all(
    scope.topics.map(topic => watermarks.offsetsAt(topic, fromMs, options.signal)),
  )
  return new Map(found.flatMap(one => [...one]))
}

/** Of the records that were read: how many bear a time of the window, and how many lay among them that do not. */
export interface WindowCount {
  readonly inside: number
  readonly before: number
  readonly after: number
}

/** Counts records by the time that they bear, which a device's clock may have given them. */
export class WindowCounter {
  readonly #window: { readonly fromMs: number; readonly toMs: number } | null
  readonly #counts = new Map<string, { inside: number; before: number; after: number }>()

  constructor(scope: ReplayScope | undefined) {
    this.#window = scope ? windowOf(scope) : null
  }

  read({ topic, partition }: Pick<Position, 'topic' | 'partition'>, timestampMs: number): void {
    if (this.#window === null) return
    const key = partitionKey(topic, partition)
    const count = this.#counts.get(key) ?? { inside: 0, before: 0, after: 0 }
    this.#counts.set(key, count)
    if (timestampMs < this.#window.fromMs) count.before += 1
    else if (timestampMs >= this.#window.toMs) count.after += 1
    else count.inside += 1
  }

  /** null: the scope is not by time. */
  of({ topic, partition }: Pick<Position, 'topic' | 'partition'>): WindowCount | null {
    if (this.#window === null) return null
    return this.#counts.get(partitionKey(topic, partition)) ?? { inside: 0, before: 0, after: 0 }
  }
}
