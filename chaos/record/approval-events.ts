import { z } from 'zod'
import { replayLimitsSchema } from '../core/replay-limits.ts'
import { replayScope } from '../core/replay-scope.ts'

const text = z.string()
const envelope = z
  .object({
    payload: text.describe('Base64.'),
    payloadType: text,
    signatures: z.array(z.object({ keyid: text, sig: text })),
  })
  .describe('DSSE: what was signed, and by which key.')
const sha256 = text.describe('SHA-256 (hex) of what was signed.')
const answers = z
  .record(text, z.enum(['given', 'refused', 'mixed', 'silent']))
  .describe('By topic, what the brokers said to the principal itself when it asked for records.')

/** What of an approval and its rights stands in a journal; `id` names the action. */
export const approvalEvents = {
  'replay.requested': {
    id: text,
    requester: text,
    principal: text.describe('Who is to read, as brokers know it.'),
    scope: replayScope,
    reason: text,
    requestSha256: sha256,
    envelope,
  },
  'replay.approved': {
    id: text,
    approver: text,
    scope: replayScope,
    expiresAt: text.describe('ISO 8601, UTC.'),
    requestSha256: sha256,
    approvalSha256: sha256,
    envelope,
  },
  'replay.people': {
    id: text,
    keys: z.record(text, text).describe('By name, the public key (SPKI, base64) that was taken for theirs.'),
    madeForThisRun: z.boolean().describe('Whether this run made the keys, and nobody holds them.'),
  },
  'replay.refused': {
    id: text,
    refusal: text.describe('`same-person`, `expired`, `out-of-scope`, …'),
    message: text,
    hint: text,
    rehearsed: z.boolean().describe('Whether the replay was made to be refused, to see that it is.'),
  },
  'replay.admitted': {
    id: text,
    meant: text.describe('The refusal that was rehearsed, and did not come.'),
  },
  'replay.stated': {
    id: text,
    reader: text.optional().describe('The process of its shard. Absent in the first runs.'),
    records: z
      .number()
      .nullable()
      .describe('Offsets to read; some may hold no record. null: no broker reported it.'),
    gone: z.number().nullable().describe('Of those asked for, how many were deleted before it began.'),
    bytes: z
      .number()
      .nullable()
      .optional()
      .describe('About how many; null: no broker reported it. Absent in the first runs.'),
    expectedSeconds: z
      .number()
      .nullable()
      .optional()
      .describe('About; null: the bytes are not known. Absent in the first runs.'),
    expectedBy: z
      .enum(['limit', 'reader'])
      .optional()
      .describe('What that rests on: its limit, or what a reader takes in. Absent where it was the limit.'),
    marginMs: z
      .number()
      .nullable()
      .optional()
      .describe(
        'At least so long until retention by age reaches where it begins; null: not known. Absent in the first runs.',
      ),
    unreported: text.nullable().optional().describe('Why brokers did not tell all of it.'),
    partitions: z.record(text, z.object({ oldest: z.number(), from: z.number(), to: z.number() })),
  },
  'replay.watched': {
    id: text,
    limits: replayLimitsSchema,
    liveGroups: z
      .array(text)
      .describe('Whose lag is watched; empty: somebody said that nobody reads live, or no limit asks.'),
    canary: text
      .nullable()
      .describe('Where records are written to time producers; null: nobody writes, or no limit asks.'),
  },
  'replay.stopped': { id: text, why: text },
  'access.asked': {
    id: text,
    when: z.enum(['before-approval', 'granted', 'withdrawn']),
    principal: text,
    inScope: answers,
    outside: answers,
  },
  'grant.intended': {
    id: text,
    grant: z
      .object({
        principal: text,
        topics: z.array(text),
        groupPrefix: text,
        bytesPerSecond: z.number().nullable(),
      })
      .describe('All that taking it away needs.'),
    expiresAt: text,
  },
  'grant.made': { id: text, rules: z.array(text).nullable() },
  'grant.removed': {
    id: text,
    by: z.enum(['run', 'heal']),
    rules: z.array(text).nullable().describe('What still names the principal; null: no broker reported it.'),
  },
  'grant.remains': { id: text, reason: text },
} as const
