import type { Clock } from '../core/clock.ts'
import { formatDuration } from '../core/units.ts'
import type { ReaderReplacedCause } from '../record/journal-events.ts'
import type { BrokerLiveness } from './broker-liveness.ts'
import type { ConnectionWatch } from './connection-watch.ts'

/** Why a reader has to be replaced, and since when it has been so. */
export interface Reason {
  readonly cause: ReaderReplacedCause
  readonly why: string
  readonly since: number
}

export interface ReaderWatchOptions {
  readonly clock: Clock
  readonly liveness: BrokerLiveness
  /** The host of a node, as connections name it; undefined for a node that is not known. */
  readonly hostOf: (node: number) => string | undefined
}

/** A consumer that works sends heartbeats every second, and fetches every half. */
export const ASKS_NOTHING_MS = 5000
/** kafkajs waits for a node with which it has no connection any more. */
export const FETCH_LOST_MS = 20_000
/** A broker that is alive owes an answer on this one connection: the connection is lost, as it may be after a cut. */
export const CONNECTION_LOST_MS = 60_000

/**
 * Tells a consumer that cannot go on from one that is slow: by what its connections carry and by whether its brokers
 * answer, never by how long an answer takes.
 */
export class ReaderWatch {
  readonly #options: ReaderWatchOptions
  /** By node: since when kafkajs has waited for its fetch there. */
  readonly #fetching = new Map<number, number>()
  /** By host: when a connection there last carried something, or owed an answer. */
  readonly #busyAt = new Map<string, number>()
  #lastSignAt: number

  constructor(options: ReaderWatchOptions) {
    this.#options = options
    this.#lastSignAt = options.clock.now()
  }

  fetchStarted(node: number): void {
    this.#fetching.set(node, this.#options.clock.now())
  }

  fetchEnded(node: number): void {
    this.#fetching.delete(node)
    this.#lastSignAt = this.#options.clock.now()
  }

  /** Call a few times a second. null: it is to be left alone. */
  check(connections: readonly ConnectionWatch[]): Reason | null {
    const now = this.#options.clock.now()
    for (const connection of connections) {
      const sign = connection.owed > 0 ? now : connection.lastSignAt
      this.#lastSignAt = Math.max(this.#lastSignAt, sign)
      this.#busyAt.set(connection.host, Math.max(sign, this.#busyAt.get(connection.host) ?? sign))
    }
    const dead = this.#options.liveness.check(connections)
    if (dead) {
      const { host, why, silentSince } = dead
      const silent = `${host} owed an answer for ${formatDuration(now - silentSince)}; ${why}`
      return { cause: 'broker-dead', why: silent, since: silentSince }
    }
    if (now - this.#lastSignAt >= ASKS_NOTHING_MS) {
      const why = `its client has asked no broker for anything for ${formatDuration(now - this.#lastSignAt)}`
      return { cause: 'client-stuck', why, since: this.#lastSignAt }
    }
    return this.#lostFetch(now)
  }

  /** Connections on which a broker that is alive has been silent for too long. */
  lost(connections: readonly ConnectionWatch[]): ConnectionWatch[] {
    const now = this.#options.clock.now()
    return connections.filter(
      ({ silentSince }) => silentSince !== null && now - silentSince >= CONNECTION_LOST_MS,
    )
  }

  #lostFetch(now: number): Reason | null {
    for (const [node, since] of this.#fetching) {
      const host = this.#options.hostOf(node)
      if (host === undefined) continue
      const quietSince = Math.max(since, this.#busyAt.get(host) ?? since)
      if (now - quietSince < FETCH_LOST_MS) continue
      const why = `its client waits for ${host}, with which it has had no connection for ${formatDuration(now - quietSince)}`
      return { cause: 'client-stuck', why, since: quietSince }
    }
    return null
  }
}
