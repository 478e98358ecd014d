import { z } from 'zod'
import type { Immutable } from './immutable.ts'
import { list, plural } from './numbers.ts'

const offset = z.strictObject({ offset: z.int().min(0) })

/** What a replay reads: topics, where it begins and where it ends in every partition of them. */
export const replayScopeKeys = {
  topics: z
    .array(z.string().min(1))
    .min(1)
    .describe('Topics of the contract; none besides them is read.')
    .meta({ examples: [['telemetry']] }),
  partitions: z
    .array(z.int().min(0))
    .min(1)
    .optional()
    .describe('Of each of the topics. Default: all.')
    .meta({ examples: [[0, 1]] }),
  from: z
    .union([z.literal('oldest'), offset])
    .default('oldest')
    .describe('Where it begins: the oldest record that there is, or an offset.')
    .meta({ examples: [{ offset: 1000 }] }),
  to: z
    .union([z.literal('end'), offset])
    .default('end')
    .describe('Where it ends: the end as it is when the replay begins, or the first offset that is not read.')
    .meta({ examples: [{ offset: 2000 }] }),
}

export const replayScope = z.strictObject(replayScopeKeys)
export type ReplayScope = Immutable<z.output<typeof replayScope>>

/** Whether a scope covers this offset. */
export function covers(scope: ReplayScope, topic: string, partition: number, at: number): boolean {
  const { topics, partitions, from, to } = scope
  return (
    topics.includes(topic) &&
    (partitions?.includes(partition) ?? true) &&
    (from === 'oldest' || at >= from.offset) &&
    (to === 'end' || at < to.offset)
  )
}

/** Whether it is of all these topics, from the oldest record to the end: a replay as people mean it. */
export function isOfEverything(
  { topics, partitions, from, to }: ReplayScope,
  all: readonly string[],
): boolean {
  const isWhole = from === 'oldest' && to === 'end' && partitions === undefined
  return isWhole && all.every(topic => topics.includes(topic))
}

/** What of `wanted` the other scope does not cover, in words; null: nothing. */
export function beyond(wanted: ReplayScope, allowed: ReplayScope): string | null {
  const topics = wanted.topics.filter(topic => !allowed.topics.includes(topic))
  if (topics.length > 0) return list(topics)
  if (allowed.partitions) {
    const { partitions } = allowed
    const more = wanted.partitions?.filter(one => !partitions.includes(one))
    if (more === undefined) return 'every partition'
    if (more.length > 0) return `partition ${list(more.map(String))}`
  }
  const startOf = ({ from }: ReplayScope) => (from === 'oldest' ? 0 : from.offset)
  const endOf = ({ to }: ReplayScope) => (to === 'end' ? Number.POSITIVE_INFINITY : to.offset)
  if (startOf(wanted) < startOf(allowed)) return `offsets before ${startOf(allowed)}`
  if (endOf(wanted) > endOf(allowed)) return `offsets from ${endOf(allowed)} on`
  return null
}

export function scopeWords({ topics, partitions, from, to }: ReplayScope): string {
  const where = partitions
    ? `${plural(partitions.length, 'partition')} (${partitions.join(', ')})`
    : 'all partitions'
  const begin = from === 'oldest' ? 'the oldest offset' : `offset ${from.offset}`
  const end = to === 'end' ? 'the end' : `offset ${to.offset}`
  return `${list(topics)}, ${where}, from ${begin} to ${end}`
}
