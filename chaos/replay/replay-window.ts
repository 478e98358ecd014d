import type { Contract } from '../core/contract.ts'
import { type OffsetRange, partitionKey } from './position.ts'
import type { Reading } from './reading.ts'

export interface ReplayWindow {
  /** The low watermark at the start of the replay. */
  readonly oldestOffset: number
  /** The first offset that is not older than the contract's replay window; null when it could not be found. */
  readonly oldestRequired: number | null
  /**
   * `oldestRequired - oldestOffset`: what retention left to spare at the start, and to the end of the replay: what was
   * deleted before the reader came to it leaves nothing to spare. Negative: history that was required is gone.
   */
  readonly margin: number | null
}

/** By `topic/partition`: the first offset that is not older than the contract's window when the replay starts. */
export type FirstRequired = ReadonlyMap<string, number>

/** Asked while the replay goes on. What nobody answered is left out; it never rejects. */
export async function firstRequired(
  contract: Contract,
  reading: Pick<Reading, 'watermarks' | 'positions'>,
  startedAtWallMs: number,
  signal?: AbortSignal,
  /** What is known already is not asked for again. */
  known: FirstRequired = new Map(),
): Promise<FirstRequired> {
  const isKnown = (topic: string) =>
    [...reading.positions.values()].some(
      position => position.topic === topic && known.has(partitionKey(topic, position.partition)),
    )
  const found = await Promise.all(
    Object.entries(contract.topics).map(async ([topic, promise]) => {
      if (isKnown(topic)) return []
      const from = startedAtWallMs - promise.replayWindow
      return [...(await reading.watermarks.offsetsAt(topic, from, signal).catch(() => []))]
    }),
  )
  return new Map([...known, ...found.flat()])
}

/**
 * What was unavailable at the start, asked again: where history was deleted since, all of it may have been required.
 */
export async function stillRequired(
  contract: Contract,
  reading: Pick<Reading, 'watermarks' | 'positions'>,
  startedAtWallMs: number,
  known: FirstRequired,
  signal?: AbortSignal,
): Promise<FirstRequired> {
  const found = await firstRequired(contract, reading, startedAtWallMs, signal, known)
  return new Map(
    [...found].map(([key, first]) => {
      const position = reading.positions.get(key)
      const unread = position?.unread.at(-1)
      const mayHaveBeen = !known.has(key) && unread !== undefined && first <= unread.to
      return [key, mayHaveBeen ? (position?.start ?? first) : first] as const
    }),
  )
}

/** What the contract required of each partition, by `topic/partition`. Unknown where nobody could be asked. */
export function replayWindow(
  contract: Contract,
  reading: Pick<Reading, 'positions'>,
  startedAtWallMs: number,
  required: FirstRequired,
): ReadonlyMap<string, Omit<ReplayWindow, 'oldestOffset'>> {
  const windows = new Map<string, Omit<ReplayWindow, 'oldestOffset'>>()
  for (const [key, position] of reading.positions) {
    const promise = contract.topics[position.topic]
    const first = required.get(key)
    if (!promise || first === undefined) continue
    const from = startedAtWallMs - promise.replayWindow
    const atStart = requirement(position.start, first, position.firstTimestamp, from)
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
