import { z } from 'zod'
import { GATES } from '../core/drill.ts'
import { plainName } from '../core/plain-name.ts'

/**
 * What scoring needs of a run's files, and no more: a key that is missing here may be added by others
 * without breaking old runs. Shapes and units are those of `record/samples.ts` and `record/run-header.ts`.
 */
const count = z.number()

const latency = z.object({ n: count, p50: count, p95: count, p99: count, max: count })
const fleetCounts = z.object({
  due: count,
  acked: count,
  failed: count,
  unknown: count,
  dropped: count,
  sends: count,
  deviceConnects: count,
  brokerConnects: count,
  buffered: count,
})
export const fleetSample = z.object({
  t: count,
  intervalMs: count,
  ...fleetCounts.shape,
  latency,
  byZone: z.record(z.string(), z.object({ ...fleetCounts.shape, latency })),
  loopDelayMs: count,
})

const partitionState = z.object({
  leader: count,
  leaderEpoch: count,
  replicas: z.array(count),
  isr: z.array(count),
})
export const clusterSample = z.object({
  t: count,
  answered: z.array(count),
  controller: count.nullable(),
  underReplicated: count,
  offline: count,
  changes: z.record(z.string(), partitionState).optional(),
})

const pair = z.tuple([count, count])
const counters = z.record(z.string(), pair)
export const linkSample = z.object({ t: count, links: counters, probes: counters.optional() })
export const linkTotals = z.object({ t: count, live: counters.nullable(), exact: counters.nullable() })

export const consumerSample = z.object({
  t: count,
  consumer: z.enum(['tail', 'recovery']),
  records: count,
  bytes: count,
  lagRecords: count.nullable(),
  lagSeconds: count.nullable(),
})
export const nodeSample = z.object({
  t: count,
  node: count,
  state: z.enum(['running', 'stopped', 'absent']),
  cpuSeconds: count.nullable(),
  residentBytes: count.nullable(),
  diskReadBytes: count.nullable().optional(),
})
export const localLogSample = z.object({
  t: count,
  starts: z.record(z.string(), count),
  uploaded: z.record(z.string(), count).optional(),
  pendingMs: z.record(z.string(), count).optional(),
})
export const objectStoreSample = z.object({
  t: count,
  zones: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ requests: count, failed: count, toStoreBytes: count, fromStoreBytes: count }),
    ),
  ),
  storedBytes: count.nullable(),
})
export const connectorSample = z.object({
  t: count,
  connector: z.string().nullable(),
  tasks: z.array(z.string()),
  lines: count,
  bytes: count,
})
export const brokerMetricsSample = z.object({ t: count, node: count, metrics: z.record(z.string(), count) })

const comparison = {
  atMost: count.optional(),
  atLeast: count.optional(),
  above: count.optional(),
  below: count.optional(),
  equals: count.optional(),
}
const gate = z.looseObject({
  gate: z.enum(GATES),
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
const drill = z.looseObject({
  drill: plainName,
  title: z.string(),
  contract: z.looseObject({ contract: z.string(), topics: z.record(z.string(), topic) }),
  seed: z.string(),
  fleet: z.looseObject({
    devices: count,
    gatewaysPerZone: count,
    lingerMs: count,
    /** Absent in runs from before it could be chosen. */
    acks: z.union([z.literal('all'), z.literal(1)]).default('all'),
    /** The same. */
    idempotent: z.boolean().default(false),
    telemetry: z.looseObject({ intervalMs: count, payloadBytes: count }),
    reconnect: z.looseObject({ policy: z.string(), baseMs: count, maxMs: count }),
    edgeBuffer: z.looseObject({ records: count, whenFull: z.string() }),
  }),
  connector: z.looseObject({ zone: z.string(), topics: z.array(z.string()) }).optional(),
  kafka: z.looseObject({ timeouts: z.enum(['tuned', 'defaults']) }),
  /** Runs of before it could be left out always have it. */
  slowAfterMs: count.optional(),
  steadyState: z.array(z.looseObject({ probe: z.string(), forSeconds: count, ...comparison })),
  timeline: z.array(timelineEntry),
  settleMs: count,
  gates: z.array(gate),
})
/** As in `core/platform.ts`. */
export const platformSoftware = z.object({
  name: z.string(),
  kind: z.enum(['product', 'reference', 'stand-in']),
  notes: z.array(z.string()),
})
export const runHeader = z.looseObject({
  format: z.literal(1),
  run: plainName,
  drill,
  drillSha256: z.string(),
  seed: z.string(),
  platform: plainName,
  software: platformSoftware.optional(),
  driver: plainName,
  ownsLab: z.boolean(),
  zones: z.array(z.string()),
  nodes: z.array(z.object({ id: count, zone: z.string(), host: z.string() })),
  startedAtWallMs: count,
  versions: z.record(z.string(), z.string()),
  commit: z.string().nullable(),
  machine: z.object({
    os: z.string(),
    arch: z.string(),
    cpuModel: z.string(),
    cpus: count,
    memoryBytes: count,
    load1: count,
  }),
})

/** The part of `audit.json` that gates and the report rest on. */
export const auditFile = z.looseObject({
  failures: z.array(z.looseObject({ anomaly: z.string() })).optional(),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  anomalies: z.record(z.string(), z.array(z.unknown())),
  anomalyCounts: z.record(z.string(), count).optional(),
  counts: z.record(z.string(), z.unknown()),
  perTopic: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  judged: z.record(z.string(), z.string()).optional(),
  reasons: z.array(z.string()).default([]),
  retention: z
    .looseObject({
      judged: count,
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

export type HeaderFile = z.output<typeof runHeader>
export type DrillFile = HeaderFile['drill']
export type GateFile = DrillFile['gates'][number]
export type AuditFile = z.output<typeof auditFile>
