import type { Admin } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { Address } from '../core/network.ts'
import type { NodeId } from '../core/topology.ts'
import { waitFor } from '../core/wait.ts'
import { type BrokerLogin, openBrokerSocket } from './broker-login.ts'
import {
  alterReadQuotaRequest,
  describeReadQuotaRequest,
  readAlteredQuota,
  readReadQuota,
} from './client-quotas.ts'
import { fetchRightRequest, mayFetch } from './fetch-right.ts'
import { describeLogDirsRequest, readLogDirs } from './log-dirs.ts'
import { LoginRefused, logIn } from './log-in.ts'
import { ProbeConnection, ProbeFailure } from './probe-connection.ts'
import { addScramUsersRequest, readAddedScramUsers, type ScramUser } from './scram-users.ts'
import { grantRead, type ReadAccess, revokeRead, rulesAbout } from './read-access.ts'

/** `mixed`: brokers do not agree, as while a rule spreads. `silent`: none answered. */
export type ReadAnswer = 'given' | 'refused' | 'mixed' | 'silent'

export interface ReadGrant extends ReadAccess {
  /** Of each broker; null: no limit. */
  readonly bytesPerSecond: number | null
}

/** One broker as somebody reaches it. */
export interface Listener {
  readonly address: Address
  /** As it advertises itself, which its certificate must be for. */
  readonly host: string
}

export interface ClusterAccessOptions {
  readonly brokers: () => readonly NodeId[]
  /** Of whoever may change rights: a connection for one piece of work, and where brokers are asked by hand. */
  readonly admin: <T>(work: (admin: Admin) => Promise<T>) => Promise<T>
  readonly operator: { readonly listener: (node: NodeId) => Listener; readonly login: BrokerLogin | null }
  /** How a principal itself reaches brokers and logs in. */
  readonly asPrincipal: (principal: string) => BrokerLogin
  readonly listener: (node: NodeId) => Listener
  readonly clock: Clock
}

const ASKED_MS = 3000
const SPREAD_MS = 15_000
const EVERY_MS = 100

/** Rights to read of a cluster. Who may change them changes them; whether they hold is asked as the principal itself. */
export class ClusterAccess {
  readonly #options: ClusterAccessOptions

  constructor(options: ClusterAccessOptions) {
    this.#options = options
  }

  /** READ on the topics and on its groups, and a limit; resolves when every broker that answers knows of it. */
  async allow(grant: ReadGrant): Promise<void> {
    await this.#options.admin(admin => grantRead(admin, grant))
    await this.limitTo(grant.principal, grant.bytesPerSecond)
    await this.#untilAll(grant, 'given')
  }

  /** Takes exactly that away; resolves when every broker that answers refuses. */
  async withdraw(grant: ReadGrant): Promise<void> {
    await this.#options.admin(admin => revokeRead(admin, grant))
    await this.limitTo(grant.principal, null)
    await this.#untilAll(grant, 'refused')
  }

  /** null when no broker reported it. */
  async rules(principal: string): Promise<readonly string[] | null> {
    return this.#options.admin(admin => rulesAbout(admin, principal)).catch(() => null)
  }

  /** Bytes a second; null: no limit; undefined: no broker reported it. */
  async limit(principal: string): Promise<number | null | undefined> {
    return this.#askAny(describeReadQuotaRequest(principal, 1), readReadQuota)
  }

  /** Bytes that a broker keeps, by `topic/partition`, the most that any told; null when none did. */
  async logSizes(): Promise<Readonly<Record<string, number>> | null> {
    const { clock, operator, brokers } = this.#options
    const most: Record<string, number> = {}
    let told = false
    for (const node of brokers()) {
      const connection = await open(operator.listener(node), operator.login, clock)
      if (typeof connection === 'string') continue
      try {
        const sizes = readLogDirs(await connection.request(describeLogDirsRequest(1), ASKED_MS, clock))
        told = true
        for (const [key, bytes] of Object.entries(sizes)) most[key] = Math.max(bytes, most[key] ?? 0)
      } catch (error) {
        if (!(error instanceof ProbeFailure)) throw error
      } finally {
        connection.close()
      }
    }
    return told ? most : null
  }

  /** @throws AftershockError `unavailable` when no broker does it */
  async limitTo(principal: string, bytesPerSecond: number | null): Promise<void> {
    const why = await this.#askAny(alterReadQuotaRequest(principal, bytesPerSecond, 1), readAlteredQuota)
    if (why === null) return
    throw new AftershockError(
      'unavailable',
      `the brokers did not set what ${principal} may read a second: ${why ?? 'none answered'}`,
      {
        hint: 'approvers of replays need ALTER_CONFIGS on the cluster; else look at the controller’s log',
      },
    )
  }

  /** @throws AftershockError `unavailable` when no broker does it */
  async addUsers(users: readonly ScramUser[]): Promise<void> {
    const why = await this.#askAny(addScramUsersRequest(users, 1), readAddedScramUsers)
    if (why === null) return
    throw new AftershockError('unavailable', `the brokers did not add logins: ${why ?? 'none answered'}`, {
      hint: 'look at the controller’s log',
    })
  }

  /** By topic: the principal itself logs in to every broker and asks each for records. */
  async ask(principal: string, topics: readonly string[]): Promise<Readonly<Record<string, ReadAnswer>>> {
    const said = await Promise.all(this.#options.brokers().map(node => this.#askAs(node, principal, topics)))
    return Object.fromEntries(
      topics.map((topic, index) => [topic, together(said.map(one => one[index] ?? null))]),
    )
  }

  async #untilAll({ principal, topics }: ReadGrant, wanted: ReadAnswer): Promise<void> {
    let seen = ''
    const agreed = async () => {
      const answers = Object.entries(await this.ask(principal, topics))
      seen = answers.map(([topic, answer]) => `${topic} ${answer}`).join(', ')
      return answers.every(([, answer]) => answer === wanted)
    }
    const verb = wanted === 'given' ? 'give' : 'refuse'
    const what = `every broker to ${verb} ${principal} records of ${topics.join(', ')}`
    const { clock } = this.#options
    await waitFor(what, agreed, { clock, deadlineMs: SPREAD_MS, everyMs: EVERY_MS, lastSeen: () => seen })
  }

  /** In the order of the topics, whether this broker gives records of it; null: it said nothing of that. */
  async #askAs(
    node: NodeId,
    principal: string,
    topics: readonly string[],
  ): Promise<readonly (boolean | null)[]> {
    const { clock, listener, asPrincipal } = this.#options
    const connection = await open(listener(node), asPrincipal(principal), clock)
    // Who is not let in is not given anything either.
    if (connection === 'refused') return topics.map(() => false)
    if (connection === 'silent') return topics.map(() => null)
    try {
      const answers: (boolean | null)[] = []
      for (const topic of topics)
        answers.push(mayFetch(await connection.request(fetchRightRequest(topic, 0, 1), ASKED_MS, clock)))
      return answers
    } catch (error) {
      if (error instanceof ProbeFailure) return topics.map(() => null)
      throw error
    } finally {
      connection.close()
    }
  }

  /** The first answer of a broker, who passes it on to the controller; undefined: none answered. */
  async #askAny<T>(request: Buffer, read: (reply: Buffer) => T): Promise<T | undefined> {
    const { clock, operator, brokers } = this.#options
    for (const node of brokers()) {
      const connection = await open(operator.listener(node), operator.login, clock)
      if (typeof connection === 'string') continue
      try {
        return read(await connection.request(request, ASKED_MS, clock))
      } catch (error) {
        if (!(error instanceof ProbeFailure)) throw error
      } finally {
        connection.close()
      }
    }
    return undefined
  }
}

async function open(
  { address, host }: Listener,
  login: BrokerLogin | null,
  clock: Clock,
): Promise<ProbeConnection | 'refused' | 'silent'> {
  const connection = new ProbeConnection(address, openBrokerSocket(address, host, login))
  if (login === null) return connection
  try {
    await logIn(connection, login, ASKED_MS, clock)
    return connection
  } catch (error) {
    connection.close()
    if (error instanceof LoginRefused) return 'refused'
    if (error instanceof ProbeFailure) return 'silent'
    throw error
  }
}

function together(answers: readonly (boolean | null)[]): ReadAnswer {
  const told = answers.filter(answer => answer !== null)
  if (told.length === 0) return 'silent'
  if (told.every(Boolean)) return 'given'
  return told.some(Boolean) ? 'mixed' : 'refused'
}
