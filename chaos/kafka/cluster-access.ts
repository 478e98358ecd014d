import type { Admin } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import type { NodeId } from '../core/topology.ts'
import { waitFor } from '../core/wait.ts'
import type { BrokerLogin } from './broker-login.ts'
import { ASKED_MS, type ClusterOperator, type Listener, openConnection } from './cluster-operator.ts'
import { fetchRightRequest, mayFetch } from './fetch-right.ts'
import { ProbeFailure } from './probe-connection.ts'
import type { ScramUser } from './scram-users.ts'
import {
  groupRightsRequest,
  type OwnRights,
  readGroupRights,
  readTopicRights,
  topicRightsRequest,
} from './own-rights.ts'
import { grantRead, type ReadAccess, revokeRead, rulesAbout } from './read-access.ts'

/** `mixed`: brokers do not agree, as while a rule spreads. `silent`: none answered. */
export type ReadAnswer = 'given' | 'refused' | 'mixed' | 'silent'

export interface ReadGrant extends ReadAccess {
  /** Of each broker; null: no limit. */
  readonly bytesPerSecond: number | null
}

export interface ClusterAccessOptions {
  readonly brokers: () => readonly NodeId[]
  /** Of whoever may change rights: a connection for one piece of work, and brokers asked by hand. */
  readonly admin: <T>(work: (admin: Admin) => Promise<T>) => Promise<T>
  readonly operator: ClusterOperator
  /** How a principal itself reaches brokers and logs in. */
  readonly asPrincipal: (principal: string) => BrokerLogin
  readonly listener: (node: NodeId) => Listener
  readonly clock: Clock
}

const SPREAD_MS = 15_000
const EVERY_MS = 100

/** Rights to read of a cluster. Who may change them changes them; whether they hold is asked as the principal itself. */
export class ClusterAccess {
  readonly #options: ClusterAccessOptions
  readonly #operator: ClusterOperator

  constructor(options: ClusterAccessOptions) {
    this.#options = options
    this.#operator = options.operator
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
    return this.#operator.limit({ kind: 'user', name: principal })
  }

  /** @throws AftershockError `unavailable` when no broker does it */
  async limitTo(principal: string, bytesPerSecond: number | null): Promise<void> {
    await this.#operator.limitTo({ kind: 'user', name: principal }, bytesPerSecond)
  }

  /** @throws AftershockError `unavailable` when no broker does it */
  async addUsers(users: readonly ScramUser[]): Promise<void> {
    await this.#operator.addUsers(users)
  }

  /** By topic: the principal itself logs in to every broker and asks each for records. */
  async ask(principal: string, topics: readonly string[]): Promise<Readonly<Record<string, ReadAnswer>>> {
    const said = await Promise.all(this.#options.brokers().map(node => this.#askAs(node, principal, topics)))
    return Object.fromEntries(
      topics.map((topic, index) => [topic, together(said.map(one => one[index] ?? null))]),
    )
  }

  /**
   * What the principal may do, as brokers say to the principal itself: by `topic x` and `group y`, operations in Kafka's words.
   * null: no broker says. Who is not let in may do nothing.
   */
  async rights(
    principal: string,
    { topics, groups }: { readonly topics: readonly string[]; readonly groups: readonly string[] },
  ): Promise<OwnRights> {
    const found = new Map<string, readonly string[] | null>([
      ...topics.map(name => [`topic ${name}`, null] as const),
      ...groups.map(name => [`group ${name}`, null] as const),
    ])
    const note = (kind: 'topic' | 'group', told: OwnRights) => {
      for (const [name, rights] of Object.entries(told)) if (rights) found.set(`${kind} ${name}`, rights)
    }
    const { clock, listener, asPrincipal, brokers } = this.#options
    for (const node of brokers()) {
      const connection = await openConnection(listener(node), asPrincipal(principal), clock)
      if (connection === 'silent') continue
      if (connection === 'refused') return Object.fromEntries([...found.keys()].map(name => [name, []]))
      try {
        const ask = (frame: Buffer) => connection.request(frame, ASKED_MS, clock)
        note('topic', readTopicRights(await ask(topicRightsRequest(topics, 1))))
        if (groups.length > 0) note('group', readGroupRights(await ask(groupRightsRequest(groups, 2))))
      } catch (error) {
        if (!(error instanceof ProbeFailure)) throw error
      } finally {
        connection.close()
      }
      if ([...found.values()].every(rights => rights !== null)) break
    }
    return Object.fromEntries(found)
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
    const connection = await openConnection(listener(node), asPrincipal(principal), clock)
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
}

function together(answers: readonly (boolean | null)[]): ReadAnswer {
  const told = answers.filter(answer => answer !== null)
  if (told.length === 0) return 'silent'
  if (told.every(Boolean)) return 'given'
  return told.some(Boolean) ? 'mixed' : 'refused'
}
