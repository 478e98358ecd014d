import { usesSharedStorage } from '../chaos/platforms/index.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { type LoadedTopic, loadedTopics } from './topic-load.ts'

/**
 * The rule by which volumes are sized, so that nobody picks numbers that flatter one platform (docs/adr/0012). A
 * broker's volume is at most 70% full with all that the fleet's topics keep on it: a broker that comes back behind the
 * others writes before it deletes, and what a tier does not take while its store is away has to stay somewhere.
 */
export const MAX_FILL = 0.7
const SMALLEST_GIB = 20
/** What gp3 includes in its price. */
const GP3_IOPS = 3000
const GP3_MIBPS = 125
const GIB = 1024 ** 3
/** Until a segment that is too old is gone: Kafka looks for them each 5 minutes, and deletes them a minute later. */
const LATE_SECONDS = 6 * 60
/**
 * The cluster's own: the log of its metadata (100 MiB and one segment of 1 GiB, Kafka's defaults), offsets of consumers,
 * what Connect and a tier note. They stay well below this.
 */
const OWN_BYTES = 3 * GIB

export interface VolumeSize {
  readonly sizeGiB: number
  readonly iops: number
  readonly throughputMiBps: number
}

/** @returns the volume of one broker, or null where brokers keep nothing. */
export function brokerVolume(
  config: EnvironmentConfig,
  topics: readonly LoadedTopic[] = loadedTopics(config),
): VolumeSize | null {
  if (usesSharedStorage(config.platform)) return null
  const brokers = config.brokers.perZone * 3
  const bytes = OWN_BYTES + sum(topics.map(topic => keptOnFullestBroker(topic, brokers)))
  const neededMiBps = Math.ceil(catchUpMiBps(config, topics))
  return {
    sizeGiB: Math.max(SMALLEST_GIB, Math.ceil(bytes / MAX_FILL / GIB / 10) * 10),
    iops: GP3_IOPS,
    throughputMiBps: Math.max(GP3_MIBPS, neededMiBps),
  }
}

/** Twice the steady rate: a broker that catches up writes the backlog beside what goes on arriving. */
export function catchUpMiBps(
  config: EnvironmentConfig,
  topics: readonly LoadedTopic[] = loadedTopics(config),
): number {
  const written = sum(
    topics.map(({ bytesPerSecond, settings }) => bytesPerSecond * settings.replicationFactor),
  )
  return (written * 2) / (config.brokers.perZone * 3) / 1024 ** 2
}

/**
 * Each of its replicas has its window of records, and one segment more: Kafka deletes a segment when the youngest record
 * in it is too old, and neither deletes nor tiers the open one. A compacted topic counts as if nothing were compacted.
 */
function keptOnFullestBroker({ settings, bytesPerSecond }: LoadedTopic, brokers: number): number {
  const { numPartitions, replicationFactor, configEntries } = settings
  const value = (name: string) => configEntries.find(entry => entry.name === name)?.value
  const isTiered = value('remote.storage.enable') === 'true'
  const windowSeconds = Number(value(isTiered ? 'local.retention.ms' : 'retention.ms')) / 1000
  const perReplica =
    (bytesPerSecond / numPartitions) * (windowSeconds + LATE_SECONDS) + Number(value('segment.bytes'))
  return Math.ceil((numPartitions * replicationFactor) / brokers) * perReplica
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

/** KRaft metadata only: it is small whatever the workload is. */
export const CONTROLLER_VOLUME: VolumeSize = {
  sizeGiB: SMALLEST_GIB,
  iops: GP3_IOPS,
  throughputMiBps: GP3_MIBPS,
}

/**
 * Memory of a broker's JVM by the size of its machine: a quarter for the heap where reads are served from the page cache,
 * which has the rest (Kafka's own start script gives a heap of 1 GiB, whatever the machine). With shared storage
 * there is no page cache to serve from: a third each for the heap and for caches in direct memory.
 */
export function jvmMemory(machineMiB: number, cachesOutside: boolean) {
  if (cachesOutside) {
    const heapMiB = steps(Math.min(6144, machineMiB / 3))
    return { heapMiB, directMiB: heapMiB }
  }
  return { heapMiB: steps(Math.min(6144, machineMiB / 2, Math.max(1024, machineMiB / 4))), directMiB: 256 }
}

/** Half of the machine: a worker of Connect keeps nothing that its page cache would serve. */
export function workerHeapMiB(machineMiB: number): number {
  return steps(Math.min(6144, machineMiB / 2))
}

const steps = (mib: number) => Math.floor(mib / 256) * 256
