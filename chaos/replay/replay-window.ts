import type { Contract } from '../core/contract.ts'
import { partitionKey } from './position.ts'
import type { Reading } from './reading.ts'

export interface ReplayWindow {
  /** The low watermark at the start of the replay. */
  readonly oldestOffset: number
  /** The first offset that is not older than the contract's replay window; null when it could not be found. */
  readonly oldestRequired: number | null
  /** `oldestRequired - oldestOffset`: what retention left to spare. Negative: history that was required is gone. */
  readonly margin: number | null
}

/** What the contract requires of each partition, by `topic/partition`. Unknown where nobody could be asked. */
export async function replayWindow(
  contract: Contract,
  reading: Reading,
  startedAtWallMs: number,
): Promise<ReadonlyMap<string, Omit<ReplayWindow, 'oldestOffset'>>> {
  const windows = new Map<string, Omit<ReplayWindow, 'oldestOffset'>>()
  await Promise.all(
    Object.entries(contract.topics).map(async ([topic, promise]) => {
      const from = startedAtWallMs - promise.replayWindow
      const found = await reading.watermarks.offsetsAt(topic, from).catch(() => null)
      for (const position of reading.positions.values()) {
        const key = partitionKey(topic, position.partition)
        const first = found?.get(key)
        if (position.topic !== topic || first === undefined) continue
        windows.set(key, requirement(position.start, first, position.firstTimestamp, from))
      }
    }),
  )
  return windows
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
