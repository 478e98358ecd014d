import type { Drill, TimelineEntry } from '../core/drill.ts'
import { type PlatformName, platformOf, replicates } from '../platforms/index.ts'
import { secondRegion } from '../platforms/second-region.ts'

/** How long the parts of a run take, and what it uses, before it is run: orders of magnitude, measured on two cores. */
export interface Expectations {
  /** Until the timeline begins: a lab, its topics and clients, warm-up, steady state. */
  readonly beforeMs: number
  /** From its first to its last entry, with what an open one needs. */
  readonly timelineMs: number
  /** Settling, steady state again, drain, the last read. */
  readonly afterMs: number
  /** Ending everything and judging. */
  readonly endMs: number
  readonly totalMs: number
  /** Of all processes together, at most. */
  readonly memoryBytes: number
  /** What the lab keeps while it lives. */
  readonly labBytes: number
  /** What stays in the run's folder. */
  readonly evidenceBytes: number
}

const CONNECTOR_BYTES = 0.5e9
/** 205 to 306 MB, and what a database of 32 MB of buffers takes with its sessions. */
const WORKER_BYTES = 0.35e9
const DATABASE_BYTES = 0.1e9
/** An instance of the stateful processor: its heap, RocksDB and the library's code: 170 MB after two minutes. */
const INSTANCE_BYTES = 0.25e9
const CLIENTS_MS = 3000
/** A replay and a fault's proof and healing take longer than what is written: a few seconds in a quiet lab. */
const REPLAY_MS = 6000
const HEAL_MS = 2000
const END_MS = 15_000
/** A record's batch and offsets beside its payload, on each copy's disk. */
const RECORD_OVERHEAD_BYTES = 60
/** In the histories of its send and of those who read it: the default drill keeps 40 MB of 480,000 records. */
const EVIDENCE_BYTES_PER_RECORD = 80
/** Samples, logs, configuration and the report of a run of minutes. */
const EVIDENCE_LEAST_BYTES = 2_200_000

export function expectationsOf(drill: Drill, platform: PlatformName): Expectations {
  const { expected, failoverAgeMs } = platformOf(platform)
  const labMs = expected.readyMs
  const steadyMs = Math.max(...drill.steadyState.map(condition => condition.forSeconds * 1000))
  const second = drill.regions && secondRegion(drill.regions, platform)
  const ready = labMs + (second?.readyMs ?? 0) + CLIENTS_MS + drill.warmUpMs + steadyMs
  // A timeline with faults waits until the brokers are old enough to be failed over at once.
  const waits = failoverAgeMs > 0 && drill.timeline.some(entry => entry.role === 'fault')
  const beforeMs = waits ? Math.max(ready, labMs / 2 + failoverAgeMs) : ready
  const timelineMs = Math.max(...drill.timeline.map(endOf))
  const afterMs = drill.settleMs + steadyMs + CLIENTS_MS
  const loadMs = beforeMs - labMs + timelineMs + drill.settleMs + steadyMs
  const records = recordsPerSecond(drill) * (loadMs / 1000)
  const copies = !replicates(platform)
    ? 1
    : Math.max(...Object.values(drill.contract.topics).map(topic => topic.replicas))
  const recordBytes = drill.fleet.telemetry.payloadBytes + RECORD_OVERHEAD_BYTES
  return {
    beforeMs,
    timelineMs,
    afterMs,
    endMs: END_MS,
    totalMs: beforeMs + timelineMs + afterMs + END_MS,
    memoryBytes:
      expected.memoryBytes + connectBytes(drill) + processorBytes(drill) + (second?.memoryBytes ?? 0),
    labBytes: records * recordBytes * copies,
    evidenceBytes: EVIDENCE_LEAST_BYTES + records * EVIDENCE_BYTES_PER_RECORD,
  }
}

function connectBytes({ connector, connectors }: Drill): number {
  if (connector) return CONNECTOR_BYTES
  return connectors ? connectors.zones.length * WORKER_BYTES + DATABASE_BYTES : 0
}

function processorBytes({ processor }: Drill): number {
  if (!processor) return 0
  return processor.zones.length * INSTANCE_BYTES + (processor.writer ? DATABASE_BYTES : 0)
}

/** When an entry that begins as written is over, as far as that is known. */
function endOf(entry: TimelineEntry): number {
  if (entry.role === 'action') return entry.atMs + REPLAY_MS
  return entry.atMs + (entry.forMs ?? 0) + HEAL_MS
}

export function recordsPerSecond({ fleet }: Drill): number {
  const { telemetry, stateChangeEveryMs, commandEveryMs, operationEveryMs, integrationEveryMs } = fleet
  const each = [
    telemetry.intervalMs,
    stateChangeEveryMs,
    commandEveryMs,
    operationEveryMs,
    integrationEveryMs,
  ]
  return fleet.devices * each.reduce((sum, everyMs) => sum + 1000 / everyMs, 0)
}
