import {
  PLATFORMS,
  PLATFORM_NAMES,
  type PlatformName,
  usesSharedStorage,
  usesTieredStorage,
} from '../chaos/platforms/index.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import type { Path } from './environment-source.ts'
import { fleetLoad } from './fleet-load.ts'
import { shardProblem } from './shard-disk.ts'
import { brokerVolume, catchUpMiBps } from './sizing.ts'
import { diskBaselineMiBps, instanceMemoryMiB } from './instance-memory.ts'

type Problem = [path: Path, expectation: string]

/**
 * What no single key of an environment can tell.
 * @param today as in the file, `2027-06-30`; without it, an environment that has expired is none the worse: it must be
 *   possible to remove it.
 */
export function inconsistencies(config: EnvironmentConfig, name: string, today?: string): Problem[] {
  const { platform, workload: load } = config
  const only = (key: 'zoneRouter' | 'tierPlugin', takesIt: (name: PlatformName) => boolean): Problem[] =>
    when(
      config[key] !== undefined && !takesIt(platform),
      [key],
      `expected only with platform: ${PLATFORM_NAMES.filter(takesIt).join(', ')}`,
    )
  const needed = (key: 'controllers' | 'tierPlugin', isNeeded: boolean): Problem[] =>
    when(config[key] === undefined && isNeeded, [key], `expected with platform: ${platform}`)
  return [
    ...when(config.environment !== name, ['environment'], `expected ${name}, the name of the file`),
    ...when(
      today !== undefined && config.expires < today,
      ['expires'],
      `${config.expires} has passed; expected a day from ${today} on`,
    ),
    ...zoneProblems(config),
    ...only('zoneRouter', hasRouter),
    ...only('tierPlugin', usesTieredStorage),
    ...needed('tierPlugin', usesTieredStorage(platform)),
    ...needed('controllers', usesSharedStorage(platform)),
    ...when(
      load.localRetentionHours > load.retentionHours,
      ['workload', 'localRetentionHours'],
      'expected at most retentionHours',
    ),
    ...when(
      config.security !== 'sasl-scram' && config.tls !== undefined,
      ['tls'],
      'expected only with security: sasl-scram',
    ),
    ...fargateProblems(config.fleet, config.network.nat),
    ...fleetProblems(config),
    ...orElse(sizeProblems(config), () => shardProblems(config)),
  ]
}

/** Whether a variant of it sends clients to brokers of their own zone. */
function hasRouter(name: PlatformName): boolean {
  return PLATFORMS.some(({ variantOf, routesByZone }) => variantOf === name && routesByZone)
}

function when(isWrong: boolean, path: Path, expectation: string): Problem[] {
  return isWrong ? [[path, expectation]] : []
}

function zoneProblems({ zones, region }: EnvironmentConfig): Problem[] {
  // A letter after the region: what AWS calls the zones of every account alike, though it means others by it.
  const isZone = (zone: string) => zone.startsWith(region) && /^[a-f]$/.test(zone.slice(region.length))
  return [
    ...when(new Set(Object.values(zones)).size < 3, ['zones'], 'expected three different zones'),
    ...Object.entries(zones).flatMap(([key, zone]) =>
      when(!isZone(zone), ['zones', key], `expected a zone of ${region}`),
    ),
  ]
}

const PRIVATE_IMAGE = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\//

/** Whether an image comes from a private registry of the account, which endpoints can reach without NAT. */
export function isPrivateImage(image: string | undefined): boolean {
  return image !== undefined && PRIVATE_IMAGE.test(image)
}

function fargateProblems(shards: EnvironmentConfig['fleet'], nat: string): Problem[] {
  const path = ['fleet', 'image']
  if (shards.host === 'ec2') return when(shards.image !== undefined, path, 'expected only with host: fargate')
  if (shards.image === undefined) return [[path, 'expected with host: fargate']]
  return when(
    nat === 'none' && !isPrivateImage(shards.image),
    path,
    'expected an image in a private registry of the account (ECR), or network.nat: clients; without either a task cannot pull it',
  )
}

/** One complaint about a number is enough. */
function orElse(problems: Problem[], more: () => Problem[]): Problem[] {
  return problems.length > 0 ? problems : more()
}

function shardProblems(config: EnvironmentConfig): Problem[] {
  const problem = shardProblem(config)
  return problem === null ? [] : [[['fleet', 'devicesPerShard'], problem]]
}

/** Half of it is the heap of a JVM, and Kafka's own start script gives a broker 1 GiB. */
const LEAST_MEMORY_MIB = 2048
/** What gp3 gives for each of its IOPS, in MiB/s; more is refused when the volume is made (the CDK has the same rule). */
const MIBPS_PER_IOPS = 0.25

function sizeProblems(config: EnvironmentConfig): Problem[] {
  const machines = { brokers: config.brokers, controllers: config.controllers, connect: config.connect }
  const tooSmall = Object.entries(machines).flatMap(([key, machine]) =>
    when(
      machine !== undefined && instanceMemoryMiB(machine.instanceType) < LEAST_MEMORY_MIB,
      [key, 'instanceType'],
      `${machine?.instanceType} has less than ${LEAST_MEMORY_MIB} MiB of memory; expected t4g.small or larger`,
    ),
  )
  const volume = tooSmall.length === 0 ? brokerVolume(config) : null
  if (!volume) return tooSmall
  const most = volume.iops * MIBPS_PER_IOPS
  const { instanceType } = config.brokers
  const needed = catchUpMiBps(config)
  const baseline = diskBaselineMiBps(instanceType) ?? needed
  const disk = when(
    volume.throughputMiBps > most,
    ['fleet', 'devicesPerShard'],
    `a broker's volume would need ${volume.throughputMiBps} MiB/s, and gp3 gives ${most} for ${volume.iops} IOPS; expected fewer devices, or more brokers.perZone`,
  )
  return orElse(disk, () =>
    when(
      needed > baseline,
      ['brokers', 'instanceType'],
      `a broker that catches up writes ${Math.ceil(needed)} MiB/s with workload.load: ${config.workload.load}, and ${instanceType} has ${Math.floor(baseline)} MiB/s for its disks at length; expected a larger one, or more brokers.perZone`,
    ),
  )
}

/** Each shard is ten resources with logins, and a stack has at most 500. */
const MOST_SHARDS = 16

function fleetProblems(config: EnvironmentConfig): Problem[] {
  const { shardsPerZone } = fleetLoad(config)
  return when(
    shardsPerZone > MOST_SHARDS,
    ['fleet', 'shardsPerZone'],
    `workload.load: ${config.workload.load} makes them ${shardsPerZone} a zone; expected at most ${MOST_SHARDS}`,
  )
}
