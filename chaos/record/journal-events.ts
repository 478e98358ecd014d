import { z } from 'zod'
import type { Immutable } from '../core/immutable.ts'
import { observation } from '../core/observation.ts'
import { processIdentity } from '../core/process-identity.ts'
import type { LinkId } from '../core/topology.ts'
import { verdictSchema as verdict } from '../core/verdict.ts'
import { approvalEvents } from './approval-events.ts'
import { placeEvents } from './place-events.ts'
import { releaseStep } from './release-step.ts'

/** `journal.jsonl`: what happened in a run, a line an event. `id` names one fault or action, e.g. `zone-cut-3`. */
const frame = {
  seq: z.number().int().describe('From 0.'),
  t: z.number().describe('Milliseconds since the run’s zero.'),
  at: z.string().describe('ISO 8601, UTC.'),
  prev: z
    .string()
    .describe('SHA-256 (hex) of the line before it, without its newline; 64 zeros in the first line.'),
}
/** `prev` of the first line. */
export const GENESIS = '0'.repeat(64)

const of = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.object({ kind: z.literal(kind), ...shape, ...frame })

const text = z.string()
const texts = z.array(z.string())
const number = z.number()
const link = text.transform(name => name as LinkId)
const observations = z.array(observation)

const probeResult = z.object({
  probe: text,
  value: number.nullable(),
  holds: verdict,
  expected: text,
  limit: number.exactOptional().describe('The limit that a baseline gave.'),
})
const baselineReading = z.object({
  probe: text,
  value: number.nullable().describe('The median of what it read; null when it read too little.'),
  samples: number,
})
/** What was shown of a reader that could not go on. */
const replacedCause = z.enum(['broker-dead', 'client-stuck', 'position-stuck', 'crashed'])

const byPartition = z.record(text, number)
const regionGroup = z.object({
  group: text,
  committed: byPartition.describe('By `topic/partition`: what the region that is left had accepted last.'),
  translated: byPartition.describe('What the group had in the other region, as that calls its topics.'),
  ends: byPartition.describe('Where the other region ended then.'),
  starts: byPartition
    .optional()
    .describe('Where consumers begin there, where that is not what was translated.'),
  done: byPartition
    .optional()
    .describe(
      'What consumers had committed in the other region when they left it, if they were there before.',
    ),
})

const lab = { labDir: text, ownedByRun: z.boolean() }
const processEvent = { role: text, node: number.nullable(), process: processIdentity }
const by = z.enum(['guardian', 'heal-command'])
const lastWords = texts.describe('The last lines that the process that ended had printed.')

/** The run and its lab. */
const ofRun = [
  of('run.started', { run: text, drill: text, seed: text, runner: processIdentity }),
  of('lab.started', lab),
  of('lab.attached', lab),
  of('cluster.attached', placeEvents['cluster.attached']),
  of('cluster.topics', placeEvents['cluster.topics']),
  of('cluster.left', placeEvents['cluster.left']),
  of('quota.intended', placeEvents['quota.intended']),
  of('quota.made', placeEvents['quota.made']),
  of('quota.absent', placeEvents['quota.absent']),
  of('quota.removed', placeEvents['quota.removed']),
  of('quota.remains', placeEvents['quota.remains']),
  of('account.entered', placeEvents['account.entered']),
  of('account.left', placeEvents['account.left']),
  of('lab.leftovers', {
    found: texts.describe('A lab that stays was not as it was made: what was found.'),
    healed: z.boolean().describe('Whether it was healed before the run began.'),
  }),
  of('process.started', processEvent),
  of('process.ended', processEvent),
  of('topics.created', { topics: z.record(text, z.object({ partitions: number, replicas: number })) }),
  of('connector.started', {
    zone: text,
    topics: texts,
    connector: text,
    version: text.describe('Of Kafka Connect.'),
  }),
  of('connector.drained', {
    topics: texts,
    stored: number.nullable().describe('Records in those topics; null when no broker answered.'),
    lines: number.describe('What its sink had once the fleet had delivered everything.'),
    bytes: number,
    waitedMs: number,
  }),
  of('connectors.started', {
    workers: z.array(z.object({ node: number, zone: text })),
    sinks: texts,
    sources: texts.optional().describe('Absent where the drill has none.'),
    versions: z.record(text, text).describe('Of Kafka Connect, the plugins and the database.'),
  }),
  of('connectors.drained', {
    waitedMs: number,
    sinks: z.array(
      z.object({
        connector: text,
        stored: number.nullable().describe('Records in its topics; null when no broker answered.'),
        lag: number.nullable().describe('Of those, past what it had committed.'),
        tasks: texts.optional().describe('As a worker says of each; absent in older runs.'),
        rows: number.nullable(),
        kept: z.boolean().describe('Whether its evidence could be read and written.'),
      }),
    ),
    sources: z
      .array(
        z.object({
          source: text,
          rows: number.nullable().describe('Committed in its outbox.'),
          records: number.nullable().describe('Committed in its topic.'),
          kept: z.boolean(),
        }),
      )
      .optional()
      .describe('Absent where the drill has none.'),
  }),
  of('processor.started', {
    instances: z.array(z.object({ node: number, zone: text })),
    guarantee: text,
    command: texts.optional().describe('The drill’s own program; absent: the lab’s own processor.'),
    standbys: number,
    version: text.describe('Of its sources, and of Kafka Streams.'),
  }),
  of('processor.drained', {
    waitedMs: number,
    stored: number.nullable().describe('Records of its topic; null when no broker answered.'),
    lag: number.nullable().describe('Of those, past what it had committed.'),
    commands: number.nullable().describe('That readers of committed records are given.'),
    kept: z.boolean().describe('Whether its evidence could be read and written.'),
  }),
  of('regions.started', {
    brokers: number.describe('Of region b.'),
    policy: text.describe('How the mirror names topics.'),
    connectors: texts,
    version: text.describe('Of MirrorMaker 2.'),
  }),
  of('region.step', {
    id: text.describe('Of the action that it is a part of.'),
    step: text.describe('`mirror`, `offsets`, `devices` or `consumers`, and what a move has besides.'),
    to: z.enum(['a', 'b']).optional().describe('Where devices and consumers go. Absent: to region b.'),
    owner: z.enum(['machine', 'operator']),
    ok: z.boolean(),
    tookMs: number,
    proof: text.describe('What was seen when it was done, or why it could not be done.'),
    group: regionGroup.optional().describe('Of the step `offsets`.'),
  }),
  of('release.step', releaseStep),
  of('regions.kept', {
    partitions: number,
    records: number.describe('Read from region b in the end.'),
    complete: z.boolean(),
    checkpoints: number.nullable().describe('null: they could not be read.'),
    quiet: z
      .boolean()
      .optional()
      .describe('Whether region b stopped growing, with nobody producing, before it was read.'),
  }),
  of('fleet.started', { devices: number, gateways: texts }),
  of('fleet.stopped', { buffered: number }),
  of('fleet.drained', { buffered: number }),
] as const

const ofTimeline = [
  of('warm-up.started', { forMs: number.describe('The fleet runs at full load, and nothing of it counts.') }),
  of('warm-up.ended', {}),
  of('baseline', {
    forMs: number,
    probes: z
      .array(baselineReading)
      .describe('What the platform has when nothing is broken; limits of the steady state may follow it.'),
  }),
  of('steady-state', { when: z.enum(['before', 'after']), verdict, probes: z.array(probeResult) }),
  of('timeline.waiting', {
    why: text.describe('Brokers are too young for what is to be done to them: the timeline begins later.'),
  }),
  of('timeline.started', {}),
  of('timeline.ended', {}),
  of('action.started', {
    id: text,
    action: text,
    spec: z.unknown(),
    summary: text.optional().describe('What is done, in words; absent in runs of version 0.1.0.'),
  }),
  of('action.finished', { id: text, ok: z.boolean(), result: z.unknown() }),
] as const

/** A fault's life. */
const ofFaults = [
  of('fault.waiting', {
    id: text,
    why: text.describe('Its target would not show what the drill asks about yet.'),
  }),
  of('leaders.moved', {
    moves: z
      .array(z.object({ topic: text, partition: number, from: number, to: number }))
      .describe(
        'Partitions that the lab gave to brokers which a fault is to take away and which led nothing.',
      ),
    error: text.optional().describe('Why none was moved.'),
  }),
  of('fault.intended', {
    id: text,
    fault: text,
    cluster: z
      .literal('b')
      .optional()
      .describe('Whose brokers and links it touches. Absent: those of region a.'),
    spec: z.unknown(),
    target: z.unknown().describe('All that healing needs, without the drill, the driver or the runner.'),
    before: z.unknown().describe('What the fault’s probe read before: healing is judged against it.'),
    baseline: observations
      .optional()
      .describe('The same in words. Absent in journals of before it was kept.'),
    deed: text.optional().describe('What was done: `a broker was killed`. Absent in older journals.'),
    dimension: text
      .optional()
      .describe('The row of the scorecard that it exercises. Absent in older journals.'),
    summary: text.describe('For people: `broker 2 (az-b), leader of telemetry/0`.'),
    zones: texts,
    nodes: z.array(number),
    links: z.array(link),
  }),
  of('fault.injected', { id: text }),
  of('fault.proven', { id: text, since: number, observations }),
  of('fault.unproven', { id: text, observations, reason: text }),
  of('fault.healed', {
    id: text,
    since: number
      .optional()
      .describe('When healing began; what the fault took away may be back then. Absent in older journals.'),
  }),
  of('fault.heal-proven', { id: text, observations }),
  of('fault.heal-unproven', { id: text, observations, reason: text }),
] as const

/** The platform's own behaviour: a broker ended though nothing of ours ended it, and its restart policy acted. */
const ofNodes = [
  of('node.restarted', {
    node: number,
    why: text,
    lastWords,
    attempt: number.describe('Which restart of this node in a row, from 1.'),
    afterMs: number.describe('Between the end being seen and the new process.'),
  }),
  of('node.given-up', { node: number, why: text, lastWords }),
] as const

/** What this program did to a reader of its own: until it resumed, waiting is not the platform's alone. */
const ofReaders = [
  of('reader.replaced', {
    reader: text.describe('The process of its shard: `tail`, `recovery`, `stored`, …'),
    cause: replacedCause,
    why: text,
    since: number.describe('Since when it could not go on, on the run’s clock.'),
  }),
  of('reader.resumed', { reader: text, afterMs: number }),
  of('reader.unread', {
    reader: text,
    topic: text,
    partition: number,
    from: number.describe('Offsets that it was never given: they were deleted before it came to them.'),
    to: number.describe('Exclusive.'),
  }),
  of('reader.unauthorised', { reader: text, why: text.describe('What the broker said.') }),
] as const

/** Who asked for a replay, who approved it, and the rights that were made and taken away for it. */
const ofApprovals = [
  of('replay.requested', approvalEvents['replay.requested']),
  of('replay.approved', approvalEvents['replay.approved']),
  of('replay.people', approvalEvents['replay.people']),
  of('replay.refused', approvalEvents['replay.refused']),
  of('replay.admitted', approvalEvents['replay.admitted']),
  of('replay.stated', approvalEvents['replay.stated']),
  of('replay.watched', approvalEvents['replay.watched']),
  of('replay.stopped', approvalEvents['replay.stopped']),
  of('access.asked', approvalEvents['access.asked']),
  of('grant.intended', approvalEvents['grant.intended']),
  of('grant.made', approvalEvents['grant.made']),
  of('grant.removed', approvalEvents['grant.removed']),
  of('grant.remains', approvalEvents['grant.remains']),
] as const

const ofTheEnd = [
  of('abort', {
    probe: text.describe('`place`: the place itself ended it, and `why` says why.'),
    value: number.nullable(),
    limit: text,
    why: text.optional(),
  }),
  of('interrupted', { by: text }),
  of('heal.started', { by }),
  of('heal.finished', {
    by,
    healed: texts,
    failed: texts,
    silentBrokers: z.array(number).optional().describe('Absent in journals of before it was looked at.'),
  }),
  of('final-read', {
    partitions: number,
    records: number,
    complete: z.boolean(),
    replayed: z
      .record(
        text,
        z.object({ sha256: z.record(text, text.nullable()), records: z.record(text, number.nullable()) }),
      )
      .optional()
      .describe(
        'By the id of a replay: what it should have read, as it is stored: SHA-256 and number of records by `topic/partition`; null: not known. Absent in older journals.',
      ),
    storedSha256: z
      .record(text, text.nullable())
      .optional()
      .describe('The same of the last replay alone, in older journals.'),
    storedRecords: z
      .record(text, number.nullable())
      .optional()
      .describe('The same of the last replay alone, in older journals.'),
  }),
  of('sampler.failed', { sampler: text, error: text }),
  of('teardown.late', {
    step: text.describe('Of the run’s end; it was left, and the end went on without it.'),
    deadlineMs: number,
  }),
  of('run.finished', {
    outcome: z.enum(['completed', 'aborted', 'interrupted', 'crashed']),
    error: text.exactOptional(),
  }),
] as const

const known = [
  ...ofRun,
  ...ofTimeline,
  ...ofFaults,
  ...ofNodes,
  ...ofReaders,
  ...ofApprovals,
  ...ofTheEnd,
] as const

export const journalLine = z.discriminatedUnion('kind', known)
export const KNOWN_KINDS: ReadonlySet<string> = new Set(known.map(option => option.shape.kind.value))

/** The part that every line has, also one whose kind this version does not know. */
export const journalFrame = z.looseObject({ kind: text, ...frame })

export type JournalLine = Immutable<z.output<typeof journalLine>>
export type JournalEvent = WithoutFrame<JournalLine>
export type FaultEvent = Extract<JournalEvent, { kind: `fault.${string}` }>
export type ReaderEvent = Extract<JournalEvent, { kind: `reader.${string}` }>
export type ReaderReplacedCause = z.output<typeof replacedCause>
export type ProbeResult = Immutable<z.output<typeof probeResult>>
export type BaselineReading = Immutable<z.output<typeof baselineReading>>

type WithoutFrame<T> = T extends unknown ? Omit<T, keyof typeof frame> : never
