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

/** What connectors and processors write beside the fleet's topics. */
const derivedTopic = z.strictObject({
  like: z
    .string()
    .min(1)
    .describe(
      'The topic of this contract whose terms hold for it: data class, data owner, schema policy, approvers.',
    )
    .meta({ examples: ['integration'] }),
  owner: z.string().min(1).optional().describe('Who answers for it. Default: the owner of that topic.'),
  incidentContact: z.string().min(1).optional().describe('Default: that of the other topic.'),
})

export const contractSchema = z.strictObject({
  contract: z.string().min(1).describe('The name of this contract.'),
  replayLimits: replayLimitsSchema.optional(),
  topics: z.record(z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/), topicContract),
  derivedTopics: z
    .record(
      z.string().regex(/^[a-zA-Z0-9._-]{1,248}\*?$/, 'expected a topic, or the beginning of some, and a *'),
      derivedTopic,
    )
    .optional()
    .describe(
      'Topics that clients make of the others, such as dead letters; a name that ends with * is that of all that begin so. A drill with a governed replay needs each topic that it touches here or in `topics`.',
    ),
})

export type TopicContract = z.output<typeof topicContract>
export type Contract = z.output<typeof contractSchema>

/** Whose terms hold for a topic, and who answers for it. */
export interface TopicTerms {
  /** The topic of the contract; the topic itself where it is one. */
  readonly like: string
  readonly owner: string
}
/** What of a contract says who answers for a topic. */
export interface Terms {
  readonly topics: Readonly<Record<string, { readonly owner: string }>>
  readonly derivedTopics?:
    | Readonly<Record<string, { readonly like: string; readonly owner?: string | undefined }>>
    | undefined
}

/** What the contract says of a topic, its own or a derived one, by the longest name that fits; null: nothing. */
export function termsOf({ topics, derivedTopics = {} }: Terms, topic: string): TopicTerms | null {
  const own = topics[topic]
  if (own) return { like: topic, owner: own.owner }
  const fits = (name: string) => (name.endsWith('*') ? topic.startsWith(name.slice(0, -1)) : topic === name)
  const [, derived] =
    Object.entries(derivedTopics)
      .filter(([name]) => fits(name))
      .toSorted(([a], [b]) => b.length - a.length)[0] ?? []
  const like = derived && topics[derived.like]
  return like ? { like: derived.like, owner: derived.owner ?? like.owner } : null
}
