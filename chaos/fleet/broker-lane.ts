import type { Socket } from 'node:net'
import { Kafka, type KafkaConfig, logLevel, type Producer } from 'kafkajs'
import type { FleetSpec } from '../core/drill.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Address } from '../core/network.ts'
import { type BrokerLogin, saslOptions, whenReady } from '../kafka/broker-login.ts'
import { compressionNumber, learnCompression } from '../kafka/compression.ts'
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
  /** `host:port` of the brokers to ask first, in order of preference; read again for each new connection. */
  readonly seeds: readonly string[]
  readonly openSocket: (broker: Address) => Socket
  /** null where brokers ask for none; then `openSocket` opens plain sockets too. */
  readonly login: BrokerLogin | null
  readonly now: () => number
  /** @default all in-sync replicas */
  readonly acks?: FleetSpec['acks']
  /** @default false */
  readonly idempotent?: boolean
  /** @default none */
  readonly compression?: FleetSpec['compression']
  /** Told each time that a broker holds a connection back, for a quota. */
  readonly onThrottled?: ((ms: number) => void) | undefined
}

learnCompression()

/**
 * No retry. kafkajs wants an idempotent producer to retry and throws at 0 (`retry.retries < 1`: producer/index), but a
 * retry that races an answer is how it acknowledges what is never stored. It never retries what `0 < NaN` denies.
 */
const NO_RETRIES = Number.NaN

/** One kafkajs producer, its sockets, and what was seen on them. Used until something goes unanswered. */
interface Attempt {
  readonly producer: Producer
  readonly connected: Promise<void>
  readonly tap: ProduceTap
  readonly sockets: Set<Socket>
  inFlight: number
  /** Its metadata is out of date: it finishes what it has, and gets nothing new. */
  isStale: boolean
  /** Why it was thrown away; null while it is in use. */
  givenUp: string | null
}

/**
 * Sends requests to one leader. Whenever a request ends without the broker's full answer, the whole producer
 * is thrown away with its sockets. That settles three things at once: what was not written by then never will
 * be, so `failed` is certain; the next attempt begins with fresh metadata, which kafkajs does not fetch after
 * a request time-out; and a promise that kafkajs lost (a disconnect that waits for a request whose time-out
 * check has been stopped: network/requestQueue, scheduleRequestTimeoutCheck) cannot hold anything up.
 *
 * Idempotent producers are thrown away after a refusal too, and carry one request at a time; whoever sends meanwhile
 * gets another producer. kafkajs takes the numbers of all partitions of a request back when one is refused
 * (producer/sendMessages, updateSequence), also of those that were stored: what the same producer sends next would
 * pass for a repeat of these, be acknowledged and not stored.
 *
 * Metadata is not refreshed by age: kafkajs fails the refresh of every topic while one partition has no
 * leader, and that would stop healthy partitions. A moved leader shows as NOT_LEADER_OR_FOLLOWER, on which
 * kafkajs does refresh, as silence, on which the producer is replaced, or is known otherwise: see `renew`.
 */
export class BrokerLane implements Sender {
  readonly #options: BrokerLaneOptions
  readonly #deadlines = new Map<Exchange, { readonly at: number; readonly giveUp: () => void }>()
  readonly #attempts = new Set<Attempt>()
  #firstSeed = 0
  #destroyed = false

  constructor(options: BrokerLaneOptions) {
    this.#options = options
  }

  async send(parts: readonly ProducePart[]): Promise<SendReport> {
    if (this.#destroyed) return nothing(parts, 'the gateway is down')
    const attempt = this.#usable() ?? this.#begin()
    const exchange = attempt.tap.begin(parts)
    attempt.inFlight += 1
    const error = await this.#outcome(attempt, exchange, parts)
    attempt.inFlight -= 1
    const { wrote, answers, isComplete } = exchange
    // What fails because another request's failure ended the producer says so, and not how kafkajs put it.
    const reason = attempt.givenUp ?? error ?? 'resolved without an answer for every partition'
    if (isComplete) this.#firstSeed = 0
    else this.#retire(attempt, reason)
    if (this.#options.idempotent && exchange.isRejected) attempt.isStale = true
    if (attempt.isStale && attempt.inFlight === 0) this.#retire(attempt, 'replaced')
    attempt.tap.end(parts)
    return isComplete ? { wrote, answers } : { wrote, answers, error: reason }
  }

  renew(): void {
    for (const attempt of this.#attempts) {
      attempt.isStale = true
      if (attempt.inFlight === 0) this.#retire(attempt, 'replaced')
    }
  }

  expire(): void {
    const now = this.#options.now()
    for (const { at, giveUp } of this.#deadlines.values()) if (now >= at) giveUp()
  }

  destroy(): void {
    this.#destroyed = true
    for (const attempt of this.#attempts) this.#retire(attempt, 'the gateway is down')
  }

  /** Resolves at the full answer, at kafkajs's verdict or at the deadline; to what went wrong, if it did. */
  async #outcome(attempt: Attempt, exchange: Exchange, parts: readonly ProducePart[]) {
    const sent = this.#produce(attempt, parts).then(() => undefined, describe)
    const late = new Promise<string>(resolve => {
      this.#deadlines.set(exchange, {
        at: this.#options.now() + SEND_DEADLINE_MS,
        giveUp: () => resolve(`no answer in ${SEND_DEADLINE_MS} ms`),
      })
    })
    const ends: Promise<string | undefined | void>[] = [exchange.answered, sent, late]
    // Before kafkajs deals with it, and whether or not another broker still owes its part of the answer.
    if (this.#options.idempotent) ends.push(exchange.rejected.then(() => 'another part of it was refused'))
    const error = await Promise.race(ends)
    this.#deadlines.delete(exchange)
    return error
  }

  async #produce(attempt: Attempt, parts: readonly ProducePart[]): Promise<void> {
    await attempt.connected
    const topicMessages = parts.map(({ topic, messages }) => ({ topic, messages }))
    const acks = this.#options.acks === 1 ? 1 : -1
    const compression = compressionNumber(this.#options.compression ?? 'none')
    await attempt.producer.sendBatch({ acks, timeout: ACK_TIMEOUT_MS, compression, topicMessages })
  }

  #usable(): Attempt | undefined {
    for (const attempt of this.#attempts)
      if (!attempt.isStale && (attempt.inFlight === 0 || !this.#options.idempotent)) return attempt
    return undefined
  }

  #begin(): Attempt {
    const { seeds, clientId, openSocket, login, idempotent = false, onThrottled } = this.#options
    const tap = new ProduceTap(onThrottled)
    const sockets = new Set<Socket>()
    let attempt: Attempt | null = null
    const socketFactory: NonNullable<KafkaConfig['socketFactory']> = ({ host, port, onConnect }) => {
      if (attempt?.givenUp) throw new AftershockError('interrupted', attempt.givenUp)
      const socket = openSocket({ host, port })
      tap.attach(socket)
      sockets.add(socket)
      whenReady(socket, onConnect)
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
      ...saslOptions(login),
      retry: { retries: Math.max(1, seeds.length - 1), initialRetryTime: 50, maxRetryTime: 200 },
    })
    const producer = kafka.producer({
      idempotent,
      ...(idempotent && { maxInFlightRequests: 1 }),
      allowAutoTopicCreation: false,
      // Every attempt is an operation of its own in the history, so kafkajs itself tries once.
      retry: { retries: idempotent ? NO_RETRIES : 0 },
      createPartitioner: () => args => args.message.partition ?? 0,
    })
    const connected = producer.connect()
    connected.catch(() => {})
    attempt = { producer, connected, tap, sockets, inFlight: 0, isStale: false, givenUp: null }
    this.#attempts.add(attempt)
    return attempt
  }

  #retire(attempt: Attempt, reason: string): void {
    if (attempt.givenUp !== null) return
    attempt.givenUp = reason
    this.#attempts.delete(attempt)
    if (!attempt.isStale) this.#firstSeed += 1
    for (const socket of attempt.sockets) socket.destroy(new AftershockError('interrupted', reason))
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
