import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { PartitionState } from '../core/partition-state.ts'
import type {
  BrokerMetricsSample,
  CleanerSample,
  ClusterSample,
  ConsumerSample,
  LinkSample,
  LocalLogSample,
  NodeSample,
  ObjectOperationCounts,
  ObjectStoreSample,
} from '../record/samples.ts'
import { isShared } from '../core/platform.ts'
import type { ClusterReading } from '../drivers/driver.ts'
import type { ClosedSegment } from '../drivers/local/closed-segments.ts'
import { cleanedOffsets } from '../drivers/local/cleaner-checkpoint.ts'
import type { LinkMeter } from '../drivers/local/link-meter.ts'
import type { LocalDriver } from '../drivers/local/local-driver.ts'
import { resourceUse } from '../drivers/local/process-table.ts'
import type { StoreUse } from '../drivers/local/s3-proxy/protocol.ts'
import { storeControl } from '../drivers/local/store-control.ts'
import type { StartedFleet } from '../fleet/fleet.ts'
import type { RunConnector } from './connector.ts'
import type { LiveState } from './live-state.ts'
import { machineSampler } from './machine-sampler.ts'
import { Sampler } from './sampler.ts'

export interface SamplerContext {
  readonly runDir: string
  readonly clock: Clock
  readonly live: LiveState
  readonly onFailure: (sampler: string, error: string) => void
}

const CLUSTER_EVERY_MS = 250
const EVERY_MS = 1000
/** A look at a disk walks its folders. */
const DISKS_EVERY_MS = 10_000
const METRICS_TIMEOUT_MS = 800

function sampler(
  context: SamplerContext,
  name: string,
  everyMs: number,
  sample: (t: number, late: AbortSignal) => Promise<object[]> | object[],
): Sampler {
  const { clock, onFailure } = context
  return new Sampler({ name, directory: join(context.runDir, 'samples'), everyMs, clock, onFailure, sample })
}

/** What the brokers, the operating system and the links show, from the start of the run to its end. */
export function environmentSamplers(
  context: SamplerContext,
  driver: LocalDriver,
  meter: LinkMeter | null,
): Sampler[] {
  let known: Record<string, PartitionState> = {}
  const cluster = sampler(context, 'cluster', CLUSTER_EVERY_MS, async (t, late) => {
    const reading = await driver.cluster.describe()
    // What it changed would stand in no line.
    if (late.aborted) return []
    const sample = clusterSample(t, reading, known)
    known = { ...known, ...sample.changes }
    context.live.cluster = sample
    context.live.partitions = reading.answered.length > 0 ? reading.partitions : context.live.partitions
    return [sample]
  })
  let lookedAt = Number.NEGATIVE_INFINITY
  const nodes = sampler(context, 'nodes', EVERY_MS, t => {
    const looks = t - lookedAt >= DISKS_EVERY_MS
    if (looks) lookedAt = t
    return driver.topology.nodes.map(node => nodeSample(t, driver, node.id, looks))
  })
  const links =
    meter &&
    sampler(context, 'links', EVERY_MS, async t => [
      { t, links: await meter.sample(), probes: meter.probeBytes() } satisfies LinkSample,
    ])
  const metrics = sampler(context, 'broker-metrics', driver.lab.nodes.metricsEveryMs, t =>
    brokerMetrics(t, driver),
  )
  const isTiered = driver.lab.supervisor.state.platform.platform === 'kafka-tiered'
  const localLog =
    isTiered && sampler(context, 'local-log', EVERY_MS, async t => [await localLogSample(t, driver, context)])
  const cleaners =
    !isShared(driver.lab.supervisor.state.platform.platform) &&
    sampler(context, 'cleaners', EVERY_MS, t => cleanerSamples(t, driver))
  const store = driver.lab.supervisor.state.store && objectStoreSampler(context, driver)
  const look = machineSampler()
  const machine = sampler(context, 'machine', EVERY_MS, t => [look(t)])
  return [cluster, nodes, machine, metrics, links, localLog, cleaners, store].filter(
    one => one instanceof Sampler,
  )
}

async function localLogSample(
  t: number,
  { cluster, lab }: LocalDriver,
  { live, clock }: SamplerContext,
): Promise<LocalLogSample> {
  const { partitions } = live
  const [starts, uploaded] = await Promise.all([
    cluster.localLogStarts(partitions),
    cluster.uploadedTo(partitions),
  ])
  const closedOf = (partition: string) =>
    lab.nodes.closedSegments?.(partitions[partition]?.leader ?? -1, partition) ?? []
  return { t, starts, uploaded, pendingMs: pendingUploads(uploaded, closedOf, clock.wallMs()) }
}

/** By partition: how old the oldest closed segment is that begins beyond what is in the tier. */
export function pendingUploads(
  uploaded: Readonly<Record<string, number>>,
  closedOf: (partition: string) => readonly ClosedSegment[],
  wallMs: number,
): Record<string, number> {
  const pending: Record<string, number> = {}
  for (const [partition, last] of Object.entries(uploaded)) {
    const oldest = closedOf(partition)
      .filter(({ base }) => base > last)
      .toSorted((a, b) => a.base - b.base)[0]
    if (oldest) pending[partition] = Math.max(0, Math.round(wallMs - oldest.lastWriteWallMs))
  }
  return pending
}

/** From the proxy of each zone, whose counts began with the lab: a run's begin with its first sample. */
function objectStoreSampler(context: SamplerContext, { lab }: LocalDriver): Sampler {
  const control = storeControl(lab.layout.storeControl)
  let first: StoreUse | undefined
  return sampler(context, 'object-store', EVERY_MS, async t => {
    const use = await control.use()
    first ??= use
    return [objectStoreSample(t, use, first)]
  })
}

export function objectStoreSample(t: number, use: StoreUse, first: StoreUse): ObjectStoreSample {
  const since = (zone: string, operation: string, now: ObjectOperationCounts): ObjectOperationCounts => {
    const then = first.zones[zone]?.[operation]
    return {
      requests: now.requests - (then?.requests ?? 0),
      failed: now.failed - (then?.failed ?? 0),
      toStoreBytes: now.toStoreBytes - (then?.toStoreBytes ?? 0),
      fromStoreBytes: now.fromStoreBytes - (then?.fromStoreBytes ?? 0),
    }
  }
  const zones = Object.entries(use.zones).map(([zone, operations]) => {
    const counts = Object.entries(operations).map(([name, now]) => [name, since(zone, name, now)] as const)
    return [zone, Object.fromEntries(counts)] as const
  })
  return { t, zones: Object.fromEntries(zones), storedBytes: use.storedBytes }
}

export function fleetSampler(context: SamplerContext, fleet: StartedFleet): Sampler {
  let last = context.clock.now()
  return sampler(context, 'fleet', EVERY_MS, t => {
    const intervalMs = Math.max(1, Math.round(context.clock.now() - last))
    last = context.clock.now()
    const sample = { t, intervalMs, ...fleet.take() }
    context.live.takeFleet(sample)
    return [sample]
  })
}

export function connectorSampler(context: SamplerContext, connector: RunConnector): Sampler {
  return sampler(context, 'connector', EVERY_MS, async t => [await connector.sample(t)])
}

/** The tail from the start; the recovery consumer only while it reads. */
export function consumerSampler(
  context: SamplerContext,
  sources: () => readonly (() => Promise<Omit<ConsumerSample, 't'>> | Omit<ConsumerSample, 't'>)[],
): Sampler {
  return sampler(context, 'consumers', EVERY_MS, async (t, late) => {
    const samples = await Promise.all(sources().map(async source => ({ t, ...(await source()) })))
    if (late.aborted) return []
    for (const sample of samples) context.live.consumers.set(sample.consumer, sample)
    return samples
  })
}

export function clusterSample(
  t: number,
  reading: ClusterReading,
  known: Readonly<Record<string, PartitionState>>,
): ClusterSample {
  const states = Object.values(reading.partitions)
  const changes = Object.fromEntries(
    Object.entries(reading.partitions).filter(
      ([name, state]) => JSON.stringify(known[name]) !== JSON.stringify(state),
    ),
  )
  return {
    t,
    answered: reading.answered,
    controller: reading.controller,
    underReplicated: states.filter(state => state.isr.length < state.replicas.length).length,
    offline: states.filter(state => state.leader < 0).length,
    ...(Object.keys(changes).length > 0 && { changes }),
  }
}

/** A node that does not answer in time is left out: its silence is a hole, and the coverage shows it. */
async function brokerMetrics(t: number, { lab, topology }: LocalDriver): Promise<BrokerMetricsSample[]> {
  const samples = topology.nodes.map(async ({ id }): Promise<BrokerMetricsSample[]> => {
    try {
      return [{ t, node: id, metrics: await lab.nodes.metrics(id, METRICS_TIMEOUT_MS) }]
    } catch {
      return []
    }
  })
  return (await Promise.all(samples)).flat()
}

/** A disk that cannot be read just now is left out; where none can be, nobody looked. */
function cleanerSamples(t: number, { lab, topology }: LocalDriver): CleanerSample[] {
  const read = topology.nodes.map(node => cleanedOffsets(lab.layout, node.id)).filter(one => one !== null)
  if (read.length === 0) return []
  const cleaned: Record<string, number> = {}
  for (const [partition, offset] of read.flatMap(one => Object.entries(one)))
    cleaned[partition] = Math.max(offset, cleaned[partition] ?? 0)
  return [{ t, cleaned }]
}

function nodeSample(t: number, driver: LocalDriver, node: number, looks: boolean): NodeSample {
  const alive = driver.lab.supervisor.alive('broker', node)
  const use = alive && resourceUse(alive.pid)
  return {
    t,
    node,
    state: alive ? (alive.state === 'stopped' ? 'stopped' : 'running') : 'absent',
    cpuSeconds: use?.cpuSeconds ?? null,
    residentBytes: use?.residentBytes ?? null,
    pssBytes: use?.pssBytes ?? null,
    readBytes: use?.readBytes ?? null,
    diskReadBytes: use?.diskReadBytes ?? null,
    segmentBytes: looks ? segmentBytes(driver, node) : null,
  }
}

/** A disk that is replaced while we look is no reason to lose what else is known of the node. */
function segmentBytes({ lab }: LocalDriver, node: number): number | null {
  try {
    return lab.nodes.look(node).segmentBytes
  } catch {
    return null
  }
}
