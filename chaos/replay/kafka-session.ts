import type { Socket } from 'node:net'
import { Kafka, logLevel, type RetryOptions } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { Dial } from '../core/network.ts'
import { brokerName, type Topology } from '../core/topology.ts'
import { type BrokerLogin, openBrokerSocket, saslOptions, whenReady } from '../kafka/broker-login.ts'
import { seedsOf } from '../kafka/broker-seeds.ts'
import { learnCompression } from '../kafka/compression.ts'
import { type Answer, ConnectionWatch } from './connection-watch.ts'

/** Where a reader stands, and how it reaches the brokers from there. */
export interface ReaderPlace {
  readonly zone: string
  readonly topology: Topology
  readonly dial: Dial
  /** How clients of this zone call themselves, where the platform asks for it. @default a name of their own */
  readonly clientId?: string | undefined
  /** @default none: brokers let in every client */
  readonly login?: BrokerLogin | undefined
}

/** SCRAM hashes a password thousands of times on either side: on a machine that is busy that takes its time. */
const LOGIN_MS = 10_000

/** Who watches a session's connections. */
export interface SessionWatcher {
  readonly clock: Clock
  readonly onBytes?: (bytes: number) => void
  readonly onAnswer?: (answer: Answer) => void
}

/** kafkajs with sockets that we can end: some of its promises never settle while a broker is silent. */
export class KafkaSession {
  readonly kafka: Kafka
  readonly #sockets = new Map<Socket, ConnectionWatch | null>()
  #isOver = false
  #refusal: string | null = null

  /**
   * `turn` decides which broker is asked first: the own zone's at 0, then the others. `retries` are kafkajs's
   * own, on the same broker when that is silent: none for who would rather ask the next one.
   *
   * kafkajs gives up a request after a fixed time, and throws away what had come of its answer. With a watcher it
   * never does: whether to wait is decided by what the connections carry (BrokerLiveness).
   */
  constructor(
    place: ReaderPlace,
    clientId: string,
    turn: number,
    retries: number | RetryOptions,
    watcher: SessionWatcher | null = null,
  ) {
    const { zone, topology, dial, login } = place
    const nodes = [...topology.nodes].sort((a, b) => Number(b.zone === zone) - Number(a.zone === zone))
    const seeds = seedsOf(nodes, zone, dial)
    learnCompression()
    this.kafka = new Kafka({
      clientId: place.clientId ?? clientId,
      brokers: seeds.map((_, i) => seeds[(i + turn) % seeds.length] as string),
      connectionTimeout: watcher ? 3000 : 1000,
      authenticationTimeout: login ? LOGIN_MS : 1000,
      ...saslOptions(login),
      requestTimeout: 1500,
      enforceRequestTimeout: watcher === null,
      // kafkajs says of some refusals no more than that it found nobody to ask: what the broker said is in its log.
      logLevel: login ? logLevel.ERROR : logLevel.NOTHING,
      logCreator: () => entry => {
        const { error } = entry.log
        if (typeof error === 'string' && /authori[sz]/i.test(error)) this.#refusal ??= error
      },
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 1000,
        factor: 0.2,
        multiplier: 1.5,
        ...(typeof retries === 'number' ? { retries } : retries),
      },
      socketFactory: ({ host, port, onConnect }) => {
        if (this.#isOver) throw new AftershockError('interrupted', 'the session is over')
        const socket = openBrokerSocket(dial(zone, host, 'client', port), host, login ?? null)
        // kafkajs unrefs a socket that still connects each time it gives up on it, and each call is a listener.
        socket.setMaxListeners(0)
        this.#sockets.set(socket, watcher && watched(socket, brokerName(topology, host, port), watcher))
        whenReady(socket, onConnect)
        socket.once('close', () => this.#sockets.delete(socket))
        return socket
      },
    })
  }

  /** What a broker said that refused what was asked for in it; null: none did. */
  get refusal(): string | null {
    return this.#refusal
  }

  /** Those that are open and watched. */
  connections(): ConnectionWatch[] {
    return [...this.#sockets.values()].filter(watch => watch !== null)
  }

  /** Ends one connection, and whatever waits on it. */
  end(connection: ConnectionWatch, why: string): void {
    for (const [socket, watch] of this.#sockets)
      if (watch === connection) socket.destroy(new AftershockError('interrupted', why))
  }

  /** Ends every connection now, and whatever waits on one with it. */
  destroy(): void {
    this.#isOver = true
    for (const socket of this.#sockets.keys())
      socket.destroy(new AftershockError('interrupted', 'the session is over'))
  }
}

/** kafkajs writes each request with one call. */
function watched(
  socket: Socket,
  host: string,
  { clock, onBytes, onAnswer }: SessionWatcher,
): ConnectionWatch {
  const watch = new ConnectionWatch(host, clock.now())
  const write = socket.write.bind(socket) as (...args: readonly unknown[]) => boolean
  socket.write = (...args: readonly unknown[]) => {
    watch.sent(clock.now())
    return write(...args)
  }
  socket.on('data', (chunk: Buffer) => {
    onBytes?.(chunk.length)
    for (const answer of watch.received(chunk, clock.now())) onAnswer?.(answer)
  })
  return watch
}

/** @throws AftershockError `unavailable` when `promise` takes longer. */
export async function within<T>(clock: Clock, ms: number, what: string, promise: Promise<T>): Promise<T> {
  const timer = new AbortController()
  const late = clock.sleep(ms, timer.signal).then(
    () => Promise.reject(new AftershockError('unavailable', `waited ${ms / 1000} s for ${what}`)),
    () => new Promise<never>(() => {}),
  )
  promise.catch(() => {})
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.abort()
  }
}
