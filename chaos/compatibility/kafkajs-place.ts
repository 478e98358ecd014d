import type { Admin, Consumer, IHeaders, Kafka, Message } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import type { Address } from '../core/network.ts'
import { waitFor } from '../core/wait.ts'
import { adminClient } from '../kafka/admin.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'

/** What a record is, as kafkajs hands it out. */
export interface ReadRecord {
  readonly partition: number
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: IHeaders
}

const READ_MS = 30_000

/** What probes of kafkajs have: clients, topics of their own, and the other ends' wire. */
export class KafkaJsPlace {
  #counts = 0
  readonly #hasAuthorizer: boolean
  readonly #topicOf: (line: string) => string
  readonly kafka: Kafka
  readonly admin: Admin
  readonly clock: Clock
  readonly login: BrokerLogin | null
  readonly brokers: readonly Address[]
  readonly copies: number
  readonly prefix: string

  constructor(of: {
    readonly kafka: Kafka
    readonly admin: Admin
    readonly clock: Clock
    readonly login: BrokerLogin | null
    readonly brokers: readonly Address[]
    readonly copies: number
    readonly prefix: string
    readonly hasAuthorizer: boolean
  }) {
    this.#hasAuthorizer = of.hasAuthorizer
    this.kafka = of.kafka
    this.admin = of.admin
    this.clock = of.clock
    this.login = of.login
    this.brokers = of.brokers
    this.copies = of.copies
    this.prefix = of.prefix
    this.#topicOf = line => `${of.prefix}${line}.kafkajs`
  }

  /** Makes it. @returns its name */
  async topic(
    line: string,
    settings: Readonly<Record<string, string>> = {},
    numPartitions = 1,
  ): Promise<string> {
    const topic = this.#topicOf(line)
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
    const made = { topic, numPartitions, replicationFactor: this.copies, configEntries }
    await this.admin.createTopics({ waitForLeaders: false, topics: [made] })
    const isLed = async () => {
      const { topics } = await this.admin.fetchTopicMetadata({ topics: [topic] })
      const partitions = topics[0]?.partitions ?? []
      return partitions.length === numPartitions && partitions.every(({ leader }) => leader >= 0)
    }
    await this.until(`${topic} to have leaders`, () => isLed().catch(() => false))
    return topic
  }

  /** Records of it that can be read, by one who reads all of it. */
  async count(topic: string): Promise<number> {
    const [log] = await this.admin.fetchTopicOffsets(topic)
    const end = Number(log?.high ?? 0)
    let found = 0
    let isAtEnd = false
    const consumer = this.kafka.consumer({ groupId: `${topic}.count-${this.#counts++}` })
    await this.running(consumer, topic, ({ message }) => {
      found += 1
      isAtEnd ||= Number(message.offset) >= end - 1
    })
    try {
      await this.until(`the end of ${topic}`, () => isAtEnd)
      return found
    } finally {
      await consumer.disconnect()
    }
  }

  /** Whether brokers ask who may do what. */
  get hasAuthorizer(): boolean {
    return this.#hasAuthorizer
  }

  /** One who logs in otherwise. Not connected. */
  withLogin(login: BrokerLogin): Admin {
    return adminClient({ clientId: 'aftershock-compatibility', brokers: this.brokers, login, retries: 0 })
  }

  group(line: string): string {
    return this.#topicOf(line)
  }

  async until(what: string, holds: () => Promise<boolean> | boolean, deadlineMs = READ_MS): Promise<void> {
    await waitFor(what, holds, { clock: this.clock, deadlineMs, everyMs: 100 })
  }

  async send(topic: string, messages: Message[]): Promise<void> {
    const producer = this.kafka.producer()
    await producer.connect()
    try {
      await producer.send({ topic, acks: -1, messages })
    } finally {
      await producer.disconnect()
    }
  }

  /** The first `count` records of a topic, from its beginning. */
  async read(topic: string, count: number, isReadUncommitted = false): Promise<ReadRecord[]> {
    const found: ReadRecord[] = []
    const consumer = this.kafka.consumer({
      groupId: `${topic}.read`,
      readUncommitted: isReadUncommitted,
      retry: { retries: 8 },
    })
    await this.running(consumer, topic, ({ partition, message }) => {
      const { key, value, headers = {}, timestamp, offset } = message
      found.push({ partition, offset, timestamp, key, value, headers })
    })
    try {
      await this.until(`${count} records of ${topic}`, () => found.length >= count)
      return found
    } finally {
      await consumer.disconnect()
    }
  }

  /** Begins to read from the beginning of what the group has not committed. */
  async running(
    consumer: Consumer,
    topic: string,
    take: (record: Parameters<NonNullable<EachMessage>>[0]) => void,
  ): Promise<void> {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ autoCommitInterval: 200, eachMessage: async record => take(record) })
  }
}

type EachMessage = NonNullable<Parameters<Consumer['run']>[0]>['eachMessage']
