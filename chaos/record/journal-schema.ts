import { z } from 'zod'
import { READER_REPLACED_CAUSES, type JournalLine } from './journal-events.ts'
import type { LinkId } from '../core/topology.ts'

/** `journal.jsonl`, a line: the shapes of `record/journal-events.ts`, checked where they enter from disk. */
const verdict = z.enum(['pass', 'fail', 'inconclusive'])
const identity = z.object({ pid: z.number(), startedAt: z.string() })
const link = z.string().transform(text => text as LinkId)
const observation = z.object({
  what: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  unit: z.string().exactOptional(),
  limit: z.string().exactOptional(),
})
const observations = z.array(observation)
const probe = z.object({
  probe: z.string(),
  value: z.number().nullable(),
  holds: verdict,
  expected: z.string(),
  limit: z.number().exactOptional(),
})
const line = { seq: z.number().int(), t: z.number(), at: z.string(), prev: z.string() }
const of = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.object({ kind: z.literal(kind), ...shape, ...line })

const lab = { labDir: z.string(), ownedByRun: z.boolean() }
const processEvent = { role: z.string(), node: z.number().nullable(), process: identity }
const by = z.enum(['guardian', 'heal-command'])

const known = [
  of('run.started', { run: z.string(), drill: z.string(), seed: z.string(), runner: identity }),
  of('lab.started', lab),
  of('lab.attached', lab),
  of('lab.leftovers', { found: z.array(z.string()), healed: z.boolean() }),
  of('process.started', processEvent),
  of('process.ended', processEvent),
  of('topics.created', {
    topics: z.record(z.string(), z.object({ partitions: z.number(), replicas: z.number() })),
  }),
  of('connector.started', {
    zone: z.string(),
    topics: z.array(z.string()),
    connector: z.string(),
    version: z.string(),
  }),
  of('connector.drained', {
    topics: z.array(z.string()),
    stored: z.number().nullable(),
    lines: z.number(),
    bytes: z.number(),
    waitedMs: z.number(),
  }),
  of('fleet.started', { devices: z.number(), gateways: z.array(z.string()) }),
  of('fleet.stopped', { buffered: z.number() }),
  of('fleet.drained', { buffered: z.number() }),
  of('warm-up.started', { forMs: z.number() }),
  of('warm-up.ended', {}),
  of('baseline', {
    forMs: z.number(),
    probes: z.array(z.object({ probe: z.string(), value: z.number().nullable(), samples: z.number() })),
  }),
  of('steady-state', { when: z.enum(['before', 'after']), verdict, probes: z.array(probe) }),
  of('timeline.waiting', { why: z.string() }),
  of('timeline.started', {}),
  of('timeline.ended', {}),
  of('fault.waiting', { id: z.string(), why: z.string() }),
  of('fault.intended', {
    id: z.string(),
    fault: z.string(),
    spec: z.unknown(),
    target: z.unknown(),
    before: z.unknown(),
    baseline: observations.optional(),
    summary: z.string(),
    zones: z.array(z.string()),
    nodes: z.array(z.number()),
    links: z.array(link),
  }),
  of('node.restarted', {
    node: z.number(),
    why: z.string(),
    lastWords: z.array(z.string()),
    attempt: z.number(),
    afterMs: z.number(),
  }),
  of('node.given-up', { node: z.number(), why: z.string(), lastWords: z.array(z.string()) }),
  of('fault.injected', { id: z.string() }),
  of('fault.proven', { id: z.string(), since: z.number(), observations }),
  of('fault.unproven', { id: z.string(), observations, reason: z.string() }),
  of('fault.healed', { id: z.string(), since: z.number().optional() }),
  of('fault.heal-proven', { id: z.string(), observations }),
  of('fault.heal-unproven', { id: z.string(), observations, reason: z.string() }),
  // Runs of version 0.1.0 have no summary.
  of('action.started', {
    id: z.string(),
    action: z.string(),
    spec: z.unknown(),
    summary: z.string().optional(),
  }),
  of('action.finished', { id: z.string(), ok: z.boolean(), result: z.unknown() }),
  of('abort', { probe: z.string(), value: z.number().nullable(), limit: z.string() }),
  of('interrupted', { by: z.string() }),
  of('heal.started', { by }),
  of('heal.finished', {
    by,
    healed: z.array(z.string()),
    failed: z.array(z.string()),
    silentBrokers: z.array(z.number()).optional(),
  }),
  of('final-read', {
    partitions: z.number(),
    records: z.number(),
    complete: z.boolean(),
    storedSha256: z.record(z.string(), z.string().nullable()).default({}),
    storedRecords: z.record(z.string(), z.number().nullable()).optional(),
  }),
  of('sampler.failed', { sampler: z.string(), error: z.string() }),
  of('teardown.late', { step: z.string(), deadlineMs: z.number() }),
  of('reader.replaced', {
    reader: z.string(),
    cause: z.enum(READER_REPLACED_CAUSES),
    why: z.string(),
    since: z.number(),
  }),
  of('reader.resumed', { reader: z.string(), afterMs: z.number() }),
  of('reader.unread', {
    reader: z.string(),
    topic: z.string(),
    partition: z.number(),
    from: z.number(),
    to: z.number(),
  }),
  of('run.finished', {
    outcome: z.enum(['completed', 'aborted', 'interrupted', 'crashed']),
    error: z.string().exactOptional(),
  }),
] as const

export const journalLine = z.discriminatedUnion('kind', known) satisfies z.ZodType<JournalLine>

/** The part that every line has, also one whose kind this version does not know. */
export const journalFrame = z.looseObject({ kind: z.string(), ...line })

export const KNOWN_KINDS: ReadonlySet<string> = new Set(known.map(option => option.shape.kind.value))
