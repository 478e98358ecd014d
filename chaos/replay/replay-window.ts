import type { Contract } from '../core/contract.ts'
import { type ReplayScope, windowOf } from '../core/replay-scope.ts'
import { type OffsetRange, partitionKey } from './position.ts'
import type { Reading } from './reading.ts'

export interface ReplayWindow {
  /** Where the replay began: the low watermark as it was then, or further on as its scope says. */
  readonly oldestOffset: number
  /**
   * The first offset that is asked for, by number, or not older than what is asked for and the contract promises; null
   * when it could not be found.
   */
  readonly oldestRequired: number | null
  /**
   * `oldestRequired` less the low watermark: what retention left to spare at the start, and to the end of the replay: what was
   * deleted before the reader came to it leaves nothing to spare. Negative: history that was required is gone.
   */
  readonly margin: number | null
}

/** By `topic/partition`: the first offset that is not older than the contract's window when the replay starts. */
export type FirstRequired = ReadonlyMap<string, number>

/** What is asked for, and what was promised of it. */
export interface Wanted {
  readonly contract: Contract
  /** @default all that there is */
  readonly scope?: ReplayScope
  readonly signal?: AbortSignal
}
type WhatIsRead = Pick<Reading, 'watermarks' | 'positions' | 'first'>

/** From when on records are required: nobody promised what is older, and nobody asked for it. */
function requiredFrom({ scope }: Wanted, windowMs: number, startedAtWallMs: number): number {
  const asked = scope ? (windowOf(scope)?.fromMs ?? Number.NEGATIVE_INFINITY) : Number.NEGATIVE_INFINITY
  return Math.max(startedAtWallMs - windowMs, asked)
}

const askedOffset = ({ scope }: Wanted): number | null =>
  typeof scope?.from === 'object' && 'offset' in scope.from ? scope.from.offset : null

/** Asked while the replay goes on. What nobody answered is left out; it never rejects. */
export async function firstRequired(
  wanted: Wanted,
  reading: Pick<Reading, 'watermarks' | 'positions'>,
  startedAtWallMs: number,
  /** What is known already is not asked for again. */
  known: FirstRequired = new Map(),
): Promise<FirstRequired> {
  const offset = askedOffset(wanted)
  // What was asked for by number needs no broker to be known.
  if (offset !== null) return new Map([...reading.positions.keys()].map(key => [key, offset] as const))
  const isKnown = (topic: string) =>
    [...reading.positions.values()].some(
      position => position.topic === topic && known.has(partitionKey(topic, position.partition)),
    )
  const found = await Promise.all(
    Object.entries(wanted.contract.topics).map(async ([topic, promise]) => {
      if (isKnown(topic)) return []
      const from = requiredFrom(wanted, promise.replayWindow, startedAtWallMs)
      return [...(await reading.watermarks.offsetsAt(topic, from, wanted.signal).catch(() => []))]
    }),
  )
  return new Map([...known, ...found.flat()])
}

/**
 * What was unavailable at the start, asked again: where history was deleted since, all of it may have been required.
 */
export async function stillRequired(
  wanted: Wanted,
  reading: Pick<Reading, 'watermarks' | 'positions'>,
  startedAtWallMs: number,
  known: FirstRequired,
): Promise<FirstRequired> {
  const found = await firstRequired(wanted, reading, startedAtWallMs, known)
  return new Map(
    [...found].map(([key, first]) => {
      const position = reading.positions.get(key)
      const unread = position?.unread.at(-1)
      const mayHaveBeen = !known.has(key) && unread !== undefined && first <= unread.to
      return [key, mayHaveBeen ? (position?.start ?? first) : first] as const
    }),
  )
}

/** What was required of each partition, by `topic/partition`. Unknown where nobody could be asked. */
export function replayWindow(
  wanted: Wanted,
  { positions, first: opened }: Pick<WhatIsRead, 'positions' | 'first'>,
  startedAtWallMs: number,
  required: FirstRequired,
): ReadonlyMap<string, Omit<ReplayWindow, 'oldestOffset'>> {
  const windows = new Map<string, Omit<ReplayWindow, 'oldestOffset'>>()
  for (const [key, position] of positions) {
    const promise = wanted.contract.topics[position.topic]
    const first = required.get(key)
    if (!promise || first === undefined) continue
    const low = opened.partitions.get(key)?.low ?? position.start
    const from = requiredFrom(wanted, promise.replayWindow, startedAtWallMs)
    // Where it begins further on, the oldest record is one that it was not given, and older than all that it was.
    const timestampOfOldest = position.start === low ? position.firstTimestamp : null
    const atStart =
      askedOffset(wanted) === null
        ? requirement(low, first, timestampOfOldest, from)
        : { oldestRequired: first, margin: first - low }
    windows.set(key, afterReading(atStart, position.unread))
  }
  return windows
}

/** The margin after what was gone before it was read: what was required of that is missing from it. */
export function afterReading(
  { oldestRequired, margin }: Omit<ReplayWindow, 'oldestOffset'>,
  unread: readonly OffsetRange[],
): Omit<ReplayWindow, 'oldestOffset'> {
  if (oldestRequired === null || margin === null || unread.length === 0) return { oldestRequired, margin }
  const missed = unread.reduce(
    (sum, { from, to }) => sum + Math.max(0, to - Math.max(from, oldestRequired)),
    0,
  )
  return { oldestRequired, margin: Math.min(margin, 0) - missed }
}

/**
 * `first` is the first offset of those still there that is not older than `fromWallMs`. When even the oldest
 * record left is younger than that and offsets before it are gone, some of those gone may have been required.
 * How many is not to be known any more, so all are counted: the margin is at its worst.
 */
export function requirement(
  oldestOffset: number,
  first: number,
  timestampOfOldest: number | null,
  fromWallMs: number,
): Omit<ReplayWindow, 'oldestOffset'> {
  const isHistoryGone = oldestOffset > 0 && timestampOfOldest !== null && timestampOfOldest > fromWallMs
  const oldestRequired = isHistoryGone ? 0 : Math.max(first, oldestOffset)
  return { oldestRequired, margin: oldestRequired - oldestOffset }
}
