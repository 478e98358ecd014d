import type { EnvironmentConfig } from './environment.ts'

/**
 * The rule by which volumes are sized, so that nobody picks numbers that flatter one platform. A broker's
 * volume holds its share of what the cluster must keep locally, in three copies, and is at most 70% full:
 * a broker that comes back behind the others writes before it deletes.
 */
export const MAX_FILL = 0.7
export const COPIES = 3
const SMALLEST_GIB = 20
/** What gp3 includes in its price. */
const GP3_IOPS = 3000
const GP3_MIBPS = 125
const GIB = 1024 ** 3

export interface VolumeSize {
  readonly sizeGiB: number
  readonly iops: number
  readonly throughputMiBps: number
}

/** @returns the volume of one broker, or null where brokers keep nothing. */
export function brokerVolume(config: EnvironmentConfig): VolumeSize | null {
  if (config.platform === 'automq') return null
  const { ingestMBps, retentionHours, localRetentionHours } = config.workload
  const hours = config.platform === 'kafka-tiered' ? localRetentionHours : retentionHours
  const brokers = config.brokers.perZone * 3
  const bytes = (ingestMBps * 1e6 * 3600 * hours * COPIES) / brokers / MAX_FILL
  // Twice the steady rate: a broker that catches up writes the backlog beside what goes on arriving.
  const neededMiBps = Math.ceil((ingestMBps * 1e6 * COPIES * 2) / brokers / 1024 ** 2)
  return {
    sizeGiB: Math.max(SMALLEST_GIB, Math.ceil(bytes / GIB / 10) * 10),
    iops: GP3_IOPS,
    throughputMiBps: Math.max(GP3_MIBPS, neededMiBps),
  }
}

/** KRaft metadata only: it is small whatever the workload is. */
export const CONTROLLER_VOLUME: VolumeSize = {
  sizeGiB: SMALLEST_GIB,
  iops: GP3_IOPS,
  throughputMiBps: GP3_MIBPS,
}

/**
 * Memory of a JVM by the size of its machine: half for the heap of a broker that serves reads from the page
 * cache, at most 6 GiB; AutoMQ also keeps its caches outside the heap, in direct memory.
 */
export function jvmMemory(machineMiB: number, platform: EnvironmentConfig['platform']) {
  const heapMiB = Math.min(6144, Math.floor(machineMiB / (platform === 'automq' ? 3 : 2) / 256) * 256)
  return { heapMiB, directMiB: platform === 'automq' ? heapMiB : 256 }
}

const MEMORY_GIB_PER_SIZE: Readonly<Record<string, number>> = {
  nano: 0.5,
  micro: 1,
  small: 2,
  medium: 4,
  large: 8,
  xlarge: 16,
  '2xlarge': 32,
  '4xlarge': 64,
}

/** Memory of the general-purpose (t, m), memory (r) and compute (c) families. @throws RangeError for others. */
export function instanceMemoryMiB(instanceType: string): number {
  const [family = '', size = ''] = instanceType.split('.')
  const general = MEMORY_GIB_PER_SIZE[size]
  const factor = { t: 1, m: 1, r: 2, c: 0.5 }[family[0] ?? '']
  if (general === undefined || factor === undefined)
    throw new RangeError(`the memory of ${instanceType} is not known; use a t, m, r or c type up to 4xlarge`)
  return general * factor * 1024
}
