import { PLATFORM_OPTIONS } from '../options.ts'
import type { Platform } from '../platform.ts'
import { AUTOMQ_DOWNLOADED, AUTOMQ_METRICS, AUTOMQ_METRICS_EVERY_MS, parseAutoMqMetrics } from './metrics.ts'
import { autoMqJvm, zoneRouterClientId } from './properties.ts'

const requestFormula =
  'per node a log object and a reservation read every 250 ms or 8 MiB; and 113 uploads and 64 reads of compaction a GiB'

/** AutoMQ: one copy of a record, in an object store. */
export const automq: Platform<'automq'> = {
  name: 'automq',
  title: 'AutoMQ',
  shortTitle: 'AutoMQ',
  variantOf: null,
  storage: 'shared',
  copies: 'one',
  runtime: { kind: 'jvm', options: autoMqJvm },
  formatsItself: true,
  routesByZone: false,
  followerFetch: false,
  clientId: null,
  options: ['automqDist'],
  versions: { from: 'distribution', option: PLATFORM_OPTIONS.automqDist.flag },
  metrics: {
    everyMs: AUTOMQ_METRICS_EVERY_MS,
    names: AUTOMQ_METRICS.map(({ name }) => name),
    parse: parseAutoMqMetrics,
  },
  reads: { toldBy: 'node-counter', counter: AUTOMQ_DOWNLOADED },
  // Measured on 1.7.3: leaders stay `none` until the failed node's epoch, which begins a little after its process, is
  // 60.5 s old. The rest is for that little.
  failoverAgeMs: 65_000,
  // Brokers had 2.34 GB at most in a whole `readiness`, this program 0.48, proxies and store 0.13.
  expected: { readyMs: 25_000, memoryBytes: 3.3e9 },
  requestFormula,
}

/** AutoMQ with its zone router: clients write in their own zone, and bytes between zones go through the store. */
export const automqRouter: Platform<'automq-router'> = {
  ...automq,
  name: 'automq-router',
  title: 'AutoMQ with zone router',
  shortTitle: 'AutoMQ router',
  variantOf: 'automq',
  routesByZone: true,
  clientId: zoneRouterClientId,
  requestFormula: `${requestFormula}; and per node a routing object as often, read by every other node`,
}
