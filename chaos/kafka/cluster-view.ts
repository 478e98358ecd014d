import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Address, Dial } from '../core/network.ts'
import type { PartitionState } from '../core/partition-state.ts'
import { type KafkaNode, type NodeId, nodeName, type Topology, type ZoneName } from '../core/topology.ts'
import { waitFor } from '../core/wait.ts'
import { type AdvertisedBroker, metadataRequest, readAdvertised, readMetadata } from './wire.ts'
import { ProbeConnection, ProbeFailure } from './probe-connection.ts'
import { type BrokerLogin, openBrokerSocket } from './broker-login.ts'
import { LoginRefused, logIn } from './log-in.ts'

export interface ClusterViewOptions {
  readonly bootstrap: readonly Address[]
  /** Where the clients are that look at the cluster. */
  readonly zone: ZoneName
  readonly clock: Clock
  readonly onTrouble: (message: string) => void
  /** @default null: brokers that ask nobody who they are */
  readonly login?: BrokerLogin | null
}

const REFRESH_MS = 1000
const ANSWER_MS = 1000

/**
 * What clients without links of their own know of a cluster: its brokers as they advertise themselves, and who leads.
 * Each second another broker is asked, on a connection that is kept, and the newest leader epoch wins: one that
 * is cut off keeps telling what it knew. Not through kafkajs, which fails all topics while one partition has no leader.
 */
export class ClusterView implements AsyncDisposable {
  readonly topology: Topology
  readonly #options: ClusterViewOptions
  readonly #connections = new Map<string, ProbeConnection>()
  readonly #partitions = new Map<string, PartitionState>()
  readonly #stop = new AbortController()
  #brokers: readonly AdvertisedBroker[] = []
  /** Why brokers did not let us in; empty without a login, which leaves nothing to say but that they are silent. */
  readonly #refusals = new Map<string, string>()
  #nodes: readonly KafkaNode[] = []
  #turn = 0
  #loop: Promise<void> = Promise.resolve()

  private constructor(options: ClusterViewOptions) {
    this.#options = options
    const nodes = () => this.#nodes
    this.topology = {
      zones: [options.zone],
      links: [],
      get nodes() {
        return nodes()
      },
    }
  }

  /** Resolves when a broker has answered. @throws AftershockError `unavailable` when none did by the deadline. */
  static async find(
    options: ClusterViewOptions,
    deadlineMs: number,
    signal?: AbortSignal,
  ): Promise<ClusterView> {
    const view = new ClusterView(options)
    const names = options.bootstrap.map(name).join(', ')
    try {
      await waitFor(`a broker of ${names} to answer`, () => view.refresh(), {
        clock: options.clock,
        deadlineMs,
        everyMs: 250,
        ...(signal && { signal }),
        ...(options.login && { lastSeen: () => view.#whyNot() }),
      })
    } catch (error) {
      view.#close()
      if (!(error instanceof AftershockError) || error.code !== 'unavailable') throw error
      throw new AftershockError('unavailable', error.message, {
        hint: options.login
          ? 'Is the password that of this principal, is the authority that of the brokers, and is the listener one for logins?'
          : 'Do the brokers run, can this machine reach them, and is the listener one without TLS and login?',
        cause: error,
      })
    }
    view.#loop = view.#run()
    return view
  }

  get brokers(): readonly AdvertisedBroker[] {
    return this.#brokers
  }

  /** As clients dial them: what a broker advertises is where it is. */
  readonly dial: Dial = (_zone, broker, _listener, port) => {
    const known = [...this.#brokers, ...this.#options.bootstrap]
    const found =
      known.find(({ host, port: own }) => host === broker && own === port) ??
      known.find(at => at.host === broker || nodeName(at) === broker)
    return found ? { host: found.host, port: port ?? found.port } : { host: broker, port: port ?? 9092 }
  }

  /** null while nobody leads it. */
  leaderOf = (topic: string, partition: number): NodeId | null => {
    const leader = this.#partitions.get(`${topic}/${partition}`)?.leader ?? -1
    return leader < 0 ? null : leader
  }

  /** Partitions of the topic that were heard of; 0 when there is no such topic. */
  partitionsOf(topic: string): number {
    let count = 0
    while (this.#partitions.has(`${topic}/${count}`)) count += 1
    return count
  }

  /** Asks one broker, or the next when that is silent; false when nobody answered. */
  async refresh(): Promise<boolean> {
    const known = new Map([...this.#brokers, ...this.#options.bootstrap].map(at => [name(at), at]))
    const candidates = [...known.values()]
    for (let i = 0; i < candidates.length; i++) {
      const address = candidates[this.#turn++ % candidates.length] as Address
      const answer = await this.#ask(address)
      if (!answer) continue
      this.#take(answer)
      return true
    }
    return false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#close()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { clock, onTrouble } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await clock.sleep(REFRESH_MS, signal)
        await this.refresh()
      } catch (error) {
        if (!signal.aborted) onTrouble(`the brokers' answer was not understood: ${messageOf(error)}`)
      }
    }
  }

  async #ask(address: Address): Promise<Buffer | undefined> {
    const { login, clock } = this.#options
    const key = name(address)
    let isNew = false
    let connection = this.#connections.get(key)
    if (!connection || connection.closed) {
      connection = this.#connect(address)
      this.#connections.set(key, connection)
      isNew = true
    }
    try {
      if (isNew && login) await logIn(connection, login, ANSWER_MS, clock)
      return await connection.request(metadataRequest(1), ANSWER_MS, clock)
    } catch (error) {
      // A late reply would be taken for the next one's.
      connection.close()
      this.#connections.delete(key)
      if (error instanceof LoginRefused)
        this.#note(key, `refuses the login of ${login?.username}: ${messageOf(error)}`)
      else if (!(error instanceof ProbeFailure)) throw error
      return undefined
    }
  }

  #connect(address: Address): ProbeConnection {
    const { login } = this.#options
    if (!login) return new ProbeConnection(address)
    const socket = openBrokerSocket(address, address.host, login)
    // What is wrong with a certificate is told to the socket only.
    socket.once('error', error => this.#note(name(address), `cannot be talked to: ${messageOf(error)}`))
    return new ProbeConnection(address, socket)
  }

  #note(broker: string, trouble: string): void {
    if (this.#refusals.get(broker) === trouble) return
    this.#refusals.set(broker, trouble)
    this.#options.onTrouble(`${broker} ${trouble}`)
  }

  #whyNot(): string {
    return [...this.#refusals].map(([broker, trouble]) => `${broker} ${trouble}`).join('; ') || 'silence'
  }

  #take(answer: Buffer): void {
    for (const [key, state] of Object.entries(readMetadata(answer).partitions)) {
      const known = this.#partitions.get(key)
      if (!known || state.leaderEpoch >= known.leaderEpoch) this.#partitions.set(key, state)
    }
    this.#brokers = readAdvertised(answer)
    const shareHosts = new Set(this.#brokers.map(({ host }) => host)).size < this.#brokers.length
    this.#nodes = this.#brokers.map(({ id, host, port, rack }) => ({
      id,
      host,
      zone: rack ?? '',
      ...(shareHosts && { port }),
    }))
  }

  #close(): void {
    for (const connection of this.#connections.values()) connection.close()
  }
}

function name({ host, port }: Address): string {
  return `${host}:${port}`
}
