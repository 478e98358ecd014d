import type { Admin } from 'kafkajs'
import type { ReplayScope } from '../core/replay-scope.ts'
import { partitionKey } from '../replay/position.ts'
import { boundsIn } from '../replay/replay-bounds.ts'

interface Question {
  readonly topic: string
  /** It begins at an offset, or at the oldest one. */
  readonly scope: ReplayScope
  /** Records that are older than this are due to go already. */
  readonly longestMs: number
  readonly nowMs: number
}

/** So many looks leave a thousandth of the retention open. */
const LOOKS = 10

/**
 * About the time that the oldest bears of the records at which a replay of the topic begins; null: there are none. By
 * halves: brokers tell the first offset from a time on, and not the time of an offset. It errs to the older side.
 */
export async function oldestTimes(
  client: Admin,
  { topic, scope, longestMs, nowMs }: Question,
): Promise<number | null> {
  const begins = new Map<number, number>()
  for (const { partition, low, high } of await client.fetchTopicOffsets(topic)) {
    const mark = { low: Number(low), high: Number(high) }
    const { start, end } = boundsIn(scope, mark, partitionKey(topic, partition))
    if (end > start) begins.set(partition, start)
  }
  if (begins.size === 0) return null
  /** Whether none of the first records is older than this. */
  const areAllSince = async (ms: number) => {
    const found = await client.fetchTopicOffsetsByTimestamp(topic, Math.max(0, Math.round(ms)))
    return found.every(
      ({ partition, offset }) => Number(offset) <= (begins.get(partition) ?? Number.MAX_SAFE_INTEGER),
    )
  }
  let [older, newer] = [nowMs - longestMs, nowMs]
  if (!(await areAllSince(older))) return older
  for (let look = 0; look < LOOKS; look++) {
    const middle = (older + newer) / 2
    if (await areAllSince(middle)) older = middle
    else newer = middle
  }
  return older
}
