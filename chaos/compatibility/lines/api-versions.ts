import { apiRanges } from '../api-ranges.ts'
import { type CompatibilityLine, must } from '../line.ts'

/** By the number of the request: what clients of 2024 and later send, and fall back from with a loss. */
const NEEDED: Readonly<Record<number, { readonly name: string; readonly at: number }>> = {
  0: { name: 'Produce', at: 7 },
  1: { name: 'Fetch', at: 11 },
  2: { name: 'ListOffsets', at: 5 },
  3: { name: 'Metadata', at: 9 },
  8: { name: 'OffsetCommit', at: 7 },
  9: { name: 'OffsetFetch', at: 6 },
  11: { name: 'JoinGroup', at: 5 },
  14: { name: 'SyncGroup', at: 3 },
  19: { name: 'CreateTopics', at: 5 },
  22: { name: 'InitProducerId', at: 3 },
  24: { name: 'AddPartitionsToTxn', at: 1 },
  26: { name: 'EndTxn', at: 1 },
  32: { name: 'DescribeConfigs', at: 2 },
  44: { name: 'IncrementalAlterConfigs', at: 0 },
  48: { name: 'DescribeClientQuotas', at: 0 },
  60: { name: 'DescribeCluster', at: 0 },
}

export const apiVersions: CompatibilityLine = {
  line: 'api-versions',
  asks: 'Every client agrees with brokers on the versions of their requests',
  neededBy: 'every client',
  kafkajs: async ({ admin, brokers, login, clock }) => {
    const { brokers: told, controller, clusterId } = await admin.describeCluster()
    must(told.length > 0 && controller !== null, 'no broker or no controller is named')
    const ranges = await Promise.all(brokers.map(broker => apiRanges(broker, login, clock)))
    const short = Object.entries(NEEDED).filter(([key, { at }]) =>
      ranges.some(of => (of.get(Number(key))?.max ?? -1) < at),
    )
    must(
      short.length === 0,
      `not every broker takes ${short.map(([, { name, at }]) => `${name} v${at}`).join(', ')}`,
    )
    return `${told.length} brokers of ${clusterId}; ${Object.keys(NEEDED).length} kinds of requests in the versions that clients of today send`
  },
  librdkafka: 'probe',
  java: 'probe',
}
