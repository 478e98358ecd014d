import { connect, type Socket } from 'node:net'
import { type ITopicConfig, Kafka, logLevel } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import type { Contract } from '../core/contract.ts'
import type { JournalEvent } from '../core/journal-events.ts'
import { isShared, type Platform } from '../core/platform.ts'
import { waitFor } from '../core/wait.ts'
import type { Address } from '../drivers/local/probe-connection.ts'
import type { Driver } from '../drivers/driver.ts'
import { tieredTopicProperties } from '../platforms/tiered.ts'

export interface TopicsOptions {
  readonly contract: Contract
  readonly platform: Platform
  readonly driver: Driver
  /** Of each broker, past all links. */
  readonly direct: readonly Address[]
  readonly clock: Clock
}

/**
 * Makes the contract's topics, new and empty: a lab that stays may have those of an earlier run, whose records
 * would be taken for this one's. Resolves when every partition has a leader and all replicas in sync.
 */
export async function createTopics({
  contract,
  platform,
  driver,
  direct,
  clock,
}: TopicsOptions): Promise<Extract<JournalEvent, { kind: 'topics.created' }>> {
  const names = Object.keys(contract.topics)
  const settings = topicSettings(contract, platform)
  const byHost = new Map(driver.topology.nodes.map((node, index) => [node.host, direct[index] as Address]))
  const kafka = new Kafka({
    clientId: 'aftershock-setup',
    brokers: driver.topology.nodes.map(node => `${node.host}:9092`),
    logLevel: logLevel.NOTHING,
    // Set-up is no client of the platform: it reaches the brokers past the links that are measured.
    socketFactory: ({ host, port, onConnect }) => {
      const address = byHost.get(host) ?? { host, port }
      return connectTo(address, onConnect)
    },
  })
  const admin = kafka.admin()
  await admin.connect()
  try {
    const existing = (await admin.listTopics()).filter(name => names.includes(name))
    if (existing.length > 0) {
      await admin.deleteTopics({ topics: existing })
      const gone = async () => !(await driver.cluster.describe().then(hasAny(names)))
      await waitFor('the topics of an earlier run to be gone', gone, { clock, deadlineMs: 30_000 })
    }
    await admin.createTopics({
      // Its own wait asks a broker that may not have heard of the topic yet, and takes that for an error.
      waitForLeaders: false,
      topics: settings,
    })
  } finally {
    await admin.disconnect()
  }
  const wanted = Object.values(contract.topics).reduce((sum, terms) => sum + terms.partitions, 0)
  await waitFor(
    `${wanted} partitions to have a leader and all replicas in sync`,
    async () => {
      const states = Object.values((await driver.cluster.describe()).partitions)
      return (
        states.length === wanted &&
        states.every(state => state.leader >= 0 && state.isr.length === state.replicas.length)
      )
    },
    { clock, deadlineMs: 30_000 },
  )
  const topics = settings.map(
    ({ topic, numPartitions = 1, replicationFactor = 1 }) =>
      [topic, { partitions: numPartitions, replicas: replicationFactor }] as const,
  )
  return { kind: 'topics.created', topics: Object.fromEntries(topics) }
}

/**
 * A tier takes closed segments only, so they are small: in a drill of minutes they must close and leave. The
 * smallest that Kafka 4 allows.
 */
const TIERED_SEGMENT_BYTES = 1_048_576

/**
 * Each topic as the contract promises it. A shared platform keeps one copy, whatever is asked; Kafka does not tier
 * compacted topics, which stay on the brokers whole.
 */
export function topicSettings(contract: Contract, platform: Platform): ITopicConfig[] {
  return Object.entries(contract.topics).map(([topic, terms]) => {
    const isTiered = platform === 'kafka-tiered' && terms.cleanup === 'delete'
    const copies = isShared(platform) ? 1 : terms.replicas
    return {
      topic,
      numPartitions: terms.partitions,
      replicationFactor: copies,
      configEntries: Object.entries({
        'cleanup.policy': terms.cleanup,
        'retention.ms': String(terms.retention),
        'min.insync.replicas': String(Math.min(copies, terms.minInSyncReplicas)),
        ...(isTiered ? tieredTopic : {}),
      }).map(([name, value]) => ({ name, value: String(value) })),
    }
  })
}

const tieredTopic = tieredTopicProperties({
  segmentBytes: TIERED_SEGMENT_BYTES,
  // What is in the store already leaves the brokers soon, so that a replay finds it there.
  localRetentionMs: 10_000,
})

const hasAny =
  (topics: readonly string[]) =>
  ({ partitions }: { readonly partitions: Readonly<Record<string, unknown>> }) =>
    Object.keys(partitions).some(name => topics.includes(name.slice(0, name.lastIndexOf('/'))))

function connectTo(address: Address, onConnect: () => void): Socket {
  return connect({ host: address.host, port: address.port, noDelay: true }, onConnect)
}
