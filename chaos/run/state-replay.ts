import type { Admin } from 'kafkajs'
import type { Contract } from '../core/contract.ts'
import { type ReplayScope, windowOf } from '../core/replay-scope.ts'
import type { AdminWork } from '../drivers/environment.ts'
import { partitionKey } from '../replay/position.ts'
import { boundsIn, type FirstByTime } from '../replay/replay-bounds.ts'

export interface StatedReplay {
  /** Offsets to read; some may hold no record. */
  readonly records: number
  /** Of those asked for by offset, how many were deleted before. */
  readonly gone: number
  /** About how many bytes, by what a broker keeps of the partitions; null: no broker reported it. */
  readonly bytes: number | null
  /** By its limit, each broker handing out its part; null: it has none, or the bytes are not known. */
  readonly expectedSeconds: number | null
  /** Until retention by age takes what bears the time at which it begins; null: it does not begin at a time. */
  readonly marginMs: number | null
  readonly partitions: Record<string, { oldest: number; from: number; to: number }>
}

export interface StateReplayOptions {
  readonly admin: AdminWork
  readonly scope: ReplayScope
  readonly contract: Contract
  /** Of each broker; null: no limit. */
  readonly bytesPerSecond: number | null
  readonly brokers: number
  /** Bytes that a broker keeps, by `topic/partition`; null: none told. */
  readonly sizes: Readonly<Record<string, number>> | null
  readonly wallMs: number
}

/** What a replay has before it, asked of the brokers before it begins. */
export async function stateReplay(options: StateReplayOptions): Promise<StatedReplay> {
  const { admin, scope, sizes, bytesPerSecond, brokers } = options
  const asked = await admin(client => offsetsOf(client, scope))
  const wantedFrom = typeof scope.from === 'object' && 'offset' in scope.from ? scope.from.offset : null
  const bytes =
    sizes === null
      ? null
      : Math.round(
          asked.reduce((sum, { key, oldest, high, from, to }) => {
            const share = high > oldest ? (to - from) / (high - oldest) : 0
            return sum + share * (sizes[key] ?? 0)
          }, 0),
        )
  return {
    records: asked.reduce((sum, { from, to }) => sum + to - from, 0),
    gone: asked.reduce(
      (sum, { from }) => sum + (wantedFrom === null ? 0 : Math.max(0, from - wantedFrom)),
      0,
    ),
    bytes,
    expectedSeconds:
      bytes === null || bytesPerSecond === null
        ? null
        : Math.round(bytes / (bytesPerSecond * Math.max(1, brokers))),
    marginMs: marginOf(options),
    partitions: Object.fromEntries(asked.map(({ key, oldest, from, to }) => [key, { oldest, from, to }])),
  }
}

async function offsetsOf(client: Admin, scope: ReplayScope) {
  const fromMs = windowOf(scope)?.fromMs ?? Number.NEGATIVE_INFINITY
  const perTopic = await Promise.all(
    scope.topics.map(async topic => {
      const offsets = await client.fetchTopicOffsets(topic)
      const found = Number.isFinite(fromMs) ? await client.fetchTopicOffsetsByTimestamp(topic, fromMs) : []
      const byTime: FirstByTime = new Map(
        found.map(({ partition, offset }) => [partitionKey(topic, partition), Number(offset)]),
      )
      return offsets.map(({ partition, low, high }) => {
        const mark = { low: Number(low), high: Number(high) }
        const key = partitionKey(topic, partition)
        const { start, end } = boundsIn(scope, mark, key, byTime)
        return { key, partition, oldest: mark.low, high: mark.high, from: start, to: end }
      })
    }),
  )
  return perTopic.flat().filter(({ partition }) => scope.partitions?.includes(partition) ?? true)
}

/** By the topic that keeps its records for the shortest time. */
function marginOf({ scope, contract, wallMs }: StateReplayOptions): number | null {
  const fromMs = windowOf(scope)?.fromMs
  if (fromMs === undefined || !Number.isFinite(fromMs)) return null
  const kept = scope.topics.map(topic => contract.topics[topic]?.retention ?? 0)
  return Math.round(Math.min(...kept) - (wallMs - fromMs))
}
