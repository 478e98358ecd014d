import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { Address } from '../core/network.ts'
import type { NodeId } from '../core/topology.ts'
import { type BrokerLogin, openBrokerSocket } from './broker-login.ts'
import {
  alterQuotaRequest,
  type ClientQuota,
  describeQuotaRequest,
  describeQuotasRequest,
  type LimitedClient,
  type LimitedWork,
  readAlteredQuota,
  readQuota,
  readQuotas,
} from './client-quotas.ts'
import { describeLogDirsRequest, readLogDirs } from './log-dirs.ts'
import { LoginRefused, logIn } from './log-in.ts'
import { ProbeConnection, ProbeFailure } from './probe-connection.ts'
import { alterTopicRequest, readAltered } from './settings-wire.ts'
import { addScramUsersRequest, readAddedScramUsers, type ScramUser } from './scram-users.ts'

/** One broker as somebody reaches it. */
export interface Listener {
  readonly address: Address
  /** As it advertises itself, which its certificate must be for. */
  readonly host: string
}

export interface ClusterOperatorOptions {
  readonly brokers: () => readonly NodeId[]
  readonly listener: (node: NodeId) => Listener
  /** null: whoever comes is let in. */
  readonly login: BrokerLogin | null
  readonly clock: Clock
}

export const ASKED_MS = 3000
const LIMITED_MS = 30_000
const AGAIN_MS = 500

/** What whoever looks after a cluster asks of its brokers by hand, since kafkajs has no words for it. */
export class ClusterOperator {
  readonly #options: ClusterOperatorOptions

  constructor(options: ClusterOperatorOptions) {
    this.#options = options
  }

  /** Bytes that a broker keeps, by `topic/partition`, the most that any told; null when none did. */
  async logSizes(): Promise<Readonly<Record<string, number>> | null> {
    const { clock, listener, login, brokers } = this.#options
    const most: Record<string, number> = {}
    let told = false
    for (const node of brokers()) {
      const connection = await openConnection(listener(node), login, clock)
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

  /** Bytes a second; null: no limit; undefined: no broker reported it. @param work @default read */
  async limit(client: LimitedClient, work: LimitedWork = 'read'): Promise<number | null | undefined> {
    return this.#askAny(describeQuotaRequest(client, 1), reply => readQuota(reply, work))
  }

  /** Every limit on such clients, or on those that none names; undefined: no broker reported it. */
  async limits(kind: LimitedClient['kind'], work: LimitedWork): Promise<readonly ClientQuota[] | undefined> {
    return this.#askAny(describeQuotasRequest(kind, 1), reply => readQuotas(reply, work))
  }

  /**
   * @param work @default read
   * @throws AftershockError `unavailable` when no broker does it
   */
  async limitTo(
    client: LimitedClient,
    bytesPerSecond: number | null,
    work: LimitedWork = 'read',
  ): Promise<void> {
    const why = await this.tryLimitTo(client, bytesPerSecond, work)
    if (why === null) return
    throw new AftershockError(
      'unavailable',
      `the brokers did not set what ${client.name ?? 'everybody else'} may ${work} a second: ${why ?? 'none answered'}`,
      {
        hint: 'approvers of replays need ALTER_CONFIGS on the cluster; else look at the controller’s log',
      },
    )
  }

  /**
   * Asked again while all are silent, as on a machine that is busy: setting it twice does no more than once.
   * @returns why brokers refused; null: it is set; undefined: none answered, and it may be set all the same
   */
  async tryLimitTo(
    client: LimitedClient,
    bytesPerSecond: number | null,
    work: LimitedWork,
  ): Promise<string | null | undefined> {
    return this.#insist(alterQuotaRequest(client, work, bytesPerSecond, 1), readAlteredQuota)
  }

  /**
   * Asked again as a limit is. @param value null: it is taken off the topic
   * @throws AftershockError `unavailable` when no broker does it
   */
  async changeTopic(topic: string, setting: string, value: string | null): Promise<void> {
    const why = await this.#insist(alterTopicRequest(topic, setting, value, 1), readAltered)
    if (why === null) return
    throw new AftershockError(
      'unavailable',
      `the brokers did not change ${setting} of ${topic}: ${why ?? 'none answered'}`,
      {
        hint: 'a value that topics take is named in Kafka’s documentation of topic settings; else look at the controller’s log',
      },
    )
  }

  /** Why it was refused; null: it was done; undefined: nobody answered for as long as it was asked. */
  async #insist(request: Buffer, read: (reply: Buffer) => string | null): Promise<string | null | undefined> {
    const { clock } = this.#options
    const until = clock.now() + LIMITED_MS
    let why = await this.#askAny(request, read)
    while (why === undefined && clock.now() < until) {
      await clock.sleep(AGAIN_MS)
      why = await this.#askAny(request, read)
    }
    return why
  }

  /** @throws AftershockError `unavailable` when no broker does it */
  async addUsers(users: readonly ScramUser[]): Promise<void> {
    const why = await this.#askAny(addScramUsersRequest(users, 1), readAddedScramUsers)
    if (why === null) return
    throw new AftershockError('unavailable', `the brokers did not add logins: ${why ?? 'none answered'}`, {
      hint: 'look at the controller’s log',
    })
  }

  /** The first answer of a broker, who passes it on to the controller; undefined: none answered. */
  async #askAny<T>(request: Buffer, read: (reply: Buffer) => T): Promise<T | undefined> {
    const { clock, listener, login, brokers } = this.#options
    for (const node of brokers()) {
      const connection = await openConnection(listener(node), login, clock)
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

/** Of brokers that are dialled as they advertise themselves. @param brokers in the order in which they are asked */
export function operatorOver(
  brokers: readonly Address[],
  { login, clock }: Pick<ClusterOperatorOptions, 'login' | 'clock'>,
): ClusterOperator {
  return new ClusterOperator({
    brokers: () => brokers.map((_, index) => index),
    listener(index) {
      const address = brokers[index] ?? { host: '', port: 0 }
      return { address, host: address.host }
    },
    login,
    clock,
  })
}

export async function openConnection(
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
