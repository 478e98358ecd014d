import { z } from 'zod'
import { ANOMALIES, WEIGHTS } from './anomalies.ts'
import { COUNTS, type CountName } from './tally.ts'

const count = z.number().int().min(0)

/** One line of the history that belongs to the proof. */
export const eventSchema = z.strictObject({
  file: z.string(),
  line: z.number().int().positive(),
  /** Its own `index`, where the history has one. */
  index: z.number().int().nullable(),
  process: z.string(),
  what: z.string(),
})

/** One anomaly, as small as it can be shown. */
export const exampleSchema = z.strictObject({
  topic: z.string(),
  /** null where it is about a record and not about a place in the log. */
  partition: z.string().nullable(),
  what: z.string(),
  values: z.array(z.union([z.string(), z.number()])),
  offsets: z.array(count),
  events: z.array(eventSchema),
})

const countsShape = Object.fromEntries(
  Object.entries(COUNTS).map(([name, what]) => [name, count.describe(what)]),
) as Record<CountName, typeof count>

/** `audit.json`. */
export const auditResultSchema = z.strictObject({
  format: z.literal(1),
  source: z.enum(['open', 'run']),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  /** What makes it fail. */
  failures: z.array(
    z.strictObject({
      anomaly: z.enum(ANOMALIES),
      topic: z.string(),
      count,
      /** The same in a sentence, where a count does not say enough. */
      what: z.string().optional(),
    }),
  ),
  /** What keeps it from passing although nothing failed, or what else was not looked at. */
  reasons: z.array(z.string()),
  /** At most five examples of each. */
  anomalies: z.partialRecord(z.enum(ANOMALIES), z.array(exampleSchema)),
  anomalyCounts: z.record(z.enum(ANOMALIES), count),
  judged: z.record(z.enum(ANOMALIES), z.enum(WEIGHTS)),
  counts: z.strictObject({ operations: count, ...countsShape }),
  /** Only of runs: whether records went when they were due. Absent: an audit of before it was looked for. */
  retention: z
    .strictObject({
      /** Partitions in which something had been old enough. */
      judged: count,
      notJudged: z.array(z.string()),
      overdue: z.array(
        z.strictObject({
          partition: z.string(),
          /** All of it in a sentence. */
          what: z.string(),
          /** At least so many. */
          records: count,
          retentionMs: z.number(),
          oldestMs: z.number(),
          oldestOffset: count,
          /** null: no record's time explains it. */
          heldBy: z.strictObject({ record: z.string(), offset: count, aheadMs: z.number() }).nullable(),
        }),
      ),
    })
    .optional(),
  perTopic: z.record(z.string(), z.strictObject(countsShape)),
})

export type AuditEvent = z.output<typeof eventSchema>
export type AuditExample = z.output<typeof exampleSchema>
export type AuditResult = z.output<typeof auditResultSchema>
