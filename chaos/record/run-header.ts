import { join } from 'node:path'
import { z } from 'zod'
import type { Drill } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'
import { COMPRESSIONS } from '../core/fleet-settings.ts'
import type { Immutable } from '../core/immutable.ts'
import { plainName } from '../core/plain-name.ts'
import { processIdentity } from '../core/process-identity.ts'
import { readJson, writeDocument } from './bounded-files.ts'
import { platformSoftware } from './platform-software.ts'

/**
 * `run.json`: what ran, where, when, with which seed and which versions. Written before anything starts. A key that is
 * not named here may be added without breaking older runs, so readers keep what they do not know.
 */
const count = z.number()

const comparison = {
  atMost: count.optional(),
  atLeast: count.optional(),
  above: count.optional(),
  below: count.optional(),
  equals: count.optional(),
}
const gate = z.looseObject({
  gate: z.string(),
  ...comparison,
  reportOnly: z.literal(true).optional(),
  outsideOf: z.string().optional(),
  of: z.string().optional(),
  dimension: z.string().optional(),
  owner: z.string().optional(),
})
const topic = z.looseObject({
  dataClass: z.string(),
  owner: z.string(),
  partitions: count,
  replicas: count,
  duplicates: z.enum(['tolerated', 'forbidden']),
})
const timelineEntry = z.looseObject({
  id: z.string(),
  role: z.enum(['fault', 'action']),
  kind: z.string(),
  atMs: count,
  forMs: count.nullable().optional(),
})
/** The part of the drill that later stages rest on. Durations are milliseconds. */
const drill = z.looseObject({
  drill: plainName,
  title: z.string(),
  contract: z.looseObject({
    contract: z.string(),
    topics: z.record(z.string(), topic),
    derivedTopics: z
      .record(z.string(), z.looseObject({ like: z.string(), owner: z.string().optional() }))
      .optional(),
  }),
  seed: z.string(),
  fleet: z.looseObject({
    devices: count,
    gatewaysPerZone: count,
    lingerMs: count,
    acks: z
      .union([z.literal('all'), z.literal(1)])
      .default('all')
      .describe('Absent in runs from before it could be chosen.'),
    idempotent: z.boolean().default(false).describe('The same.'),
    compression: z.enum(COMPRESSIONS).default('none').describe('The same.'),
    telemetry: z.looseObject({ intervalMs: count, payloadBytes: count }),
    reconnect: z.looseObject({ policy: z.string(), baseMs: count, maxMs: count }),
    edgeBuffer: z.looseObject({ records: count, whenFull: z.string() }),
    sessions: z
      .looseObject({ handshakeMs: count, maxAcceptPerSecond: count.optional(), refusalCost: count })
      .optional(),
  }),
  connector: z.looseObject({ zone: z.string(), topics: z.array(z.string()) }).optional(),
  connectors: z
    .looseObject({
      zones: z.array(z.string()),
      sinks: z.array(
        z.looseObject({ name: z.string(), topics: z.array(z.string()), mode: z.string(), tasks: count }),
      ),
      sources: z
        .array(z.looseObject({ name: z.string() }))
        .optional()
        .describe('Absent in runs of before there were any.'),
    })
    .optional(),
  processor: z
    .looseObject({
      zones: z.array(z.string()),
      topic: z.string(),
      guarantee: z.string(),
      standbys: count,
      every: z.number().min(1),
      commitMs: count.optional(),
      writer: z.looseObject({ fencing: z.string() }).optional(),
      command: z.array(z.string()).optional(),
    })
    .optional(),
  regions: z
    .looseObject({
      brokers: count,
      platform: z.string().optional().describe('Of region b. Absent: that of the run.'),
      mirror: z.looseObject({ policy: z.enum(['identity', 'default']), emitCheckpoints: z.boolean() }),
      failOver: z
        .looseObject({ processor: z.string().optional(), connectors: z.string().optional() })
        .optional(),
      offsets: z.string(),
      bounds: z.record(z.string(), count),
    })
    .optional(),
  upgrade: z.looseObject({ to: z.string(), bounds: z.record(z.string(), count) }).optional(),
  kafka: z.looseObject({ timeouts: z.enum(['tuned', 'defaults']) }),
  slowAfterMs: count.optional().describe('Runs of before it could be left out always have it.'),
  steadyState: z.array(z.looseObject({ probe: z.string(), forSeconds: count, ...comparison })),
  timeline: z.array(timelineEntry),
  settleMs: count,
  gates: z.array(gate),
})

/** Of those files of a run whose lines do not say it themselves; a history begins with its own. */
export const LINE_FORMATS = { journal: 1, samples: 1 } as const

const header = z.object({
  format: z.literal(1),
  formats: z
    .object({ journal: z.literal(LINE_FORMATS.journal), samples: z.literal(LINE_FORMATS.samples) })
    .optional()
    .describe('Of journal.jsonl and of samples/*.jsonl. Absent in runs from before it was written: 1 and 1.'),
  run: plainName,
  drill,
  drillSha256: z.string().describe('Of the drill file’s bytes.'),
  seed: z.string(),
  platform: plainName,
  software: platformSoftware
    .optional()
    .describe('What the platform was made of. Absent in runs from before there was a choice: Apache Kafka.'),
  regionSoftware: platformSoftware
    .optional()
    .describe('What region b was made of. Absent: there is none, or the run is from before it was written.'),
  driver: plainName,
  labDir: z.string().optional(),
  ownsLab: z.boolean(),
  zones: z.array(z.string()),
  nodes: z.array(z.object({ id: count, zone: z.string(), host: z.string() })),
  startedAtWallMs: z
    .number()
    .min(0)
    .max(8.64e15)
    .describe('The wall time of the run’s zero; every `t` counts milliseconds from it.'),
  runner: processIdentity.optional(),
  guardian: processIdentity.nullable().optional(),
  versions: z.record(z.string(), z.string()),
  commit: z
    .string()
    .nullable()
    .describe('Of the checkout that the program ran from; null when it is not a checkout.'),
  machine: z.object({
    os: z.string(),
    arch: z.string(),
    cpuModel: z.string(),
    cpus: count,
    memoryBytes: count,
    load1: count,
  }),
})
export const runHeader = header.loose()

/** As it is read back. */
export type HeaderFile = z.output<typeof runHeader>
export type DrillFile = HeaderFile['drill']
export type GateFile = DrillFile['gates'][number]

/** As it is written today: with the whole drill. */
export type RunHeader = Immutable<
  Required<Omit<z.output<typeof header>, 'drill' | 'software' | 'regionSoftware'>>
> & {
  readonly drill: Drill
  readonly platform: string
  readonly driver: 'local' | 'aws' | 'attach'
  readonly software?: Immutable<z.output<typeof platformSoftware>>
  readonly regionSoftware?: Immutable<z.output<typeof platformSoftware>>
}

export const RUN_FILE = 'run.json'

/** @throws AftershockError `input` when the folder has no run.json, or it does not fit. */
export function readRunHeader(runDir: string): HeaderFile {
  const found = readJson(join(runDir, RUN_FILE), runHeader)
  if (found) return found
  throw new AftershockError('input', `${runDir} has no run.json`, {
    hint: 'Name the folder of a run: the one that holds run.json and journal.jsonl.',
  })
}

export function writeRunHeader(runDir: string, value: RunHeader): void {
  writeDocument(join(runDir, RUN_FILE), value)
}

/** The part that healing needs, which every version wrote. */
export const healingHeader = header
  .pick({ labDir: true, ownsLab: true, startedAtWallMs: true, runner: true })
  .required()
  .extend({
    driver: z.string().default('local'),
    drill: z
      .object({
        connector: z.unknown().optional(),
        connectors: z.unknown().optional(),
        processor: z.unknown().optional(),
      })
      .optional(),
  })

/** The part that audits need: what each topic's owner promised. */
export const contractHeader = z.looseObject({
  drill: z.looseObject({
    regions: z.looseObject({ wayBack: z.boolean().optional(), bothWays: z.boolean().optional() }).optional(),
    contract: z.looseObject({
      topics: z.record(
        z.string(),
        topic.pick({ duplicates: true }).extend({
          dataClass: topic.shape.dataClass.optional(),
          cleanup: z.string(),
          replayWindow: count,
          retention: count.optional(),
          retentionBytes: count.optional(),
          partitions: count.optional(),
        }),
      ),
    }),
  }),
})

/** The part that a seal states. */
export const sealedHeader = header
  .pick({
    run: true,
    drillSha256: true,
    seed: true,
    platform: true,
    driver: true,
    startedAtWallMs: true,
    versions: true,
    commit: true,
  })
  .extend({ drill: drill.pick({ drill: true }) })
