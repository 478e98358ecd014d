import { join } from 'node:path'
import { z } from 'zod'
import { observation } from '../core/observation.ts'
import { verdictSchema } from '../core/verdict.ts'
import { faultMet } from './fault-met.ts'
import { machinePressure } from './machine-pressure.ts'
import { errorMeasurement } from './error-measurement.ts'
import { replayLimit, toolMeasurement } from './tool-measurement.ts'
import { answer, estimated, measured, outage } from './measured.ts'
import { operatorStep } from './operator-step.ts'
import { platformBehaviour } from './platform-behaviour.ts'
import { regionMeasurement } from './region-measurement.ts'
import { serviceMeasurement } from './service-measurement.ts'
import { governanceMeasurement } from './governance-measurement.ts'
import { stormMeasurement } from './storm-measurement.ts'
import { processorMeasurement } from './processor-measurement.ts'
import { sinkMeasurement } from './sink-measurement.ts'
import { sourceMeasurement } from './source-measurement.ts'
import { upgradeMeasurement } from './upgrade-measurement.ts'
import { readJson, writeDocument } from './bounded-files.ts'

/**
 * `measurements.json`: every number that gates judge and reports show, each with where it comes from.
 * A number that could not be measured is null with the reason, never a zero. Times are milliseconds since
 * the run's zero, durations milliseconds, sizes bytes.
 */

/** `margin`: the ratio up to which (above 1) or down to which (below 1) it counts as being back. */
const returned = z.object({ ...estimated.shape, margin: z.number(), answer })

const span = z.object({ fromMs: z.number(), toMs: z.number() })
const partitionRecovery = z.object({
  partition: z.string(),
  firstSuccessMs: z.number().nullable(),
  sustainedMs: z.number().nullable(),
  /** Since the fault was intended; in the partition's worst case: for the clients of some zone. */
  unavailableMs: z.number(),
})
export const recovery = z.object({
  /** The worst partition: first acknowledgement of a send that began after the proven effect. */
  firstSuccessMs: measured,
  /** From the proven effect until every record is acknowledged in time and that stays so until the window ends. */
  sustainedMs: measured,
  /** Until the last attempt that failed or has an unknown outcome, also where a retry was in time. */
  lastErrorMs: measured,
  /** Sum for the worst partition since the fault was intended. */
  unavailableMs: measured,
  /** Partitions that no client tried to write after the effect: nothing is known of them. */
  untried: z.array(z.string()),
  partitions: z.array(partitionRecovery),
})

const byteFlow = z.object({
  link: z.string(),
  toNode: z.number().nullable(),
  back: z.number().nullable(),
})
export const recoveryBytes = z.object({
  gross: measured,
  /** Less what replication moved at the steady rate before the first fault, over the same time. */
  net: measured,
  intoHealedZones: measured,
  intoHealedZonesNet: measured,
  /** Between brokers and the object store from the injection on, beyond the steady rate. Absent in measurements of before it was metered. */
  storeNet: measured.optional(),
  /** The span between the samples that enclose healing and the return to full sync. */
  measuredOver: span.nullable(),
  steadyBytesPerSecond: measured,
})
export const peaks = z.object({
  deviceConnectsPerSecond: measured,
  brokerConnectsPerSecond: measured,
  sendsPerSecond: measured,
  /** How late the load generator itself was, at worst. */
  loopDelayMs: measured,
})

export const faultMeasurement = z.object({
  id: z.string(),
  kind: z.string(),
  /** What was done, in words, and the row that it exercises. Absent in measurements of before faults said it. */
  deed: z.string().optional(),
  dimension: z.string().optional(),
  summary: z.string(),
  zones: z.array(z.string()),
  nodes: z.array(z.number()),
  intendedAt: z.number().nullable(),
  injectedAt: z.number().nullable(),
  provenAt: z.number().nullable(),
  healedAt: z.number().nullable(),
  healProvenAt: z.number().nullable(),
  windowEndsAt: z.number().nullable(),
  /** Why the effect, or the healing, was not proven; null when it was. */
  unproven: z.string().nullable(),
  healUnproven: z.string().nullable(),
  /** Absent in measurements of before it was kept. */
  baseline: z.array(observation).optional(),
  effect: z.array(observation),
  healing: z.array(observation),
  /** Absent where it is not asked, and in measurements of before it was. */
  met: faultMet.optional(),
  journal: z.record(z.string(), z.number()),
  everyone: recovery,
  outsideOf: z.record(z.string(), recovery),
  leaderMoves: measured,
  partitionsMoved: measured,
  inSyncMs: measured,
  peakUnderReplicated: measured,
  recoveryBytes,
  /** From the proven effect to the end of its window. */
  producerP99Ms: measured.optional(),
  /** Once it was healed and service was good again: were devices served as before the first fault? */
  returned: z.object({
    span: span.nullable(),
    p50Ms: returned,
    p99Ms: returned,
    ackedPerSecond: returned,
  }),
  windowBytes: z.array(byteFlow),
  peaks,
  storm: stormMeasurement.optional(),
})

const summary = z.object({
  batches: z.number(),
  /** Never acknowledged; they count with their age in the end. Absent when only acknowledgements were counted. */
  undelivered: z.number().optional(),
  /** The true p99 is longer: it is that of one that still waited. */
  p99IsAtLeast: z.boolean().optional(),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
})
export const replayPhase = z.object({
  phase: z.enum(['before', 'during', 'after']),
  span: span.nullable(),
  producer: summary,
  /** The tail consumer's age of the oldest unread record, in seconds. */
  tailLagMaxSeconds: measured,
  tailLagMedianSeconds: measured,
  ackedPerSecond: measured,
})
/** A phase against the one before the first fault: a ratio, or a difference in the unit of `what`. */
const phaseComparison = z.object({
  what: z.enum(['producer-p50-ms', 'producer-p99-ms', 'acked-per-second', 'tail-lag-seconds']),
  kind: z.enum(['ratio', 'difference']),
  phase: z.enum(['during', 'after']),
  estimate: estimated,
})
export const replayPartition = z.object({
  partition: z.string(),
  /** Where it began. */
  oldest: z.number().nullable(),
  /** The low watermark then. Absent or null: where it began. */
  oldestAvailable: z.number().nullish(),
  /** Of offsets that were asked for by number: those that were gone before it began; `to` is exclusive. */
  gone: z.object({ from: z.number(), to: z.number() }).nullish(),
  end: z.number().nullable(),
  oldestRequired: z.number().nullable(),
  margin: z.number().nullable(),
  records: z.number().nullable(),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  storedSha256: z.string().nullable(),
  /** Offsets that the reader went beyond without having been given them; `to` is exclusive. Absent or null: not told. */
  unread: z.array(z.object({ from: z.number(), to: z.number() })).nullish(),
  /** Transaction markers and records of aborted transactions; offsets that answers passed over. */
  markers: z.number().nullish(),
  holes: z.number().nullish(),
  storedRecords: z.number().nullish(),
  /** Of a replay by time: records that bear a time of its window, and those among them that bear another. */
  window: z.object({ inside: z.number(), before: z.number(), after: z.number() }).nullish(),
})
/** Records by where brokers read them, and what the object store gave out meanwhile. */
const replaySources = z.object({
  /** From the tier. */
  coldRecords: measured,
  /** From the broker's own disk or memory. */
  hotRecords: measured,
  /** Between two samples of where the local log began: one or the other. */
  eitherRecords: measured,
  fromStoreBytes: measured,
  /** On a shared platform: what its nodes took from the store meanwhile, by their own counters. Absent before. */
  nodesFromStoreBytes: measured.optional(),
  /** There, bytes are all that is told apart: no more of the replay was cold than was taken, the rest was in memory. */
  coldBytesAtMost: measured.optional(),
  hotBytesAtLeast: measured.optional(),
})
export const replayMeasurement = z.object({
  id: z.string(),
  startedAt: z.number(),
  finishedAt: z.number().nullable(),
  ok: z.boolean().nullable(),
  /** What it was to read, in words; null: all that there is. Absent in measurements of before it was kept. */
  what: z.string().nullable().optional(),
  /** Where brokers ask who reads: who needed no approval, having a standing right to read. */
  readAs: z.string().optional(),
  /** What it said before it began, as in the journal. Absent in measurements of before it was kept. */
  stated: z
    .object({
      records: z.number().nullable(),
      gone: z.number().nullable(),
      bytes: z.number().nullable(),
      expectedSeconds: z.number().nullable(),
      expectedBy: z.enum(['limit', 'reader']),
      marginMs: z.number().nullable(),
      unreported: z.string().nullable(),
    })
    .optional(),
  partitions: z.array(replayPartition),
  worstMargin: measured,
  incompleteRecords: measured,
  /** Partitions whose checksum was compared with what is stored, and how many of them agree. */
  checksums: z.object({ compared: z.number(), equal: z.number(), partitions: z.number() }),
  seconds: measured,
  /** The longest time in which it was given nothing. Absent in measurements of before it was kept. */
  longestStallSeconds: measured.optional(),
  records: measured,
  bytes: measured,
  recordsPerSecond: measured,
  bytesPerSecond: measured,
  /** Absent in measurements of before tiers were metered. */
  sources: replaySources.optional(),
  /** Who decided how long it took. Absent in measurements of before its reader was sampled. */
  limit: replayLimit.optional(),
  producerP99Ratio: measured,
  tailLagSeconds: measured,
  phases: z.array(replayPhase),
  comparisons: z.array(phaseComparison),
})

export const phase = z.object({
  name: z.string(),
  fromMs: z.number(),
  toMs: z.number(),
  links: z.array(byteFlow),
})
export const trouble = z.object({
  what: z.string(),
  detail: z.string(),
  file: z.string(),
  /** `untrusted`: no number holds. `partial`: what was seen holds, more may be missing. `noted`: no number rests on it alone. */
  effect: z.enum(['untrusted', 'partial', 'noted']),
  gates: z.array(z.string()),
})
const matrixCell = z.object({
  from: z.string(),
  to: z.string(),
  listener: z.string(),
  bytes: z.number().nullable(),
})

export const measurements = z.object({
  format: z.literal(1),
  run: z.string(),
  drill: z.string(),
  slowAfterMs: z.number(),
  /** Where that comes from, and why a failure by it would say nothing, if so. Absent when it was always the drill's. */
  slow: z
    .object({
      ms: z.number(),
      source: z.enum(['drill', 'baseline', 'floor', 'cap']),
      /** Of the quiet part before the first fault. */
      baselineP99Ms: z.number().nullable(),
      doubt: z.string().nullable(),
    })
    .optional(),
  steady: span.nullable(),
  endsAt: z.number().nullable(),
  faults: z.array(faultMeasurement),
  replays: z.array(replayMeasurement),
  /** null: not sampled; absent in measurements of version 0.1.0. */
  machine: machinePressure.nullable().optional(),
  /** What of the tool was in the way; null: not sampled, absent in measurements of before it was. */
  /** What sends ended with that were not acknowledged; absent in older runs. */
  errors: z.array(errorMeasurement).optional(),
  tool: toolMeasurement.nullable().optional(),
  /** What people or scripts had to do; absent in measurements of version 0.1.0. */
  operatorSteps: z.array(operatorStep).optional(),
  /** Replays that needed an approval; absent where there were none. */
  governance: z.array(governanceMeasurement).optional(),
  outages: z.array(outage),
  /** Unavailability that began only after healing, or while a replay ran; `pauses` are shorter than an outage. */
  secondOutage: z.object({
    answer: z.enum(['no', 'yes', 'unknown']),
    why: z.string().nullable(),
    cases: z.array(z.object({ after: z.string(), ...outage.shape })),
    pauses: z.array(z.object({ after: z.string(), ...outage.shape })),
    longestMs: z.number(),
  }),
  /** Absent in measurements of before it was looked at. */
  service: serviceMeasurement.optional(),
  phases: z.array(phase),
  platform: platformBehaviour.optional(),
  /** Where closed segments go to a tier: the greatest age of one that was not there yet. Absent before it was watched. */
  tierUploadAgeSeconds: measured.optional(),
  /** Where the drill has sources from a database. */
  sources: z.array(sourceMeasurement).optional(),
  /** Where the drill has sinks into a database. */
  sinks: z.array(sinkMeasurement).optional(),
  /** Where the drill has a stateful processor. */
  processor: processorMeasurement.optional(),
  /** Where the drill has two regions. */
  regions: regionMeasurement.optional(),
  /** Where the drill upgrades. */
  upgrade: upgradeMeasurement.optional(),
  /** Which signals a recovery needs were there: the share of samples that came, by phase; null: not exercised. */
  observability: z.array(
    z.object({
      signal: z.string(),
      file: z.string(),
      phases: z.array(
        z.object({ name: z.string(), share: z.number().nullable(), longestGapMs: z.number().nullable() }),
      ),
    }),
  ),
  matrix: z.object({
    meter: z.enum(['exact', 'live', 'none']),
    why: z.string().nullable(),
    cells: z.array(matrixCell),
  }),
  fleet: z.object({
    devices: z.number(),
    gateways: z.number(),
    due: measured,
    acked: measured,
    failed: measured,
    unknown: measured,
    dropped: measured,
    /** Absent in measurements from before it was looked at. */
    refused: measured.optional(),
    ackedPerSecond: measured,
    steadyP50Ms: measured,
    steadyP99Ms: measured,
    /** From the steady state to the end of the load, what never was acknowledged included. */
    producerP99Ms: measured.optional(),
    peaks,
    loopDelayMs: measured,
    /** The load generator was late by more than 200 ms at some time: its own delays are in the numbers. */
    toolIsBottleneck: z.boolean().nullable(),
    nodes: z.array(
      z.object({ node: z.number(), zone: z.string(), cpuSeconds: measured, peakResidentBytes: measured }),
    ),
  }),
  steadyState: z.array(
    z.object({
      when: z.enum(['before', 'after']),
      at: z.number(),
      verdict: verdictSchema,
      line: z.number(),
      /** Partitions that could not be written while the probes are said to have held. */
      unserved: z.array(z.string()).optional(),
      probes: z.array(
        z.object({
          probe: z.string(),
          value: z.number().nullable(),
          holds: verdictSchema,
          expected: z.string(),
          limit: z.number().exactOptional(),
        }),
      ),
    }),
  ),
  evidence: z.object({
    journalLines: z.number(),
    journalHead: z.string(),
    shards: z.array(z.object({ file: z.string(), role: z.string(), lines: z.number(), whole: z.boolean() })),
    outcome: z.string().nullable(),
    troubles: z.array(trouble),
  }),
})

export type PhaseComparison = z.output<typeof phaseComparison>
export type Recovery = z.output<typeof recovery>
export type RecoveryBytes = z.output<typeof recoveryBytes>
export type FaultMeasurement = z.output<typeof faultMeasurement>
export type ReplayMeasurement = z.output<typeof replayMeasurement>
export type ReplaySources = z.output<typeof replaySources>
export type ReplayPhase = z.output<typeof replayPhase>
export type Phase = z.output<typeof phase>
export type ByteFlow = z.output<typeof byteFlow>
export type Peaks = z.output<typeof peaks>
export type Trouble = z.output<typeof trouble>
export type Measurements = z.output<typeof measurements>

export const MEASUREMENTS_FILE = 'measurements.json'

/** null when there is none. @throws AftershockError `input`, naming the file and the key, when it does not fit */
export function readMeasurements(runDir: string): Measurements | null {
  return readJson(join(runDir, MEASUREMENTS_FILE), measurements)
}

export function writeMeasurements(runDir: string, value: Measurements): void {
  writeDocument(join(runDir, MEASUREMENTS_FILE), value)
}
