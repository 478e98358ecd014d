import type { ReplayScope } from '../core/replay-scope.ts'
import type { AdminWork } from '../drivers/environment.ts'
import { boundsIn } from '../replay/replay.ts'

export interface StatedReplay {
  /** Offsets to read; some may hold no record. */
  readonly records: number
  /** Of those asked for, how many were deleted before. */
  readonly gone: number
  readonly partitions: Record<string, { oldest: number; from: number; to: number }>
}

/** What a replay has before it, asked of the brokers before it begins. */
export async function stateReplay(admin: AdminWork, scope: ReplayScope): Promise<StatedReplay> {
  const offsets = await admin(client =>
    Promise.all(
      scope.topics.map(async topic => ({ topic, partitions: await client.fetchTopicOffsets(topic) })),
    ),
  )
  const asked = offsets.flatMap(({ topic, partitions }) =>
    partitions
      .filter(({ partition }) => scope.partitions?.includes(partition) ?? true)
      .map(({ partition, low, high }) => {
        const oldest = Number(low)
        const { start, end } = boundsIn(scope, { low: oldest, high: Number(high) }, partition)
        return { key: `${topic}/${partition}`, oldest, from: start, to: end }
      }),
  )
  const wantedFrom = scope.from === 'oldest' ? null : scope.from.offset
  return {
    records: asked.reduce((sum, { from, to }) => sum + to - from, 0),
    gone: asked.reduce(
      (sum, { from }) => sum + (wantedFrom === null ? 0 : Math.max(0, from - wantedFrom)),
      0,
    ),
    partitions: Object.fromEntries(asked.map(({ key, ...rest }) => [key, rest])),
  }
}
