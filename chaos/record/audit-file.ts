import { join } from 'node:path'
import { z } from 'zod'
import { verdictSchema } from '../core/verdict.ts'
import { readJson, writeDocument } from './bounded-files.ts'

/**
 * The anomalies, by name. The first thirteen keep the names and the meanings of Jepsen's Kafka workload
 * (`jepsen.tests.kafka`); the others are about devices, runs and consumer groups.
 * docs/audit.md says what each means.
 */
export const ANOMALIES = [
  'lost-write',
  'inconsistent-offsets',
  'G1a',
  'precommitted-read',
  'duplicate',
  'unseen',
  'poll-skip',
  'nonmonotonic-poll',
  'nonmonotonic-send',
  'int-poll-skip',
  'int-nonmonotonic-poll',
  'int-send-skip',
  'int-nonmonotonic-send',
  'device-gap',
  'device-reorder',
  'device-duplicate',
  'failed-but-stored',
  'removed-in-window',
  'unread',
  'commit-ahead',
  'commit-lost',
  'commit-backwards',
  'retention-not-effective',
  'sequence-restarted',
] as const
export type Anomaly = (typeof ANOMALIES)[number]

/** What an anomaly does to the verdict. */
export const WEIGHTS = ['fails', 'inconclusive', 'counts'] as const
export type Weight = (typeof WEIGHTS)[number]

/** What is counted for every topic, and over all of them. Records, unless it says otherwise. */
export const COUNTS = {
  sends: 'Attempts to send a record.',
  acked: 'Attempts that were acknowledged.',
  failed: 'Attempts that certainly did not happen.',
  unknown: 'Attempts whose outcome is unknown.',
  polled: 'Records that consumers were given.',
  records: 'Different records that were sent.',
  stored: 'Copies in the log, as the witness read it.',
  lost: 'Accountable, and not where they must be.',
  unseen: 'Acknowledged, and not within what the witness read.',
  unread: 'Stored, passed over by a consumer group, and given to none of its members.',
  lostWithLog: 'Lost, and the log of its partition began anew: nothing of before is left.',
  expired: 'Accountable, and removed by retention or compaction.',
  expiredByTime: 'Removed from the start of the log by age.',
  expiredBySize: 'Removed from the start of the log by size: younger than the retention.',
  expiredByCompaction: 'Removed by compaction, for a newer record of its key.',
  removedInWindow: 'Removed although it was younger than its replay window.',
  removedAtUnknownAge: 'Removed, and how old it was is unknown.',
  duplicates: 'Offsets beyond the first at which a record stands.',
  storedTwice: 'Copies in the log beyond the first, and beyond those that devices meant.',
  repeatedOnPurpose: 'Copies in the log beyond the first that devices meant: they published a record again.',
  repeatedByFirmware: 'Copies in the log beyond the first that wrong firmware made: nobody meant them.',
  sequenceRestarted:
    'Copies of other records under an id that was used before: their device’s sequence restarted without a new epoch.',
  malformed: 'Stored, and no records: bytes that wrong firmware sent in their place.',
  repaired: 'Stored by a repair job, in place of what no consumer could read.',
  orderNotJudged:
    'Stored copies whose order cannot be judged: of devices whose sequence restarted, and by a repair job.',
  reordered: 'Stored after a later record of the same device and epoch.',
  resentAfterAck: 'Duplicated: sent again although it had been acknowledged.',
  resentAfterUnknown: 'Duplicated: sent again after an attempt whose outcome is unknown.',
  resentAfterFail: 'Duplicated: sent again after an attempt that was said to have failed.',
  unexplainedDuplicates: 'Duplicated: stored more often than it was sent.',
  failedNotStored: 'Every attempt failed, and not stored.',
  unknownStored: 'Only unknown outcomes, and stored.',
  unknownNotStored: 'Only unknown outcomes, and not stored.',
  failedButStored: 'Every attempt failed, and stored.',
  dropped: 'Thrown away at the edge.',
  refused: 'Refused for what they are, and given up by their devices.',
  foreign: 'Read, and sent by nobody in this history.',
  gapsUnexplained: 'Missing between records of the same device and epoch, without a reason.',
  gapsDropped: 'Missing there because the edge dropped them.',
  gapsNeverAcked: 'Missing there, and never acknowledged.',
} as const
export type CountName = keyof typeof COUNTS
export type Counts = Record<CountName, number>

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

/** Of one topic, or of all. */
export const countsShape = Object.fromEntries(
  Object.entries(COUNTS).map(([name, what]) => [name, count.describe(what)]),
) as Record<CountName, typeof count>

/** Whether records went when they were due. */
export const retentionSchema = z.strictObject({
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

/** `audit.json`, as it is written today. */
export const auditResultSchema = z.strictObject({
  format: z.literal(1),
  source: z.enum(['open', 'run']),
  verdict: verdictSchema,
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
  /** What was found and may be explained by what a history lacks. Absent: nothing. */
  unproven: z.partialRecord(z.enum(ANOMALIES), count).exactOptional(),
  counts: z.strictObject({ operations: count, ...countsShape }),
  /** Only of runs: whether records went when they were due. Absent: an audit of before it was looked for. */
  retention: retentionSchema.optional(),
  perTopic: z.record(z.string(), z.strictObject(countsShape)),
})

export type AuditEvent = z.output<typeof eventSchema>
export type AuditExample = z.output<typeof exampleSchema>
export type AuditResult = z.output<typeof auditResultSchema>

const number = z.number()

/** The part of `audit.json` that gates and the report rest on. */
export const auditFile = z.looseObject({
  failures: z.array(z.looseObject({ anomaly: z.string() })).optional(),
  verdict: verdictSchema,
  anomalies: z.record(z.string(), z.array(z.unknown())),
  anomalyCounts: z.record(z.string(), number).optional(),
  counts: z.record(z.string(), z.unknown()),
  perTopic: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  judged: z.record(z.string(), z.string()).optional(),
  unproven: z.record(z.string(), number).optional(),
  reasons: z.array(z.string()).default([]),
  retention: z
    .looseObject({
      judged: number,
      notJudged: z.array(z.string()),
      overdue: z.array(
        z.looseObject({
          partition: z.string(),
          what: z.string(),
          heldBy: z.looseObject({}).nullable(),
        }),
      ),
    })
    .optional(),
})

export type AuditFile = z.output<typeof auditFile>

export const AUDIT_FILE = 'audit.json'

/** null when there is none. @throws AftershockError `input`, naming the file and the key, when it does not fit */
export function readAudit(runDir: string): AuditFile | null {
  return readJson(join(runDir, AUDIT_FILE), auditFile)
}

export function writeAudit(runDir: string, value: AuditResult): void {
  writeDocument(join(runDir, AUDIT_FILE), auditResultSchema.parse(value))
}
