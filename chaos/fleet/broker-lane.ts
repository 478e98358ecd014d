import type { Socket } from 'node:net'
import { Kafka, type KafkaConfig, logLevel, type Producer } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import { type Exchange, ProduceTap } from './produce-tap.ts'
import type { SendReport } from './send-outcome.ts'
import type { ProducePart, Sender } from './sender.ts'

/** Below kafkajs's own time-out, so that a leader that waits for its followers has the last word. */
const ACK_TIMEOUT_MS = 1000
const REQUEST_TIMEOUT_MS = 1500
const CONNECTION_TIMEOUT_MS = 1000
/** Connect, metadata and request each have their own time-out; this bounds their sum. */
export const SEND_DEADLINE_MS = 3000

export interface BrokerLaneOptions {
  readonly clientId: string
  /** `host:port` of the brokers to ask first, in order of preference. */
  readonly seeds: readonly string[]
  readonly openSocket: (host: string) => Socket
  readonly clock: Clock
}

/** One kafkajs producer, its sockets, and what was seen on them. Used until something goes unanswered. */
interface Attempt {
  readonly producer: Producer
  readonly connected: Promise<void>
  readonly tap: ProduceTap
  readonly sockets: Set<Socket>
  retired: boolean
}

/**
 * Sends requests to one leader. Whenever a request ends without the broker's full answer, the whole producer
 * is thrown away with its sockets. That settles three things at once: what was not written by then never will
 * be, so `failed` is certain; the next attempt begins with fresh metadata, which kafkajs does not fetch after
 * a request time-out; and a promise that kafkajs lost (a disconnect that waits for a request whose time-out
 * check has been stopped: network/requestQueue, scheduleRequestTimeoutCheck) cannot hold anything up.
 *
 * Metadata is not refreshed by age: kafkajs fails the refresh of every topic while one partition has no
 * leader, and that would stop healthy partitions. A moved leader shows as NOT_LEADER_OR_FOLLOWER, on which
 * kafkajs does refresh, or as silence, on which the producer is replaced.
 */
export class BrokerLane implements Sender {
  readonly #options: BrokerLaneOptions
  #attempt: Attempt | null = null
  #firstSeed = 0
  #destroyed = false

  constructor(options: BrokerLaneOptions) {
    this.#options = options
  }

  async send(parts: readonly ProducePart[]): Promise<SendReport> {
    if (this.#destroyed) return nothing(parts, 'the gateway is down')
    this.#attempt ??= this.#begin()
    const attempt = this.#attempt
    const exchange = attempt.tap.begin(parts)
    const error = await this.#outcome(attempt, exchange, parts)
    if (!exchange.isComplete) this.#retire(attempt)
    attempt.tap.end(parts)
    const { wrote, answers } = exchange
    if (exchange.isComplete) {
      this.#firstSeed = 0
      return { wrote, answers }
    }
    return { wrote, answers, error: error ?? 'resolved without an answer for every partition' }
  }

  destroy(): void {
    this.#destroyed = true
    if (this.#attempt) this.#retire(this.#attempt)
  }

  /** Resolves at the full answer, at kafkajs's verdict or at the deadline; to what went wrong, if it did. */
  async #outcome(attempt: Attempt, exchange: Exchange, parts: readonly ProducePart[]) {
    const deadline = new AbortController()
    const late = this.#options.clock.sleep(SEND_DEADLINE_MS, deadline.signal).then(
      () => `no answer in ${SEND_DEADLINE_MS} ms`,
      () => undefined,
    )
    const sent = this.#produce(attempt, parts).then(() => undefined, describe)
    try {
      return await Promise.race([exchange.answered, sent, late])
    } finally {
      deadline.abort()
    }
  }

  async #produce(attempt: Attempt, parts: readonly ProducePart[]): Promise<void> {
    await attempt.connected
    const topicMessages = parts.map(({ topic, messages }) => ({ topic, messages }))
    await attempt.producer.sendBatch({ acks: -1, timeout: ACK_TIMEOUT_MS, topicMessages })
  }

  #begin(): Attempt {
    const { seeds, clientId, openSocket } = this.#options
    const tap = new ProduceTap()
    const sockets = new Set<Socket>()
    let attempt: Attempt | null = null
    const socketFactory: NonNullable<KafkaConfig['socketFactory']> = ({ host, onConnect }) => {
      if (attempt?.retired) throw new Error('this producer was given up')
      const socket = openSocket(host)
      tap.attach(socket)
      sockets.add(socket)
      socket.once('connect', onConnect)
      socket.once('close', () => sockets.delete(socket))
      return socket
    }
    const rotated = seeds.map((_, i) => seeds[(i + this.#firstSeed) % seeds.length] as string)
    const kafka = new Kafka({
      clientId,
      brokers: rotated,
      socketFactory,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      authenticationTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      enforceRequestTimeout: true,
      logLevel: logLevel.NOTHING,
      retry: { retries: Math.max(1, seeds.length - 1), initialRetryTime: 50, maxRetryTime: 200 },
    })
    const producer = kafka.producer({
      idempotent: false,
      allowAutoTopicCreation: false,
      // Every attempt is an operation of its own in the history, so kafkajs itself tries once.
      retry: { retries: 0 },
      createPartitioner: () => args => args.message.partition ?? 0,
    })
    const connected = producer.connect()
    connected.catch(() => {})
    attempt = { producer, connected, tap, sockets, retired: false }
    return attempt
  }

  #retire(attempt: Attempt): void {
    if (attempt.retired) return
    attempt.retired = true
    if (this.#attempt === attempt) {
      this.#attempt = null
      this.#firstSeed += 1
    }
    for (const socket of attempt.sockets) socket.destroy(new Error('given up'))
    attempt.producer.disconnect().catch(() => {})
  }
}

function nothing(parts: readonly ProducePart[], error: string): SendReport {
  return { wrote: parts.map(() => false), answers: parts.map(() => undefined), error }
}

/** kafkajs wraps what happened once per retrier that it passed through. */
function describe(thrown: unknown): string {
  let error = thrown
  while (error instanceof Error && error.name === 'KafkaJSNumberOfRetriesExceeded' && error.cause) {
    error = error.cause
  }
  return messageOf(error)
}
