import { stringify } from 'yaml'
import { DATA_CLASSES, type DataClass, type TopicContract } from '../core/contract.ts'
import { writtenDuration } from '../core/units.ts'
import type { ObservedTopic } from './observed-topic.ts'

/** What a line is marked with that only people can fill in; `contract check` fails on it. */
export const BLANK = 'TODO'

/** One topic of a draft: what is known of it, and how. */
export interface DraftTopic {
  readonly name: string
  readonly dataClass: DataClass
  readonly partitions: number
  readonly replicas: number
  readonly minInSyncReplicas: number
  readonly cleanup: TopicContract['cleanup']
  readonly retentionMs: number
  readonly retentionBytes: number | null
  readonly compactionLagMs: number | null
  /** Whether these are the cluster's own settings, or what people often begin with. */
  readonly isObserved: boolean
  /** What a person should know who fills in the blanks, a sentence each. */
  readonly notes: readonly string[]
}

const DAY_MS = 86_400_000
/** `retention.ms=-1`; the longest that a contract knows. */
const FOR_EVER_MS = 36_500 * DAY_MS

const USUAL = {
  telemetry: { cleanup: 'delete', retentionMs: DAY_MS },
  'device-state': { cleanup: 'compact,delete', retentionMs: 7 * DAY_MS },
  operations: { cleanup: 'delete', retentionMs: 30 * DAY_MS },
  integration: { cleanup: 'delete', retentionMs: 7 * DAY_MS },
} as const satisfies Readonly<Record<DataClass, Pick<DraftTopic, 'cleanup' | 'retentionMs'>>>

/** A topic of which nothing is known yet. */
export function usualTopic(dataClass: DataClass, name: string = dataClass): DraftTopic {
  return {
    name,
    dataClass,
    partitions: 6,
    replicas: 3,
    minInSyncReplicas: 2,
    ...USUAL[dataClass],
    retentionBytes: null,
    compactionLagMs: null,
    isObserved: false,
    notes: [],
  }
}

/** What a cluster says of one of its topics. */
export function observedDraft(name: string, { partitions, settings, acls }: ObservedTopic): DraftTopic {
  const number = (key: string): number | null => {
    const value = Number(settings[key]?.value ?? Number.NaN)
    return Number.isFinite(value) && value >= 0 ? value : null
  }
  const policy = settings['cleanup.policy']?.value ?? 'delete'
  const words = new Set(policy.split(',').map(word => word.trim()))
  const cleanup = words.has('compact') ? (words.has('delete') ? 'compact,delete' : 'compact') : 'delete'
  const inherited = ['cleanup.policy', 'retention.ms', 'min.insync.replicas'].filter(key => {
    const source = settings[key]?.source
    return source !== undefined && source !== 'topic'
  })
  const readers =
    acls === null || acls === 'unreadable'
      ? []
      : acls
          .filter(rule => rule.allowed && ['read', 'all'].includes(rule.operation))
          .map(rule => rule.principal)
  return {
    name,
    dataClass: guessedClass(name, cleanup),
    partitions: Math.max(1, partitions.length),
    replicas: Math.max(1, ...partitions.map(({ replicas }) => replicas)),
    minInSyncReplicas: number('min.insync.replicas') ?? 1,
    cleanup,
    retentionMs: number('retention.ms') ?? FOR_EVER_MS,
    retentionBytes: cleanup === 'compact' ? null : number('retention.bytes'),
    compactionLagMs: cleanup === 'delete' ? null : number('min.compaction.lag.ms') || null,
    isObserved: true,
    notes: [
      ...(Object.keys(settings).length === 0
        ? ['the brokers did not tell its settings: cleanup, retention and in-sync replicas are guesses']
        : []),
      ...(inherited.length > 0
        ? [`${inherited.join(', ')} are the brokers’ defaults, not the topic’s own`]
        : []),
      ...(acls === null ? ['the cluster has no authorizer: anybody may read it'] : []),
      ...(acls === 'unreadable' ? ['this login may not see who may read it'] : []),
      ...(readers.length > 0 ? [`may be read by ${[...new Set(readers)].toSorted().join(', ')}`] : []),
    ],
  }
}

/** By words that people often name such topics with; a person is told that it is a guess. */
function guessedClass(name: string, cleanup: TopicContract['cleanup']): DataClass {
  if (/state|shadow|twin|command|config/i.test(name)) return 'device-state'
  if (/audit|security|access|operation|maintenance|admin/i.test(name)) return 'operations'
  if (/connect|sink|integration|cdc|outbox|export/i.test(name)) return 'integration'
  return cleanup === 'delete' ? 'telemetry' : 'device-state'
}

/** For each class the topic that it is guessed of, else the one that people often begin with. */
export function fleetTopics(observed: readonly DraftTopic[]): DraftTopic[] {
  return DATA_CLASSES.map(
    dataClass => observed.find(topic => topic.dataClass === dataClass) ?? usualTopic(dataClass),
  )
}

/** A contract as its author will go on with it: comments say what is known, what is guessed and what is asked. */
export function contractText(
  name: string,
  topics: readonly DraftTopic[],
  head: readonly string[],
  people: Readonly<Partial<Record<'owner' | 'incidentContact' | 'replayApprover', string | undefined>>> = {},
): string {
  return [
    ...head.map(line => `# ${line}`.trimEnd()),
    `contract: ${plain(name)}`,
    '',
    'topics:',
    ...topics.flatMap((topic, index) => [...(index === 0 ? [] : ['']), ...topicLines(topic, people)]),
    '',
  ].join('\n')
}

function topicLines(
  topic: DraftTopic,
  { owner, incidentContact, replayApprover }: Parameters<typeof contractText>[3] = {},
): string[] {
  const { retentionMs, cleanup, compactionLagMs, isObserved } = topic
  const longest = Math.min(
    cleanup === 'compact' ? FOR_EVER_MS : retentionMs,
    compactionLagMs ?? FOR_EVER_MS,
    DAY_MS,
  )
  const blank = (given: string | undefined) => plain(given ?? BLANK)
  const known = isObserved ? '' : ' # where you begin; change it to what you have'
  const lines = [
    `dataClass: ${topic.dataClass}${isObserved ? ' # a guess from its name and cleanup' : ''}`,
    `owner: ${blank(owner)} # the team that answers for the topic`,
    `replayWindow: ${writtenDuration(longest)} # how far back must a replay be able to start? at most the retention`,
    `cleanup: ${cleanup}${known}`,
    `retention: ${writtenDuration(retentionMs)}${retentionMs === FOR_EVER_MS ? ' # the cluster sets no limit' : ''}`,
    ...(topic.retentionBytes === null ? [] : [`retentionBytes: ${topic.retentionBytes}`]),
    ...(compactionLagMs === null ? [] : [`compactionLag: ${writtenDuration(compactionLagMs)}`]),
    'partitionKey: device # what keeps its order',
    'schemaPolicy: none # none, backward, forward or full: as your registry enforces it',
    `replayApprovers: [${blank(replayApprover)}] # who may approve a replay of it`,
    `incidentContact: ${blank(incidentContact)} # who is called`,
    'duplicates: tolerated # do consumers cope with a record that comes twice? else: forbidden',
    'sinkFencing: none # none, idempotent-upsert, transactional or epoch: how the sink survives repeats',
    `dataOwner: ${BLANK} # the region or account that owns the data`,
    `partitions: ${topic.partitions}`,
    `replicas: ${topic.replicas}`,
    `minInSyncReplicas: ${Math.min(topic.minInSyncReplicas, topic.replicas)}`,
  ]
  return [
    ...topic.notes.map(note => `  # ${note}`),
    `  ${plain(topic.name)}:`,
    ...lines.map(line => `    ${line}`),
  ]
}

/** As YAML reads it back as the same text, on one line. */
const plain = (text: string): string => stringify(text, { lineWidth: 0 }).trimEnd()
