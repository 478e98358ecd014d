import { operatorOver } from '../../kafka/cluster-operator.ts'
import type { CompatibilityLine } from '../line.ts'

/** What the probe of librdkafka is held back by; it is taken away when all have ended. */
const BYTES_PER_SECOND = 50_000

export const quotas: CompatibilityLine = {
  line: 'quotas',
  asks: 'Quotas hold a producer and a reader back, and tell them so',
  neededBy: 'replays beside live traffic',
  kafkajs: async place => {
    const client = { kind: 'client-id', name: `${place.prefix}limited` } as const
    const operator = operatorOver(place.brokers, place)
    await operator.limitTo(client, BYTES_PER_SECOND)
    const isTold = async () => (await operator.limit(client)) === BYTES_PER_SECOND
    await place.until('the quota to be told', isTold)
    return 'a quota of a reader is set and told, by requests that this program writes itself'
  },
  librdkafka: 'probe',
  java: 'probe',
}
