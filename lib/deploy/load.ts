import type { ClassLoad, EnvironmentLoad } from '../../chaos/platforms/environment-load.ts'
import { platformOf } from '../../chaos/platforms/index.ts'
import { platformIn } from '../environment.ts'
import type { EnvironmentConfig } from '../environment-schema.ts'
import { fleetLoad } from '../fleet-load.ts'
import { FLEET_METRICS } from '../observability-stack.ts'
import { type LoadedTopic, loadedTopics, SEGMENT_BYTES } from '../topic-load.ts'

const ZONES = 3

/** Worked out from the environment's file, as its topics and disks are. */
export function environmentLoad(config: EnvironmentConfig): EnvironmentLoad {
  const topics = loadedTopics(config)
  const brokers = config.brokers.perZone * ZONES
  const controllers = config.controllers === undefined ? 0 : ZONES
  const shards = fleetLoad(config).shardsPerZone * ZONES
  const workers = (config.connect?.workersPerZone ?? 0) * ZONES
  const platform = platformIn(config)
  // Slots have volumes, each of which says how full it is: brokers, or controllers where brokers keep nothing.
  const volumes = platformOf(platform).storage === 'shared' ? controllers : brokers + controllers
  return {
    environment: config.environment,
    platform,
    region: config.region,
    zones: ZONES,
    brokers,
    bytesPerSecond: sum(topics.map(({ bytesPerSecond }) => bytesPerSecond)),
    classes: classesOf(topics),
    localRetentionHours: config.workload.localRetentionHours,
    segmentBytes: SEGMENT_BYTES,
    metrics: FLEET_METRICS.length * shards + volumes,
    metricCallsPerMinute: shards + volumes,
    logs: { brokers: brokers + controllers, workers },
    burstable: burstable([
      [config.brokers.instanceType, brokers],
      [config.controllers?.instanceType, controllers],
      [config.connect?.instanceType, workers],
      [config.fleet.host === 'ec2' ? config.fleet.instanceType : undefined, shards],
    ]),
  }
}

function classesOf(topics: readonly LoadedTopic[]): readonly ClassLoad[] {
  const names = [...new Set(topics.map(({ dataClass }) => dataClass))]
  return names.map(dataClass => {
    const own = topics.filter(topic => topic.dataClass === dataClass)
    const value = (name: string) =>
      own.map(({ settings }) => settings.configEntries.find(entry => entry.name === name)?.value ?? '')
    return {
      dataClass,
      bytesPerSecond: sum(own.map(({ bytesPerSecond }) => bytesPerSecond)),
      retentionHours: Math.max(...value('retention.ms').map(Number)) / HOUR_MS,
      compacted: value('cleanup.policy').some(policy => policy.includes('compact')),
    }
  })
}

function burstable(machines: readonly (readonly [type: string | undefined, count: number])[]) {
  const counts = new Map<string, number>()
  for (const [type, count] of machines)
    if (type?.startsWith('t') && count > 0) counts.set(type, (counts.get(type) ?? 0) + count)
  return [...counts].map(([type, count]) => ({ type, count }))
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
const HOUR_MS = 3_600_000
