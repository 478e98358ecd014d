import type { Clock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { brokerName, nodeName, type Topology } from '../../core/topology.ts'
import { openBrokerSocket } from '../../kafka/broker-login.ts'
import { FETCH_ERROR } from '../../kafka/fetch-wire.ts'
import { type LeaderView, leadersRequest, readLeaders } from '../../kafka/leaders-wire.ts'
import { LoginRefused, logIn } from '../../kafka/log-in.ts'
import { ProbeConnection } from '../../kafka/probe-connection.ts'
import type { ReaderPlace } from '../kafka-session.ts'
import { partitionKey } from '../position.ts'

export interface LeadersOptions {
  readonly place: ReaderPlace
  readonly clock: Clock
  readonly clientId: string
  readonly topics: readonly string[]
}

/** What brokers said: who leads what, or that the reader may not know. */
export type LeadersAnswer =
  | {
      readonly kind: 'leaders'
      readonly hosts: ReadonlyMap<number, string>
      readonly of: ReadonlyMap<string, number>
    }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'silent'; readonly why: string }

const ANSWER_MS = 3000
const LOGIN_MS = 10_000
/** As kafkajs words it, which the journals of older runs have. */
export const UNAUTHORISED = 'Not authorized to access topics: [Topic authorization failed]'

/** Asks one broker after the other who leads which partition, that of the own zone first. */
export class Leaders {
  readonly #options: LeadersOptions
  #turn = 0

  constructor(options: LeadersOptions) {
    this.#options = options
  }

  /** Asks one broker; the next call asks another if this one is silent. */
  async ask(): Promise<LeadersAnswer> {
    const { place, clock, clientId, topics } = this.#options
    const nodes = [...place.topology.nodes].sort(
      (a, b) => Number(b.zone === place.zone) - Number(a.zone === place.zone),
    )
    const node = nodes[this.#turn % nodes.length]
    const host = node ? nodeName(node) : ''
    const login = place.login ?? null
    const address = place.dial(place.zone, host, 'client')
    const connection = new ProbeConnection(address, openBrokerSocket(address, host, login))
    try {
      if (login) await logIn(connection, login, LOGIN_MS, clock)
      const answer = await connection.request(leadersRequest(1, clientId, topics), ANSWER_MS, clock)
      return answerOf(readLeaders(answer), place.topology)
    } catch (error) {
      this.#turn += 1
      if (error instanceof LoginRefused) return { kind: 'refused', why: messageOf(error) }
      return { kind: 'silent', why: `${host}: ${messageOf(error)}` }
    } finally {
      connection.close()
    }
  }
}

function answerOf({ brokers, topics }: LeaderView, topology: Topology): LeadersAnswer {
  if (topics.some(({ error }) => error === FETCH_ERROR.topicUnauthorised))
    return { kind: 'refused', why: UNAUTHORISED }
  return {
    kind: 'leaders',
    hosts: new Map([...brokers].map(([id, { host, port }]) => [id, brokerName(topology, host, port)])),
    of: new Map(
      topics.flatMap(({ topic, leaders }) =>
        [...leaders].map(([partition, leader]) => [partitionKey(topic, partition), leader] as const),
      ),
    ),
  }
}
