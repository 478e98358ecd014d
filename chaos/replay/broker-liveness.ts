import type { Clock } from '../core/clock.ts'
import { openBrokerSocket } from '../kafka/broker-login.ts'
import { apiVersionsRequest } from '../kafka/wire.ts'
import { ProbeConnection, ProbeFailure } from '../kafka/probe-connection.ts'
import type { ConnectionWatch } from './connection-watch.ts'
import type { ReaderPlace } from './kafka-session.ts'

/** Why a broker is taken for dead; null: it answered. */
export type AskBroker = (host: string) => Promise<string | null>

export interface DeadBroker {
  readonly host: string
  readonly why: string
  /** Since when it owed an answer and gave no byte. */
  readonly silentSince: number
}

/** A broker that owes an answer and has given no byte for so long is asked over a connection of its own. */
export const ASK_AFTER_MS = 1000
/** How long that connection waits; then the broker, or the way to it, is dead. */
export const ANSWER_WITHIN_MS = 3000
const ASK_AGAIN_MS = 1000

interface Asked {
  readonly at: number
  /** Undefined while it is under way. */
  said: string | null | undefined
}

/**
 * Tells a slow answer from a dead broker. While bytes come, from whichever of its connections, a broker lives. When
 * none come, it is asked for its ApiVersions over a fresh connection along the same way: that needs neither a disk nor
 * a store, so a broker that does not answer even this within its time is dead, or nobody reaches it.
 */
export class BrokerLiveness {
  readonly #clock: Clock
  readonly #ask: AskBroker
  readonly #asked = new Map<string, Asked>()

  constructor(clock: Clock, ask: AskBroker) {
    this.#clock = clock
    this.#ask = ask
  }

  /** Call a few times a second, with all connections. Returns a broker that was shown dead, if there is one. */
  check(connections: readonly ConnectionWatch[]): DeadBroker | null {
    const now = this.#clock.now()
    for (const { host, silentSince } of connections) {
      if (silentSince === null || now - silentSince < ASK_AFTER_MS) continue
      if (
        connections.some(
          other => other.host === host && now - (other.lastByteAt ?? Number.NEGATIVE_INFINITY) < ASK_AFTER_MS,
        )
      )
        continue
      const asked = this.#asked.get(host)
      if (asked && asked.at >= silentSince && typeof asked.said === 'string')
        return { host, why: asked.said, silentSince }
      const isFresh = asked && (asked.said === undefined || now - asked.at < ASK_AGAIN_MS)
      if (!isFresh) this.#begin(host, now)
    }
    return null
  }

  #begin(host: string, at: number): void {
    const asked: Asked = { at, said: undefined }
    this.#asked.set(host, asked)
    this.#ask(host).then(
      said => {
        asked.said = said
      },
      () => {
        asked.said = null
      },
    )
  }
}

/** Asks a broker for its ApiVersions along the reader's own way, by the reader's own name: some platforms route by it. */
export function askOverFreshConnection(
  { zone, dial, login, clientId }: ReaderPlace,
  clock: Clock,
): AskBroker {
  return async host => {
    const address = dial(zone, host, 'client')
    // Brokers answer this one question to whoever has not logged in, and over TLS to whoever speaks it.
    const connection = new ProbeConnection(address, openBrokerSocket(address, host, login ?? null))
    try {
      await connection.request(apiVersionsRequest(1, 0, clientId), ANSWER_WITHIN_MS, clock)
      return null
    } catch (error) {
      const outcome = error instanceof ProbeFailure ? error.outcome : 'reset'
      return {
        silent: `a fresh connection got no answer to ApiVersions within ${ANSWER_WITHIN_MS / 1000} s`,
        refused: 'a fresh connection was refused',
        reset: 'a fresh connection was reset',
      }[outcome]
    } finally {
      connection.close()
    }
  }
}
