import type { Admin } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import type { Contract } from '../core/contract.ts'
import { messageOf } from '../core/errors.ts'
import { type ReplayScope, windowOf } from '../core/replay-scope.ts'
import { within } from '../core/wait.ts'
import type { AdminWork } from '../drivers/environment.ts'
import { partitionKey } from '../replay/position.ts'
import { boundsIn, type FirstByTime, goneBefore } from '../replay/replay-bounds.ts'
import { oldestTimes } from './oldest-times.ts'

export interface StatedReplay {
  /** Offsets to read; some may hold no record. null: no broker reported it. */
  readonly records: number | null
  /** Of those asked for by offset, how many were deleted before. */
  readonly gone: number | null
  /** About how many bytes, by what a broker keeps of the partitions; null: no broker reported it. */
  readonly bytes: number | null
  /** About how long it takes; null: the bytes are not known. */
  readonly expectedSeconds: number | null
  /** What that rests on: its limit, each broker handing out its part, or what readers were measured to do at most. */
  readonly expectedBy: 'limit' | 'reader'
  /** At least so long until retention by age takes where it begins; null: nothing goes by age, or when is not known. */
  readonly marginMs: number | null
  /** Why brokers did not tell all of it; null: they did. */
  readonly unreported: string | null
  /** `oldest`: the low watermark. It reads from `from` to before `to`. */
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
  readonly logSizes: () => Promise<Readonly<Record<string, number>> | null>
  /**
   * Whether records may be in a store: brokers do not tell their bytes, and a look at the times that they bear would
   * warm what the replay is to find cold.
   */
  readonly mayBeCold: boolean
  /** How long brokers may take. @default 5 s */
  readonly answerMs?: number
  readonly clock: Clock
}

/** What a run lends to its replays: what each has before it. */
export interface ReplayStatements {
  readonly state: (
    of: Pick<StateReplayOptions, 'scope' | 'bytesPerSecond' | 'answerMs'>,
  ) => Promise<StatedReplay>
}

/** Brokers are alive when it is asked, or a replay begins without their word: it waits for nobody. */
const ANSWER_MS = 5000
/** Without their word nothing that was approved is begun: brokers of a busy machine have time to give it. */
export const NEEDED_ANSWER_MS = 30_000
/** Of the CPU that one thread of a reader had for itself: 8.1 ms a MB at best, docs/adr/0014-replays-by-the-bytes.md. */
const READER_BYTES_PER_SECOND = 120_000_000

/** What a replay has before it, asked of the brokers before it begins. It never rejects: what nobody told is null. */
export async function stateReplay(options: StateReplayOptions): Promise<StatedReplay> {
  const { admin, scope, bytesPerSecond, brokers, logSizes, answerMs = ANSWER_MS, clock } = options
  const limits = { clock, deadlineMs: answerMs }
  const asking = admin(async client => ({
    offsets: await offsetsOf(client, scope),
    margin: await marginOf(client, options).catch(() => null),
  }))
  const [asked, told] = await Promise.allSettled([
    within('the brokers to say what there is to read', asking, limits),
    options.mayBeCold ? null : within('the brokers to say how much they keep', logSizes(), limits),
  ])
  const sizes = told.status === 'fulfilled' ? told.value : null
  const expectedBy = bytesPerSecond === null ? 'reader' : 'limit'
  if (asked.status === 'rejected')
    return {
      records: null,
      gone: null,
      bytes: null,
      expectedSeconds: null,
      expectedBy,
      marginMs: null,
      unreported: messageOf(asked.reason),
      partitions: {},
    }
  const { offsets, margin } = asked.value
  const bytes = sizes && bytesOf(offsets, sizes)
  const perSecond =
    bytesPerSecond === null
      ? READER_BYTES_PER_SECOND
      : Math.min(bytesPerSecond * Math.max(1, brokers), READER_BYTES_PER_SECOND)
  return {
    records: offsets.reduce((sum, { from, to }) => sum + to - from, 0),
    gone: offsets.reduce((sum, { gone }) => sum + gone, 0),
    bytes,
    expectedSeconds: bytes === null ? null : Math.ceil(bytes / perSecond),
    expectedBy,
    marginMs: margin,
    unreported: bytes === null ? (options.mayBeCold ? IN_STORE : 'no broker said how much it keeps') : null,
    partitions: Object.fromEntries(offsets.map(({ key, oldest, from, to }) => [key, { oldest, from, to }])),
  }
}

const IN_STORE = 'part of it may be in the object store, and brokers do not tell how much'

type Offsets = Awaited<ReturnType<typeof offsetsOf>>

function bytesOf(offsets: Offsets, sizes: Readonly<Record<string, number>>): number {
  const parts = offsets.map(({ key, oldest, high, from, to }) =>
    high > oldest ? ((to - from) / (high - oldest)) * (sizes[key] ?? 0) : 0,
  )
  return Math.round(parts.reduce((sum, part) => sum + part, 0))
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
        const gone = goneBefore(scope, mark.low)
        return {
          key,
          partition,
          oldest: mark.low,
          high: mark.high,
          from: start,
          to: end,
          gone: gone ? gone.to - gone.from : 0,
        }
      })
    }),
  )
  return perTopic.flat().filter(({ partition }) => scope.partitions?.includes(partition) ?? true)
}

/** By the topic whose records go first. Segments go whole, by their newest record: so it is no shorter. */
async function marginOf(
  client: Admin,
  { scope, contract, mayBeCold, clock }: StateReplayOptions,
): Promise<number | null> {
  const wallMs = clock.wallMs()
  const fromMs = windowOf(scope)?.fromMs
  const kept = scope.topics.flatMap(topic => {
    const terms = contract.topics[topic]
    return terms && terms.cleanup !== 'compact' ? [{ topic, retentionMs: terms.retention }] : []
  })
  if (kept.length === 0) return null
  if (fromMs !== undefined && Number.isFinite(fromMs))
    return Math.round(Math.min(...kept.map(({ retentionMs }) => retentionMs)) - (wallMs - fromMs))
  if (mayBeCold) return null
  const margins = await Promise.all(
    kept.map(async ({ topic, retentionMs }) => {
      const oldestMs = await oldestTimes(client, { topic, scope, longestMs: retentionMs, nowMs: wallMs })
      return oldestMs === null ? Number.POSITIVE_INFINITY : retentionMs - (wallMs - oldestMs)
    }),
  )
  const least = Math.min(...margins)
  return Number.isFinite(least) ? Math.round(least) : null
}
