import { kafkaJvm } from './properties.ts'
import type { Platform } from '../platform.ts'
import { KAFKA_VERSION, OLDEST_KAFKA } from './release.ts'
import { parseBrokerMetrics, SAMPLED_NAMES } from './metrics.ts'

/** Apache Kafka: every copy of a record on the disk of a broker. */
export const kafka: Platform<'kafka'> = {
  name: 'kafka',
  title: 'Apache Kafka',
  shortTitle: 'Kafka',
  variantOf: null,
  storage: 'disks',
  copies: 'replicated',
  runtime: { kind: 'jvm', options: kafkaJvm },
  formatsItself: false,
  routesByZone: false,
  followerFetch: true,
  clientId: null,
  options: [],
  versions: { from: 'maven', shipped: KAFKA_VERSION, oldest: OLDEST_KAFKA },
  metrics: { everyMs: 1000, names: SAMPLED_NAMES, parse: parseBrokerMetrics },
  reads: { toldBy: 'nothing-is-cold' },
  failoverAgeMs: 0,
  expected: { readyMs: 6000, memoryBytes: 2.5e9 },
  requestFormula: 'none',
}
