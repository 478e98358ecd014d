import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import type { HistoryLine } from '../core/history.ts'
import { explain, parseJson } from './history-format.ts'

const count = z.int().min(0)
const t = z.int()
const topic = z.string().min(1)
const records = z.array(z.string())

/** A line of a run's shard: chaos/core/history.ts says what each means. */
const shardLine = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('header'),
    format: z.literal(1),
    process: z.string().min(1),
    role: z.enum(['gateway', 'tail', 'recovery', 'final-read']),
    zone: z.string(),
  }),
  z.strictObject({
    kind: z.literal('invoke'),
    op: count,
    t,
    parts: z.array(z.tuple([topic, count, z.number(), records])),
  }),
  z.strictObject({ kind: z.literal('ok'), op: count, t, offsets: z.array(count.nullable()) }),
  z.strictObject({ kind: z.enum(['fail', 'info']), op: count, t, error: z.string() }),
  z.strictObject({ kind: z.literal('drop'), t, topic, records }),
  z.strictObject({ kind: z.literal('poll'), t, runs: z.array(z.tuple([topic, count, count, records])) }),
  z.strictObject({ kind: z.literal('assign'), t, partitions: z.array(z.tuple([topic, count])) }),
  z.strictObject({
    kind: z.literal('commit'),
    t,
    group: z.string(),
    offsets: z.array(z.tuple([topic, count, count])),
  }),
  z.strictObject({
    kind: z.literal('bounds'),
    t,
    partitions: z.array(z.tuple([topic, count, count, count])),
  }),
  z.strictObject({ kind: z.literal('end'), t, lines: count, sha256: z.string().exactOptional() }),
])

/**
 * A line, checked; by hand where it is one of the two long kinds, as in `parseHistoryLine`.
 * @throws AftershockError `input` that names the line.
 */
export function parseShardLine(text: string, where: string): HistoryLine {
  const parsed = parseJson(text, where)
  if (isLong(parsed)) return parsed
  const result = shardLine.safeParse(parsed)
  if (result.success) return result.data
  throw new AftershockError('input', `${where}: ${explain(result.error)}`, {
    hint: 'The shard was not written by this version, or was changed since.',
  })
}

interface Loose {
  readonly [name: string]: unknown
}

function isLong(line: unknown): line is HistoryLine {
  if (typeof line !== 'object' || line === null) return false
  const { kind, t, op, parts, runs, offsets } = line as Loose
  if (!isCount(t)) return false
  if (kind === 'ok') return isCount(op) && Array.isArray(offsets) && offsets.every(isCount)
  const batches = kind === 'invoke' && isCount(op) ? parts : kind === 'poll' ? runs : null
  return Array.isArray(batches) && batches.every(isBatch)
}

function isBatch(batch: unknown): boolean {
  if (!Array.isArray(batch) || batch.length !== 4) return false
  const [topic, partition, at, records] = batch as unknown[]
  if (typeof topic !== 'string' || topic === '' || !isCount(partition) || !isCount(at)) return false
  if (!Array.isArray(records)) return false
  for (const record of records) if (typeof record !== 'string') return false
  return true
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
