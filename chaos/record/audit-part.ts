import { z } from 'zod'
import { ANOMALIES, countsShape, exampleSchema, retentionSchema } from './audit-file.ts'

const count = z.number().int().min(0)

/** What the audit of one part of a run found. Those of all its parts become its `audit.json`. */
export const auditPartSchema = z.strictObject({
  format: z.literal(1),
  part: z.strictObject({ index: count, count: count.min(1) }),
  /** Every file that it was read from, with its SHA-256: parts of one run were told the same. */
  evidence: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
  operations: count,
  topics: z.array(
    z.strictObject({
      name: z.string(),
      duplicates: z.enum(['tolerated', 'forbidden']).nullable(),
      /** Whether a contract says for how long its records are owed. */
      isKept: z.boolean(),
      counts: z.strictObject(countsShape),
      found: z.partialRecord(z.enum(ANOMALIES), count),
      /** Of what was removed within its replay window. */
      tooSoon: z.strictObject({ windowMs: z.number(), youngestMs: z.number().nullable() }).nullable(),
    }),
  ),
  anomalies: z.partialRecord(z.enum(ANOMALIES), z.array(exampleSchema)),
  /** What is not known, as far as it is of this part. */
  holes: z.strictObject({
    hasFinalRead: z.boolean(),
    namesPartitions: z.boolean(),
    /** By the number of the partition in the order in which histories name them. */
    ofPartitions: z.array(z.tuple([count, z.string()])),
    gateways: z.array(z.string()),
    readers: z.array(z.string()),
    /**
     * Whose histories lack something: of senders, of consumers, and of the final read elsewhere than at its end. What
     * these would explain is not proven.
     */
    unsure: z.strictObject({ senders: z.boolean(), readers: z.boolean(), stored: z.boolean() }),
    shards: z.array(z.string()),
    /** Records of requests of format 1 that were acknowledged in part, and are missing. */
    mixed: count,
    /** Devices and epochs whose records stand in this part, and which are of another. */
    misplaced: z.array(z.string()),
  }),
  /** Each with the number of the first partition that it is about. */
  retention: retentionSchema.extend({
    notJudged: z.array(z.tuple([count, z.string()])),
    overdue: z.array(z.tuple([count, retentionSchema.shape.overdue.element])),
  }),
})

export type AuditPart = z.output<typeof auditPartSchema>
