import type { Clock } from '../../../core/clock.ts'
import { usesSharedStorage, usesTieredStorage } from '../../../platforms/index.ts'
import type {
  BrokerMetricsSample,
  CleanerSample,
  LinkSample,
  LocalLogSample,
  NodeSample,
  ObjectOperationCounts,
  ObjectStoreSample,
} from '../../../record/samples.ts'
import type { PartitionState } from '../../../core/partition-state.ts'
import { resourceUse } from '../../../machine/process-table.ts'
import type { Meter } from '../../environment.ts'
import { cleanedOffsets } from '../nodes/cleaner-checkpoint.ts'
import type { ClosedSegment } from '../nodes/closed-segments.ts'
import type { LinkMeter } from '../../link-meter.ts'
import type { LocalDriver } from '../local-driver.ts'
import type { StoreUse } from '../store/s3-proxy/protocol.ts'
import { storeControl } from '../store/store-control.ts'

const EVERY_MS = 1000
/** A look at a disk walks its folders. */
const DISKS_EVERY_MS = 10_000
const METRICS_TIMEOUT_MS = 800

/** What the operating system, the links, the brokers' own metrics and the store show, for as long as a run lasts. */
export function labMeters(driver: LocalDriver, links: LinkMeter | null, clock: Clock): Meter[] {
  const { supervisor, nodes } = driver.lab
  const { platform, store } = supervisor.state
  const everySecond = (name: string, sample: Meter['sample']): Meter => ({ name, everyMs: EVERY_MS, sample })
  return [
    everySecond('nodes', nodeSamples(driver)),
    {
      name: 'broker-metrics',
      everyMs: nodes.metricsEveryMs,
      sample: t => brokerMetrics(t, driver),
    },
    ...(links ? [everySecond('links', async t => [await linkSample(t, links)])] : []),
    ...(usesTieredStorage(platform.platform)
      ? [
          everySecond('local-log', async (t, partitions) => [
            await localLogSample(t, driver, partitions, clock),
          ]),
        ]
      : []),
    ...(usesSharedStorage(platform.platform)
      ? []
      : [everySecond('cleaners', t => cleanerSamples(t, driver))]),
    ...(store ? [everySecond('object-store', objectStoreSamples(driver))] : []),
  ]
}

function nodeSamples(driver: LocalDriver): Meter['sample'] {
  let lookedAt = Number.NEGATIVE_INFINITY
  return t => {
    const looks = t - lookedAt >= DISKS_EVERY_MS
    if (looks) lookedAt = t
    return driver.topology.nodes.map(node => nodeSample(t, driver, node.id, looks))
  }
}

async function linkSample(t: number, meter: LinkMeter): Promise<LinkSample> {
  return { t, links: await meter.sample(), probes: meter.probeBytes() }
}

async function localLogSample(
  t: number,
  { cluster, lab }: LocalDriver,
  partitions: Readonly<Record<string, PartitionState>>,
  clock: Clock,
): Promise<LocalLogSample> {
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
function objectStoreSamples({ lab }: LocalDriver): Meter['sample'] {
  const control = storeControl(lab.layout.storeControl)
  let first: StoreUse | undefined
  return async t => {
    const use = await control.use()
    first ??= use
    return [objectStoreSample(t, use, first)]
  }
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
