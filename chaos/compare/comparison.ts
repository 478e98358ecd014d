import { z } from 'zod'
import { platformIdSchema } from './platform-id-schema.ts'
import { verdictSchema } from '../core/verdict.ts'
import { platformSoftware } from '../record/platform-software.ts'
import { UNITS } from '../core/quantity.ts'
import { CAUSES } from '../record/run-meters.ts'
import { checkVerdict, rowVerdict } from '../record/scorecard.ts'
import { type bill, type breakEven, cost, type crossing } from './cost-schema.ts'
import { spread } from './spread-schema.ts'

/**
 * `comparison.json`: one drill with one seed on several platforms. What was not measured is null with the reason,
 * never a zero. Times are milliseconds unless a name says otherwise; whatever is keyed by platform has exactly the
 * platforms that ran, in the order of `platforms`.
 */
const platform = platformIdSchema
const byPlatform = <S extends z.ZodType>(schema: S) => z.partialRecord(platform, schema)

export const comparedRun = z.object({
  /** From 1 on, per platform. */
  number: z.number(),
  /** Relative to the folder of `comparison.json`, with `/`. */
  dir: z.string(),
  run: z.string(),
  /** null when it could not be judged. */
  verdict: verdictSchema.nullable(),
  why: z.string().nullable(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  /** The machine's load (1 minute) when it started. */
  load1: z.number(),
  /** Of the machine's CPUs while the drill played; null: not sampled. `saturated` is of seconds. */
  machineLoad: z.object({ medianBusy: z.number(), saturated: z.number(), seconds: z.number() }).nullable(),
  /** SHA-256 of its `bundle.json`; null when it is not sealed. */
  bundleSha256: z.string().nullable(),
  /** `verified`: every file is the one that was sealed; `keyid` is of the key that signed, null when nobody did. */
  seal: z.discriminatedUnion('state', [
    z.object({ state: z.literal('verified'), keyid: z.string().nullable() }),
    z.object({ state: z.literal('unsealed') }),
  ]),
})

export const comparedPlatform = z.object({
  platform,
  /** For people: `Kafka with tiered storage`. */
  name: z.string(),
  /** `failed`: runs were begun and none could be judged. */
  status: z.enum(['run', 'not-run', 'failed']),
  /** Why it was not run, or failed; null when it ran. */
  reason: z.string().nullable(),
  /** How to have it run. */
  hint: z.string().nullable(),
  /** null: it did not run. */
  software: platformSoftware.nullable(),
  /** Of what only this platform has, for example `{"kafka":"4.3.1"}`. */
  versions: z.record(z.string(), z.string()),
  /** Over its runs; null when none could be judged. */
  verdict: verdictSchema.nullable(),
  runs: z.array(comparedRun),
})

const verdictCell = z.object({
  verdict: rowVerdict,
  /** Runs whose own row passed, of those that could be judged. */
  passed: z.number(),
  runs: z.number(),
  perRun: z.array(z.object({ run: z.number(), verdict: rowVerdict.nullable() })),
  why: z.string().nullable(),
})
/** One readiness dimension over platforms. */
export const verdictRow = z.object({
  dimension: z.string(),
  title: z.string(),
  failure: z.string(),
  residualRisk: z.string(),
  perPlatform: byPlatform(verdictCell),
})

const gateCell = z.object({
  verdict: checkVerdict,
  median: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  confidence: z.number().nullable(),
  values: z.array(z.number().nullable()),
  verdicts: z.array(checkVerdict),
  why: z.string().nullable(),
})
/** One gate of the drill, or a check that every run has, over platforms. */
export const gateRow = z.object({
  dimension: z.string(),
  gate: z.string(),
  subject: z.string().nullable(),
  outsideOf: z.string().nullable(),
  what: z.string(),
  expected: z.string(),
  unit: z.string(),
  rule: z.enum(['every-run', 'median', 'reported']),
  perPlatform: byPlatform(gateCell),
})

export const measure = z.object({
  dimension: z.string(),
  /** Its name in the CSV: `sustained-recovery`. */
  measure: z.string(),
  /** For people: `until service was good and stayed so`. */
  label: z.string(),
  /** The fault or action that it is about; null for the whole run. */
  subject: z.string().nullable(),
  /** The zone whose clients are left out. */
  outsideOf: z.string().nullable(),
  unit: z.enum(UNITS),
  /** Which way is better for whoever runs the platform. */
  better: z.enum(['less', 'more', 'neither']),
  /** One of the few that a short table shows. */
  key: z.boolean(),
  perPlatform: byPlatform(spread),
})

/** What happened, on the drill's own clock: 0 is the `timeline.started` of each run. */
const band = z.object({
  id: z.string(),
  kind: z.string(),
  role: z.enum(['fault', 'action']),
  summary: z.string(),
  zones: z.array(z.string()),
  fromMs: z.number(),
  /** Healing, or the action's end. */
  toMs: z.number(),
  provenMs: z.number().nullable(),
})
const timeline = z.object({
  platform,
  /** The run that is shown: the one with the median of lost service. */
  run: z.number(),
  dir: z.string(),
  chosen: z.string(),
  bands: z.array(band),
  /** One a second. null is a hole: nobody sampled. */
  points: z.array(
    z.object({
      t: z.number(),
      ackedPerSecond: z.number().nullable(),
      /** Partitions that the clients of some zone could not write. */
      unavailablePartitions: z.number().nullable(),
      p99Ms: z.number().nullable(),
      tailLagSeconds: z.number().nullable(),
    }),
  ),
})
const timelines = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  partitions: z.number(),
  perPlatform: byPlatform(timeline),
})

const replayPhase = z.object({
  phase: z.enum(['before', 'during', 'after']),
  producerP50Ms: spread,
  producerP99Ms: spread,
  tailLagMaxSeconds: spread,
  ackedPerSecond: spread,
})
const replayImpact = z.object({
  /** The id of the replay in the drill. */
  subject: z.string(),
  perPlatform: byPlatform(
    z.object({
      phases: z.array(replayPhase),
      /** Producers' p99 during the replay over before. */
      producerP99Ratio: spread,
      seconds: spread,
      recordsPerSecond: spread,
      bytesPerSecond: spread,
      /** Of the records that the replay read, by where they came from; null where nothing told them apart. */
      coldShare: spread,
    }),
  ),
})

const recoveryBytes = z.object({
  subject: z.string(),
  kind: z.string(),
  summary: z.string(),
  perPlatform: byPlatform(
    z.object({
      gross: spread,
      /** Less what replication moved at the steady rate. */
      net: spread,
      intoHealedZonesNet: spread,
      /** Between brokers and the object store, beyond the steady rate. */
      storeNet: spread,
    }),
  ),
})

const zoneMatrix = z.object({
  zones: z.array(z.string()),
  /** How the bytes were counted, over runs: `exact` only when all were. */
  meter: z.enum(['exact', 'live', 'none']),
  why: z.string().nullable(),
  /** What the platform itself moved: without the tool's own last read, and what is unattributed. */
  cells: z.array(z.object({ from: z.string(), to: z.string(), crosses: z.boolean(), bytes: spread })),
  /** The platform's own over all pairs of different zones. */
  crossed: spread,
  /** The platform's own bytes that crossed zones per byte of records acknowledged. */
  crossedPerIngestedByte: spread,
  /** All of it by cause. `audit` is the tool's own last read; `unattributed` may be anybody's. */
  causes: z.array(z.object({ cause: z.enum(CAUSES), crossed: spread, perIngestedByte: spread })),
  toStore: z.array(z.object({ zone: z.string(), toStoreBytes: spread, fromStoreBytes: spread })),
})

const objectStore = z.object({
  /** Why there is nothing to say, for example that the platform has no object store; null when it was metered. */
  why: z.string().nullable(),
  requests: z.array(z.object({ operation: z.string(), requests: spread })),
  failed: spread,
  toStoreBytes: spread,
  fromStoreBytes: spread,
  storedBytes: spread,
  /** Requests depend on it: a log object is written every so often, however little is in it. */
  ingestBytesPerSecond: spread,
})

const warmUp = z.object({
  platform,
  run: z.number(),
  /** What the drill asked for. */
  askedMs: z.number(),
  /** At full load before the first fault, the proof of the steady state included. */
  loadedMs: z.number().nullable(),
  /** That the steady state was seen before the first fault. */
  steadyMs: z.number().nullable(),
  /** The youngest broker when the first fault began. */
  youngestBrokerMs: z.number().nullable(),
  recordsBefore: z.number().nullable(),
  enough: z.boolean().nullable(),
  why: z.string().nullable(),
})
const fairness = z.object({
  same: z.array(z.object({ what: z.string(), value: z.string() })),
  differs: z.array(
    z.object({
      what: z.string(),
      perPlatform: byPlatform(z.string()),
      /** What it may do to the numbers. */
      matters: z.string(),
    }),
  ),
  /** Where the tool, and not the platform, may have made a number. */
  toolBottlenecks: z.array(
    z.object({ platform, run: z.number(), what: z.string(), value: z.string(), limit: z.string() }),
  ),
  order: z.object({
    rule: z.string(),
    interleaved: z.boolean(),
    runs: z.array(z.object({ platform, run: z.number(), startedAt: z.string() })),
  }),
  warmUp: z.array(warmUp),
})

/** Of nodes and topics, as each run kept it. Runs of one platform that differ in it are refused. */
const configuration = z.object({
  /** Why nothing, or not all, is known of it. */
  why: z.string().nullable(),
  perPlatform: byPlatform(z.object({ sha256: z.string(), settings: z.number() })),
  /** Settings that every platform has with the same value. */
  same: z.number(),
  /** By `server.properties key`, `JVM -Xmx`, `topic telemetry: segment.bytes`; absent: not set, so the default. */
  differs: z.array(z.object({ setting: z.string(), perPlatform: byPlatform(z.string()) })),
})

export const comparison = z.object({
  format: z.literal(1),
  /** Over all platforms that ran; `inconclusive` with fewer than two of them. */
  verdict: verdictSchema,
  /** Why it is not `pass`, one sentence each. */
  reasons: z.array(z.string()),
  drill: z.object({
    drill: z.string(),
    title: z.string(),
    devices: z.number() /** Absent: by each platform’s own quiet baseline. */,
    slowAfterMs: z.number().optional(),
  }),
  drillSha256: z.string(),
  seed: z.string(),
  /** Repeats that were asked for; null when runs were given that existed. */
  asked: z.number().nullable(),
  /** The same for all runs. */
  common: z.object({
    versions: z.record(z.string(), z.string()),
    commit: z.string().nullable(),
    contract: z.string(),
    timeouts: z.enum(['tuned', 'defaults']),
    driver: z.string(),
    zones: z.array(z.string()),
    machine: z.object({
      os: z.string(),
      arch: z.string(),
      cpuModel: z.string(),
      cpus: z.number(),
      memoryBytes: z.number(),
    }),
  }),
  platforms: z.array(comparedPlatform),
  verdicts: z.array(verdictRow),
  gates: z.array(gateRow),
  measures: z.array(measure),
  timelines,
  replayImpact: z.array(replayImpact),
  recoveryBytes: z.array(recoveryBytes),
  zoneMatrix: byPlatform(zoneMatrix),
  cost,
  objectStore: byPlatform(objectStore),
  fairness,
  configuration,
  notRun: z.array(z.object({ platform, name: z.string(), reason: z.string(), hint: z.string().nullable() })),
  /** What this comparison cannot say, one sentence each. */
  limits: z.array(z.string()),
})

export type Spread = z.output<typeof spread>
export type ComparedRun = z.output<typeof comparedRun>
export type ComparedPlatform = z.output<typeof comparedPlatform>
export type VerdictRow = z.output<typeof verdictRow>
export type VerdictCell = z.output<typeof verdictCell>
export type GateRow = z.output<typeof gateRow>
export type GateCell = z.output<typeof gateCell>
export type Measure = z.output<typeof measure>
export type Timelines = z.output<typeof timelines>
export type PlatformTimeline = z.output<typeof timeline>
export type TimelineBand = z.output<typeof band>
export type ReplayImpact = z.output<typeof replayImpact>
export type RecoveryBytesRow = z.output<typeof recoveryBytes>
export type ZoneMatrix = z.output<typeof zoneMatrix>
export type ObjectStoreUse = z.output<typeof objectStore>
export type ComparedCost = z.output<typeof cost>
export type ComparedBill = z.output<typeof bill>
export type ComparedCrossing = z.output<typeof crossing>
export type ComparedBreakEven = z.output<typeof breakEven>
export type ComparedConfiguration = z.output<typeof configuration>
export type Fairness = z.output<typeof fairness>
export type WarmUp = z.output<typeof warmUp>
export type Comparison = z.output<typeof comparison>
