import type { EnvironmentConfig } from './environment-schema.ts'
import { DEVICE_LOAD } from './topic-load.ts'

/**
 * What a shard of the fleet needs to keep its histories. They grow until it is stopped; then it has a minute to store
 * them (chaos/run/shard-outlet.ts), and its machine goes with what it could not.
 */
export interface ShardDisk {
  readonly sizeGiB: number
  readonly bytesPerHour: number
  /** How long the disk lasts. */
  readonly hoursOnDisk: number
  /** What is older cannot be stored any more, at the speed of the disk, which is the best that there may be. */
  readonly hoursStored: number
}

/** Measured at 1,200 records a second (lib/assets/README.md). */
const HISTORY_BYTES_PER_RECORD = 27
const GIB = 1024 ** 3
/** Of the machine itself: the size that Amazon Linux 2023's image asks for. */
const SYSTEM_BYTES = 8 * GIB
const SMALLEST_GIB = 20
/** The most that a task of Fargate gets. */
const LARGEST_TASK_GIB = 200
/** gp3's own, without paying for more; for a minute. */
const STORED_BYTES = 60 * 125 * 1024 ** 2

/** A day's histories fit a disk where a day's records are there to compare them with: the rule is `retentionHours`. */
export function shardDisk({ fleet, workload }: EnvironmentConfig): ShardDisk {
  const perSecond = Object.values(DEVICE_LOAD).reduce(
    (sum, { recordsPerSecond }) => sum + recordsPerSecond,
    0,
  )
  const bytesPerHour = fleet.devicesPerShard * perSecond * HISTORY_BYTES_PER_RECORD * 3600
  const needed = SYSTEM_BYTES + bytesPerHour * workload.retentionHours
  const sizeGiB = Math.max(SMALLEST_GIB, Math.ceil(needed / GIB / 10) * 10)
  const hoursOnDisk = (sizeGiB * GIB - SYSTEM_BYTES) / bytesPerHour
  return { sizeGiB, bytesPerHour, hoursOnDisk, hoursStored: STORED_BYTES / bytesPerHour }
}

/** What is wrong with shards so large that their histories cannot be kept, or not even those of an hour be stored. */
export function shardProblem(config: EnvironmentConfig): string | null {
  const { fleet, workload } = config
  const { sizeGiB, hoursStored } = shardDisk(config)
  if (hoursStored < 1) {
    const most = Math.floor(fleet.devicesPerShard * hoursStored)
    return `a shard has a minute to store its histories, which is an hour's of at most ${most} devices; expected fewer devices, or more shardsPerZone`
  }
  if (fleet.host === 'ec2' || sizeGiB <= LARGEST_TASK_GIB) return null
  return `histories of ${workload.retentionHours} h need a disk of ${sizeGiB} GiB, and a task has at most ${LARGEST_TASK_GIB}; expected fewer devices, or more shardsPerZone`
}

/** For those who start the fleet and go away. */
export function lastsAsLong({ sizeGiB, bytesPerHour, hoursOnDisk, hoursStored }: ShardDisk): string {
  return (
    `each shard writes ${(bytesPerHour / 1e9).toFixed(2)} GB of histories an hour; ` +
    `stop it within ${Math.floor(Math.min(hoursStored, hoursOnDisk))} h, or it cannot store them all ` +
    `(its disk of ${sizeGiB} GiB is full after ${Math.floor(hoursOnDisk)} h)`
  )
}
