import { z } from 'zod'

const answers = z.record(z.string(), z.enum(['given', 'refused', 'mixed', 'silent']))
const asked = z.object({ inScope: answers, outside: answers, line: z.number() }).nullable()

/** One step of an approval, for people: `t` in ms of the run, `line` of the journal. */
const approvalStep = z.object({
  step: z.string(),
  who: z.string().nullable(),
  what: z.string(),
  t: z.number(),
  line: z.number(),
})
export type ApprovalStep = z.output<typeof approvalStep>

/**
 * What was seen of one replay that needed an approval, from the journal. `line` and `…Line` are lines of it; null where
 * there is none. Absent in measurements of before there were approvals.
 */
export const governanceMeasurement = z.object({
  id: z.string(),
  topics: z.array(z.string()),
  /** Topics that the contract has no terms for: of the run, and in measurements of before those were looked at, of its scope. */
  uncovered: z.array(z.string()),
  /** Every topic that the drill touches. Absent in measurements of before. `owner` is null where a rule says why none is needed. */
  touched: z
    .array(
      z.object({
        topic: z.string(),
        writtenBy: z.string(),
        terms: z.string(),
        owner: z.string().nullable(),
      }),
    )
    .optional(),
  requester: z.string().nullable(),
  approvers: z.array(z.string()),
  /** All of it in order. Absent in measurements of before it was told so. */
  chain: z.array(approvalStep).optional(),
  /** What brokers said to the principal that reads. */
  beforeApproval: asked,
  granted: asked,
  withdrawn: asked,
  /** Ways to be refused that were tried: those that were, and those that were let in. */
  refused: z.array(z.string()),
  admitted: z.array(z.string()),
  grantLine: z.number().nullable(),
  removedLine: z.number().nullable(),
  /** Why the right is still there; null: nothing says that it is. */
  remains: z.string().nullable(),
  /** null: it never finished. */
  ok: z.boolean().nullable(),
  reason: z.string().nullable(),
  /** Whether it ended with an error before anything was read. Absent in measurements of before that was told. */
  neverBegan: z.boolean().optional(),
  /** Whether the drill took the right away while it read. */
  revoked: z.boolean(),
  records: z.number().nullable(),
  /** Partitions that were read, and those of which the final read had the same bytes. */
  partitions: z.number(),
  equal: z.number(),
  /** Of those, not in its scope. */
  beyondScope: z.array(z.string()),
  /** Offsets that brokers refused to hand out when they refused the reader. */
  unauthorised: z.number(),
  line: z.number(),
})
export type GovernanceMeasurement = z.output<typeof governanceMeasurement>
