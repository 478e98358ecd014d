import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import { type HistoryLine, SHARD_FORMAT } from '../record/history.ts'
import { explain, parseJson } from './history-format.ts'

const count = z.int().min(0)
const time = z.int()
const name = z.string().min(1)
const ids = z.array(z.string())

/** A line of a run's shard: chaos/record/history.ts says what each means. */
const shardLine = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('header'),
    format: z.union([z.literal(1), z.literal(SHARD_FORMAT)]),
    process: z.string().min(1),
    role: z.enum(['gateway', 'tail', 'recovery', 'final-read']),
    zone: z.string(),
  }),
  z.strictObject({
    kind: z.literal('invoke'),
    op: count,
    t: time,
    parts: z.array(z.tuple([name, count, z.number(), ids])),
  }),
  z.strictObject({ kind: z.literal('ok'), op: count, t: time, offsets: z.array(count.nullable()) }),
  z.strictObject({ kind: z.enum(['fail', 'info']), op: count, t: time, error: z.string() }),
  z.strictObject({
    kind: z.literal('settled'),
    op: count,
    t: time,
    parts: z.array(
      z.union([
        z.tuple([z.literal('acked'), count.nullable()]),
        z.tuple([z.enum(['failed', 'unknown', 'refused']), z.string()]),
      ]),
    ),
  }),
  z.strictObject({ kind: z.enum(['drop', 'repeat']), t: time, topic: name, records: ids }),
  z.strictObject({ kind: z.literal('poll'), t: time, runs: z.array(z.tuple([name, count, count, ids])) }),
  z.strictObject({
    kind: z.literal('assign'),
    t: time,
    partitions: z.array(z.tuple([name, count])),
    resumes: z.string().exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('commit'),
    t: time,
    group: z.string(),
    offsets: z.array(z.tuple([name, count, count])),
  }),
  z.strictObject({
    kind: z.literal('committed'),
    t: time,
    group: z.string(),
    offsets: z.array(z.tuple([name, count, count.nullable()])),
  }),
  z.strictObject({
    kind: z.literal('bounds'),
    t: time,
    partitions: z.array(z.tuple([name, count, count, count])),
  }),
  z.strictObject({
    kind: z.literal('ages'),
    t: time,
    wallMs: z.number(),
    partitions: z.array(
      z.strictObject({
        topic: name,
        partition: count,
        oldest: z.strictObject({ offset: count, sent: z.number() }),
        ahead: z.array(
          z.strictObject({ offset: count, id: z.string(), stamp: z.number(), sent: z.number() }),
        ),
        marks: z.array(z.tuple([count, count, z.number()])),
      }),
    ),
  }),
  z.strictObject({ kind: z.literal('end'), t: time, lines: count, sha256: z.string().exactOptional() }),
])

/**
 * A line, checked by the schema. What is usual never comes here: see `ShardScanner`.
 * @throws AftershockError `input` that names the line.
 */
export function parseShardLine(text: string, where: string): HistoryLine {
  const parsed = parseJson(text, where)
  const result = shardLine.safeParse(parsed)
  if (result.success) return result.data
  throw new AftershockError('input', `${where}: ${explain(result.error)}`, {
    hint: 'The shard was not written by this version, or was changed since.',
  })
}
