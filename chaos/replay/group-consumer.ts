import type { Consumer } from 'kafkajs'
import { type FetchSize, readEachTime } from './fetch-size.ts'
import type { KafkaSession } from './kafka-session.ts'

const MAX_BYTES = 64 * 1024 * 1024

/**
 * kafkajs gives a consumer up when one partition has had no leader for its metadata's retries, and a new one in a new
 * group takes longer than the leader does to come. Brokers that say so are alive: they are asked again for about half
 * a minute, four times a second. Whoever is silent meanwhile is ReaderWatch's affair.
 */
export const GROUP_RETRIES = { retries: 120, initialRetryTime: 100, maxRetryTime: 250 } as const

/** The kafkajs consumer of a group reader, which decides for itself when to give it up. */
export function groupConsumer(
  session: KafkaSession,
  groupId: string,
  fetchSize: FetchSize,
  partitions: number,
): Consumer {
  return session.kafka.consumer({
    groupId,
    sessionTimeout: 10_000,
    heartbeatInterval: 1000,
    rebalanceTimeout: 5000,
    maxWaitTimeInMs: 500,
    metadataMaxAge: 1000,
    allowAutoTopicCreation: false,
    maxBytesPerPartition: readEachTime(() => fetchSize.bytes),
    // Room for every partition: kafkajs asks for them in the same order each time, and a response that is
    // full with the first ones would starve the last.
    maxBytes: readEachTime(() => Math.min(MAX_BYTES, partitions * fetchSize.bytes)),
    retry: {
      retries: 5,
      initialRetryTime: 100,
      maxRetryTime: 1000,
      restartOnFailure: async () => false,
    },
  })
}
