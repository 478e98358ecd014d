import { z } from 'zod'
import { replayLimitsSchema } from './replay-limits.ts'
import { duration } from './units.ts'

/** The four data classes of a fleet; every drill's fleet writes all four. */
export const DATA_CLASSES = ['telemetry', 'device-state', 'operations', 'integration'] as const
export type DataClass = (typeof DATA_CLASSES)[number]

/** What a team promised about one topic before anything broke. */
export const topicContract = z.strictObject({
  dataClass: z
    .enum(DATA_CLASSES)
    .describe('What the data is for; each class must have exactly one topic here.'),
  owner: z.string().min(1).describe('The team that answers for the topic.'),
  replayWindow: duration.describe('How far back a replay must be able to start.'),
  cleanup: z.enum(['delete', 'compact', 'compact,delete']).describe('cleanup.policy of the topic.'),
  retention: duration.describe('retention.ms of the topic.'),
  partitionKey: z
    .literal('device')
    .describe('What keeps its order: all records of one device share a partition.'),
  schemaPolicy: z.enum(['none', 'backward', 'forward', 'full']),
  replayApprovers: z.array(z.string().min(1)).min(1).describe('Who may approve a replay of this topic.'),
  incidentContact: z.string().min(1),
  duplicates: z
    .enum(['tolerated', 'forbidden'])
    .describe(
      'Whether consumers cope with a record stored twice; forbidden: none may be that its device did not mean (docs/audit.md).',
    ),
  sinkFencing: z
    .enum(['none', 'idempotent-upsert', 'transactional', 'epoch'])
    .describe('How the sink survives repeats.'),
  dataOwner: z.string().min(1).describe('The region or account that owns the data.'),
  partitions: z.number().int().positive().max(1000).default(6),
  replicas: z.number().int().positive().max(9).default(3),
  minInSyncReplicas: z.number().int().positive().max(9).default(2),
  retentionBytes: z
    .int()
    .positive()
    .optional()
    .describe('retention.bytes: what each partition keeps at most, whatever its age. Default: no limit.'),
  localRetention: duration
    .optional()
    .describe(
      'local.retention.ms: how long closed segments stay on the brokers where a tier has them too. Default: the environment’s.',
    ),
  compactionLag: duration
    .optional()
    .describe(
      'min.compaction.lag.ms: how long compaction leaves a record alone. Default: the replay window.',
    ),
  segmentBytes: z
    .int()
    .min(1_048_576, 'expected at least 1048576: Kafka 4 takes no smaller segments')
    .optional()
    .describe('segment.bytes: retention and compaction take closed segments only. Default: the platform’s.'),
  segmentMs: z
    .int()
    .positive()
    .optional()
    .describe(
      'segment.ms: a segment begun so long ago is closed by the next record. Default: the platform’s.',
    ),
  timestampType: z
    .enum(['create', 'append'])
    .optional()
    .describe(
      'message.timestamp.type: the sender’s time or the broker’s; retention goes by it. Default: create.',
    ),
  timestampBeforeMax: duration
    .optional()
    .describe(
      'message.timestamp.before.max.ms: a record stamped longer ago is refused, and its batch with it.',
    ),
  timestampAfterMax: duration
    .optional()
    .describe('message.timestamp.after.max.ms: a record stamped further ahead is refused, with its batch.'),
})

export const contractSchema = z.strictObject({
  contract: z.string().min(1).describe('The name of this contract.'),
  replayLimits: replayLimitsSchema.optional(),
  topics: z.record(z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/), topicContract),
})

export type TopicContract = z.output<typeof topicContract>
export type Contract = z.output<typeof contractSchema>
