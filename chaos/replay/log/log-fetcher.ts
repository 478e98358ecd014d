import type { Clock } from '../../core/clock.ts'
import { AftershockError, messageOf } from '../../core/errors.ts'
import { LoginRefused } from '../../kafka/log-in.ts'
import { unreadBytes } from '../../machine/receive-queues.ts'
import { askOverFreshConnection, BrokerLiveness } from '../broker-liveness.ts'
import { FetchSize } from '../fetch-size.ts'
import type { ReaderPlace } from '../kafka-session.ts'
import type { OffsetRange, Position } from '../position.ts'
import { CONNECTION_LOST_MS } from '../reader-watch.ts'
import { BrokerLane, type LaneHost } from './broker-lane.ts'
import { BrokerLink } from './broker-link.ts'
import { Leaders, UNAUTHORISED } from './leaders.ts'
import { PartitionReader } from './partition-reader.ts'
import { PartitionTasks, type RecordTasks, type TasksDone } from './record-tasks.ts'

export interface LogFetcherOptions {
  readonly place: ReaderPlace
  readonly clock: Clock
  readonly clientId: string
  /** Those that it reads; they move while it does. */
  readonly positions: readonly Position[]
  readonly tasks: RecordTasks
  /** The most that is asked for at once of a partition; on a narrow link it is less. @default 1 MiB */
  readonly maxBytesPerPartition?: number | undefined
  /** Wall ms from which on nothing is read. @default never */
  readonly mayReadUntil?: number | undefined
  /** While it is, nothing is held against a connection on which a broker that lives is silent. @default never */
  readonly isLeftAlone?: () => boolean
  readonly on: LogFetcherEvents
}

export interface LogFetcherEvents {
  /** After each answer. Resolves when there is room for another. */
  took(lines: readonly string[]): void
  room(): Promise<void>
  unread(position: Position, range: OffsetRange): void
  /** A broker refuses the reader, in its words. */
  refused(why: string): void
  /** It will not go on, whatever it is asked. */
  failed(why: string): void
  trouble(message: string): void
}

/** What the connections carried. */
export interface FetchTraffic {
  readonly receivedBytes: number
  /** How long brokers have held it back, for a quota. */
  readonly throttledMs: number
  /** Questions that brokers have not answered whole, and connections that they hold back. */
  readonly owed: number
}

const LOOK_MS = 250

/**
 * Reads partitions whole with Kafka's fetch protocol, as a consumer without a group does: from the leaders, committed
 * records only, over a connection to each broker. Like every client it asks again who leads what, when a broker says that
 * it does not or cannot be reached. A connection is given up when its broker is shown dead, and for nothing else.
 */
export class LogFetcher {
  readonly #options: LogFetcherOptions
  readonly #readers: ReadonlyMap<string, PartitionReader>
  readonly #tasks: readonly PartitionTasks[]
  readonly #lanes = new Map<string, BrokerLane>()
  readonly #leaders: Leaders
  readonly #liveness: BrokerLiveness
  readonly #fetchSize: FetchSize
  readonly #stop = new AbortController()
  readonly #running: Promise<void>[] = []
  #isStale = true
  #receivedBytes = 0
  #throttledMs = 0
  #heldBack = 0

  constructor(options: LogFetcherOptions) {
    this.#options = options
    const { place, clock, clientId, positions, tasks, maxBytesPerPartition = 1024 * 1024 } = options
    const pairs = positions.map(position => [position, new PartitionTasks(tasks, position)] as const)
    this.#tasks = pairs.map(([, task]) => task)
    this.#readers = new Map(
      pairs.map(([position, task]) => new PartitionReader(position, [task])).map(one => [one.key, one]),
    )
    const topics = [...new Set(positions.map(({ topic }) => topic))]
    this.#leaders = new Leaders({ place, clock, clientId, topics })
    this.#liveness = new BrokerLiveness(clock, askOverFreshConnection(place, clock))
    const perBroker = Math.ceil(positions.length / Math.max(1, place.topology.nodes.length))
    this.#fetchSize = new FetchSize(maxBytesPerPartition, perBroker)
  }

  start(): void {
    this.#running.push(this.#look())
  }

  get traffic(): FetchTraffic {
    const owed = this.#links().reduce((sum, { watch }) => sum + watch.owed, 0)
    return { receivedBytes: this.#receivedBytes, throttledMs: this.#throttledMs, owed: owed + this.#heldBack }
  }

  /** What its sockets hold that it has not taken; null where the system does not tell. */
  unreadBytes(): number | null {
    return unreadBytes(new Set(this.#links().flatMap(({ localPort }) => localPort ?? [])))
  }

  /** Ends its connections. What was made of the records so far, a row for each partition. */
  async finish(): Promise<TasksDone[]> {
    this.#stop.abort()
    for (const lane of this.#lanes.values())
      lane.end(new AftershockError('interrupted', 'the reader is over'))
    await Promise.all(this.#running)
    return this.#tasks.map(task => task.done())
  }

  async #look(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      if (this.#isStale) await this.#askWhoLeads()
      this.#endWhatIsDead()
      await clock.sleep(LOOK_MS, signal).catch(() => {})
    }
  }

  async #askWhoLeads(): Promise<void> {
    this.#isStale = false
    const answer = await this.#leaders.ask()
    if (this.#stop.signal.aborted) return
    if (answer.kind === 'refused') this.#options.on.refused(answer.why)
    if (answer.kind !== 'leaders') {
      this.#isStale = true
      return
    }
    for (const [key, reader] of this.#readers) {
      const host = answer.hosts.get(answer.of.get(key) ?? -1)
      // Nobody leads it now: asked again soon.
      if (host === undefined) this.#isStale ||= !reader.position.isDone
      else this.#give(reader, host)
    }
  }

  #give(reader: PartitionReader, host: string): void {
    for (const lane of this.#lanes.values()) if (lane.host !== host) lane.readers.delete(reader.key)
    const lane = this.#lanes.get(host) ?? this.#open(host)
    if (lane.readers.has(reader.key)) return
    lane.readers.set(reader.key, reader)
    lane.wake()
  }

  #open(host: string): BrokerLane {
    const lane = new BrokerLane(host, this.#laneHost())
    this.#lanes.set(host, lane)
    this.#running.push(lane.run())
    return lane
  }

  #laneHost(): LaneHost {
    const { clientId, clock, place, mayReadUntil = Number.POSITIVE_INFINITY, on } = this.#options
    const sleep = (ms: number) => clock.sleep(ms, this.#stop.signal).catch(() => {})
    return {
      clientId,
      fetchSize: this.#fetchSize,
      now: () => clock.now(),
      sleep,
      mayRead: () => clock.wallMs() < mayReadUntil,
      room: () => on.room(),
      took: lines => on.took(lines),
      unread: ({ position }, range) => on.unread(position, range),
      unauthorised: () => on.refused(UNAUTHORISED),
      failed: why => on.failed(why),
      misled: (_host, error) => {
        this.#isStale = true
        if (error instanceof LoginRefused) on.refused(messageOf(error))
      },
      throttled: ms => {
        this.#throttledMs += ms
        this.#heldBack += 1
        return sleep(ms).finally(() => {
          this.#heldBack -= 1
        })
      },
      open: host =>
        BrokerLink.open({
          address: place.dial(place.zone, host, 'client'),
          host,
          login: place.login ?? null,
          clock,
          onBytes: bytes => {
            this.#receivedBytes += bytes
          },
          onAnswer: answer => this.#fetchSize.answered(answer),
        }),
    }
  }

  #links(): BrokerLink[] {
    return [...this.#lanes.values()].flatMap(({ link }) => (link ? [link] : []))
  }

  #endWhatIsDead(): void {
    const { clock, on, isLeftAlone } = this.#options
    const now = clock.now()
    const links = this.#links()
    const dead = this.#liveness.check(links.map(({ watch }) => watch))
    for (const link of links) {
      const { host, silentSince } = link.watch
      if (dead?.host === host) link.destroy(new AftershockError('unavailable', `${host}: ${dead.why}`))
      const isLost = silentSince !== null && now - silentSince >= CONNECTION_LOST_MS && !isLeftAlone?.()
      if (dead?.host === host || !isLost) continue
      on.trouble(`${host} answers, but not on one connection; that one is ended`)
      link.destroy(new AftershockError('unavailable', `${host} was silent on it for a minute`))
    }
  }
}
