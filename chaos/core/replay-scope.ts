import { z } from 'zod'
import type { Immutable } from './immutable.ts'
import { list, plural } from './numbers.ts'
import { duration, formatBytes, formatDuration } from './units.ts'

const offset = z.strictObject({ offset: z.int().min(0) })
/** ISO 8601, UTC. Of what records say of themselves: the clock of a device may lie. */
const time = z.strictObject({ time: z.iso.datetime() })

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
    .union([z.literal('oldest'), offset, time])
    .default('oldest')
    .describe('Where it begins: the oldest record that there is, an offset, or a time that records bear.')
    .meta({ examples: [{ offset: 1000 }] }),
  to: z
    .union([z.literal('end'), offset, time])
    .default('end')
    .describe(
      'Where it ends: the end as it is when the replay begins, or the first offset or time that is not part of it.',
    )
    .meta({ examples: [{ offset: 2000 }] }),
}

const ago = z
  .strictObject({ ago: duration })
  .describe('A time that records bear, so long before the replay begins.')
/** The same in a drill, whose times may be counted from when the replay begins. */
export const drillScopeKeys = {
  ...replayScopeKeys,
  from: z
    .union([z.literal('oldest'), offset, ago, time])
    .default('oldest')
    .describe('Where it begins: the oldest record that there is, an offset, or a time that records bear.')
    .meta({ examples: [{ ago: '10m' }] }),
  to: z
    .union([z.literal('end'), offset, ago, time])
    .default('end')
    .describe('Where it ends: the end as it is then, or the first offset or time that is not part of it.')
    .meta({ examples: [{ ago: '5m' }] }),
}
const drillScope = z.strictObject(drillScopeKeys)
export type DrillScope = Immutable<z.output<typeof drillScope>>

const readBound = z.union([offset, time, z.strictObject({ ago: z.number() })])
/** That of an entry of a timeline as it was parsed, among keys that are its action's own. */
const readScope = z.object({
  topics: z.array(z.string()).optional(),
  partitions: z.array(z.int()).optional(),
  from: z.union([z.literal('oldest'), readBound]).default('oldest'),
  to: z.union([z.literal('end'), readBound]).default('end'),
})

/** What an entry of a timeline reads; null: it says nothing that can be read. @param all topics of the contract */
export function drillScopeOf(spec: unknown, all: readonly string[]): DrillScope | null {
  const { data } = readScope.safeParse(spec ?? {})
  return data ? { ...data, topics: data.topics ?? [...all] } : null
}

export const replayScope = z.strictObject(replayScopeKeys)
export type ReplayScope = Immutable<z.output<typeof replayScope>>

type Bound = ReplayScope['from'] | ReplayScope['to']
type DrillBound = DrillScope['from'] | DrillScope['to']

/** Times of a drill are as long ago as it says, counted from when the replay begins. */
export function inWallTime({ from, to, ...rest }: DrillScope, wallMs: number): ReplayScope {
  const at = <B extends DrillBound>(bound: B) =>
    typeof bound === 'object' && 'ago' in bound
      ? { time: new Date(wallMs - bound.ago).toISOString() }
      : (bound as Exclude<B, { readonly ago: number }>)
  return { ...rest, from: at(from), to: at(to) }
}

/** Whether it is of all these topics, from the oldest record to the end: a replay as people mean it. */
export function isOfEverything(
  { topics, partitions, from, to }: ReplayScope | DrillScope,
  all: readonly string[],
): boolean {
  const isWhole = from === 'oldest' && to === 'end' && partitions === undefined
  return isWhole && all.every(topic => topics.includes(topic))
}

/** Why no offset can be in it, in words; null: one can. */
export function emptyWords({ from, to }: DrillScope): string | null {
  if (typeof from !== 'object' || typeof to !== 'object') return null
  if ('offset' in from && 'offset' in to && to.offset <= from.offset)
    return `nothing is between offset ${from.offset} and offset ${to.offset}, which is the first that is not read`
  if ('ago' in from && 'ago' in to && to.ago >= from.ago)
    return `it would end ${formatDuration(to.ago)} ago, before it begins ${formatDuration(from.ago)} ago`
  if ('time' in from && 'time' in to && Date.parse(to.time) <= Date.parse(from.time))
    return `it would end at ${to.time}, before it begins at ${from.time}`
  return null
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
  if (!isWithin(wanted.from, allowed.from, (one, bound) => one >= bound)) return fromWords(wanted.from)
  if (!isWithin(wanted.to, allowed.to, (one, bound) => one <= bound)) return toWords(wanted.to)
  return null
}

/** Offsets and times cannot be held against each other: then it is not within. */
function isWithin(wanted: Bound, allowed: Bound, holds: (one: number, bound: number) => boolean): boolean {
  if (typeof allowed === 'string') return true
  if (typeof wanted === 'string') return false
  if ('offset' in allowed) return 'offset' in wanted && holds(wanted.offset, allowed.offset)
  return 'time' in wanted && holds(Date.parse(wanted.time), Date.parse(allowed.time))
}

function fromWords(from: ReplayScope['from'] | DrillScope['from']): string {
  if (from === 'oldest') return 'from the oldest offset'
  if ('ago' in from) return `from ${formatDuration(from.ago)} ago`
  return 'offset' in from ? `from offset ${from.offset}` : `from ${from.time}`
}

function toWords(to: ReplayScope['to'] | DrillScope['to']): string {
  if (to === 'end') return 'to the end'
  if ('ago' in to) return `to ${formatDuration(to.ago)} ago`
  return 'offset' in to ? `to offset ${to.offset}` : `to ${to.time}`
}

export function scopeWords({ topics, partitions, from, to }: ReplayScope | DrillScope): string {
  const where = partitions
    ? `${plural(partitions.length, 'partition')} (${partitions.join(', ')})`
    : 'all partitions'
  return `${list(topics)}, ${where}, ${fromWords(from)} ${toWords(to)}`
}

/** After what is read: how fast it may be. @param bytesPerSecond of each broker; undefined: no limit */
export const limitWords = (bytesPerSecond: number | undefined): string =>
  bytesPerSecond === undefined ? '' : `, at most ${formatBytes(bytesPerSecond)}/s from each broker`

/** The window of a scope by time, in wall ms; null where it has none. */
export function windowOf({
  from,
  to,
}: ReplayScope): { readonly fromMs: number; readonly toMs: number } | null {
  const begins = typeof from === 'object' && 'time' in from ? Date.parse(from.time) : null
  const ends = typeof to === 'object' && 'time' in to ? Date.parse(to.time) : null
  if (begins === null && ends === null) return null
  return { fromMs: begins ?? Number.NEGATIVE_INFINITY, toMs: ends ?? Number.POSITIVE_INFINITY }
}
