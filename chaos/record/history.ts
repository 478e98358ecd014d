import { z } from 'zod'
import type { Immutable } from '../core/immutable.ts'

/**
 * The compact form of operation histories, one JSON document a line, one file (shard) a process, in
 * `history/<process>.jsonl`. Times (`t`, `due`) are whole milliseconds since the run's zero
 * (`run.json`, `startedAtWallMs`), on a clock that never goes back. A record's identity in a topic is
 * `device/epoch/sequence`, e.g. `d17/1/42`: the device, its boot epoch and its sequence on that topic.
 *
 * A shard is: one header, any number of operations, one end. A shard without its end is incomplete, and
 * what rests on it is inconclusive.
 *
 * Format 2 had no `faulty` and no `repair`. Format 1 had no `repeat` either, and no `settled`: an answer that acknowledged some partitions
 * and not others was one `info`, although devices forgot what was acknowledged.
 */
export const SHARD_FORMAT = 3

/**
 * The header of a record whose timestamp is its device's: the right wall time, in milliseconds, at which its gateway
 * sent it. What is measured is taken from it, and never from a device's clock.
 */
export const SENT_HEADER = 'sent'

const count = z.int().min(0)
const t = z.int()
const name = z.string().min(1)
const topic = name
const partition = count
const group = z.string()
const recordId = z.string()
const records = z.array(recordId)
const op = count.describe('Unique within the shard.')

const header = z.strictObject({
  kind: z.literal('header'),
  format: z.union([z.literal(1), z.literal(2), z.literal(SHARD_FORMAT)]),
  process: name,
  role: z.enum(['gateway', 'repair', 'tail', 'recovery', 'final-read']),
  zone: z.string(),
  region: z
    .literal('b')
    .exactOptional()
    .describe('Of which cluster it is told, where a run has two. Absent: the first.'),
})

const sendPart = z
  .tuple([topic, partition, z.number(), records])
  .describe('[topic, partition, due, records]: the records in order, and the earliest intended send time.')
/** One produce request. */
const invoke = z.strictObject({ kind: z.literal('invoke'), op, t, parts: z.array(sendPart) })

/** All of it is acknowledged. */
const ok = z.strictObject({
  kind: z.literal('ok'),
  op,
  t,
  offsets: z
    .array(count.nullable())
    .describe('`offsets[i]` is that of the first record of `parts[i]`; the rest follow without gaps.'),
})

/** The whole request. `fail`: certainly not stored. `info`: unknown (a time-out, a lost connection). */
const notOk = z.strictObject({ kind: z.enum(['fail', 'info']), op, t, error: z.string() })

/**
 * The parts of one request fared differently: `parts[i]` is what became of `parts[i]` of its invoke. A number is the
 * offset of the part's first record, as in `ok`; a text is why it was not acknowledged.
 *
 * `refused` is a failure for what the records are, not for how the partition is: its halves go apart next, until one
 * record is alone. A part of one record that is refused is given up: its device does not send it again.
 */
const settledPart = z.union([
  z.tuple([z.literal('acked'), count.nullable()]),
  z.tuple([z.enum(['failed', 'unknown', 'refused']), z.string()]),
])
const settled = z.strictObject({ kind: z.literal('settled'), op, t, parts: z.array(settledPart) })

/**
 * `drop`: records that a device threw away because its edge buffer was full; they were never sent (again). `repeat`:
 * records that it publishes again on purpose, as what they were, written before they are sent: one more copy is meant.
 */
const edge = z.strictObject({ kind: z.enum(['drop', 'repeat']), t, topic, records })

/**
 * What wrong firmware does to these records, written before they are sent. `repeat`: it publishes them again, which
 * nobody meant. `restart`: it has given these ids to other records before, since its count began again without a new
 * epoch. `malformed`: what it sends is no record; as in polls, the SHA-256 of its value names it. `clock`: in the next
 * request these are alone in their part, and all of devices whose clock is wrong: no latency is taken of it.
 */
const faulty = z.strictObject({
  kind: z.literal('faulty'),
  t,
  topic,
  what: z.enum(['repeat', 'restart', 'malformed', 'clock']),
  records,
})

/**
 * Written by a repair job before it sends these: records that it made of what no consumer could read, each with the
 * partition and offset of that. Not of format 2.
 */
const repair = z.strictObject({
  kind: z.literal('repair'),
  t,
  topic,
  records,
  of: z.array(z.tuple([partition, count])).describe('[partition, offset] of what each was made of.'),
})

const pollRun = z
  .tuple([topic, partition, count, records])
  .describe('[topic, partition, first offset, records]: a hole in the offsets starts a new run.')
/** What one poll returned. A value that is no record of the fleet is written as `?<sha256 of the value>`. */
export const pollLine = z.strictObject({ kind: z.literal('poll'), t, runs: z.array(pollRun) })

/** The consumer (re)started, was given partitions, or moved its position; explains jumps in what it polled. */
export const assignLine = z.strictObject({
  kind: z.literal('assign'),
  t,
  partitions: z.array(z.tuple([topic, partition])),
  resumes: group
    .exactOptional()
    .describe(
      'The group of a new member that begins where `committed` last found this group’s offsets; what it had been ' +
        'given before does not count. Absent: it goes on from its own position.',
    ),
})

/** Offsets that the brokers accepted. */
const commit = z.strictObject({
  kind: z.literal('commit'),
  t,
  group,
  offsets: z.array(z.tuple([topic, partition, count])).describe('The next offset that the group is to read.'),
})

/** What the brokers said that a group had committed: asked at a takeover, after a rebalance, and at the end. */
const committed = z.strictObject({
  kind: z.literal('committed'),
  t,
  group,
  offsets: z.array(z.tuple([topic, partition, count.nullable()])).describe('null: nothing.'),
})

/** Only in the final read. */
export const boundsLine = z.strictObject({
  kind: z.literal('bounds'),
  t,
  partitions: z
    .array(z.tuple([topic, partition, count, count]))
    .describe('[topic, partition, low, high): the bounds that every partition had.'),
})

/** Only in the final read, after its polls. Older runs have none: what retention took meanwhile leaves them open. */
const starts = z.strictObject({
  kind: z.literal('starts'),
  t,
  partitions: z
    .array(z.tuple([topic, partition, count]))
    .describe('[topic, partition, first offset] as it was once everything was read.'),
})

const partitionAges = z.strictObject({
  topic,
  partition,
  oldest: z.strictObject({ offset: count, sent: z.number() }),
  ahead: z
    .array(z.strictObject({ offset: count, id: recordId, stamp: z.number(), sent: z.number() }))
    .describe(
      'The first record that is stamped at least a second ahead, and each that is twice as far ahead as those before.',
    ),
  marks: z
    .array(z.tuple([count, count, z.number()]))
    .describe(
      'Now and then: how many records and bytes of values and keys had been read, and the latest time sent of them.',
    ),
})
/**
 * Only in the final read, after its polls: how old what is stored is, by the time at which it was sent and by that which
 * it carries. Older runs have none.
 */
const ages = z.strictObject({
  kind: z.literal('ages'),
  t,
  wallMs: z.number().describe('When the final read began, in wall milliseconds, as all times of this line.'),
  partitions: z.array(partitionAges),
})

/** The last line. */
const end = z.strictObject({
  kind: z.literal('end'),
  t,
  lines: count.describe('How many came before it, header included.'),
  sha256: z
    .string()
    .exactOptional()
    .describe('Of every byte before this line, in hex. Without it the shard does not verify.'),
})

export const historyLine = z.discriminatedUnion('kind', [
  header,
  invoke,
  ok,
  notOk,
  settled,
  edge,
  faulty,
  repair,
  pollLine,
  assignLine,
  commit,
  committed,
  boundsLine,
  starts,
  ages,
  end,
])

/** As readers take them that only ask whose shard it is, and whether it is whole. */
export const shardHeader = header.loose()
export const shardEnd = end
  .extend({
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .exactOptional(),
  })
  .loose()

export type RecordId = z.output<typeof recordId>
export type ShardHeader = Immutable<z.output<typeof header>>
export type ProcessRole = ShardHeader['role']
export type SendPart = Immutable<z.output<typeof sendPart>>
export type SendOk = Immutable<z.output<typeof ok>>
export type SendNotOk = Immutable<z.output<typeof notOk>>
export type SendSettled = Immutable<z.output<typeof settled>>
export type SettledPart = Immutable<z.output<typeof settledPart>>
export type FaultyWhat = z.output<typeof faulty>['what']
export type StartsLine = Immutable<z.output<typeof starts>>
export type StoredAges = Immutable<z.output<typeof ages>>
export type PartitionAges = Immutable<z.output<typeof partitionAges>>
export type HistoryLine = Immutable<z.output<typeof historyLine>>
