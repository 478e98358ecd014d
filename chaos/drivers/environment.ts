import type { Admin } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import type { Contract } from '../core/contract.ts'
import type { Drill } from '../core/drill.ts'
import type { AftershockError } from '../core/errors.ts'
import type { JournalEvent } from '../record/journal-events.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import type { Dial } from '../core/network.ts'
import type { ClientPrincipal } from '../core/security-settings.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import type { PlatformName } from '../platforms/index.ts'
import type { PlatformSoftware } from '../record/platform-software.ts'
import type { RunHeader } from '../record/run-header.ts'
import type { ConnectorSample, ConnectorsSample, ProcessorSample, RegionsSample } from '../record/samples.ts'
import type { Checkpoint } from '../platforms/mirror.ts'
import type { PartitionState } from '../core/partition-state.ts'
import type { RegionName } from '../core/regions.ts'
import type { NodeId, Topology, ZoneName } from '../core/topology.ts'
import type { PlatformOptionValues } from '../platforms/options.ts'
import type { TopicSettings } from '../platforms/topics.ts'
import type { Capability, Driver } from './driver.ts'

/**
 * The port of a run: everything that it needs of the place where it runs. A kind of environment says on paper what it
 * has (`outline`), gets ready (`prepare`), and starts or takes hold (`open`). What a dead run left there is undone by
 * its `RemainsOf`. The conductor knows nothing else of it.
 */
export interface EnvironmentKind {
  readonly name: Driver['name']
  /**
   * The drill as it can be there: by other names of its topics, say, so that nothing is touched that was there before.
   * Everything that follows is given this one. @default as it is
   */
  fitted?(drill: Drill): Drill
  /** Nothing is started, fetched or looked at. */
  outline(
    drill: Pick<Drill, 'connector' | 'connectors' | 'processor' | 'regions' | 'security' | 'upgrade'>,
    platform: PlatformName,
  ): Outline
  /** What a run starts besides its fleet, in words. */
  parts(drill: Drill, choice: PlatformChoice): string[]
  /**
   * Fetches or builds whatever a run needs, or finds the environment that stays; starts nothing.
   * @throws AftershockError `unavailable`, with what to do about it, when the platform cannot be run there.
   */
  prepare(drill: Drill, choice: PlatformChoice, setup: Setup): Promise<Environment>
  /** Ends what it took to find it; whoever asked for it calls that, after the run. May be repeated. @default nothing */
  end?(): Promise<void>
}

/** Which platform is run, and where what no registry has comes from. */
export interface PlatformChoice extends PlatformOptionValues {
  readonly platform: PlatformName
  /** @default the one that this program ships, or that is in the distribution */
  readonly version?: string
}

export interface Setup {
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
  readonly progress: (line: string) => void
  readonly signal?: AbortSignal
}

/** What is known of an environment before anything starts: a drill is checked against it, and planned on it. */
export interface Outline {
  readonly name: Driver['name']
  readonly platform: PlatformName
  /** With a fleet. A drill that needs another one is refused. */
  readonly capabilities: ReadonlySet<Capability>
  readonly topology: Topology
  /** The cluster of region b, for a drill that has one. */
  readonly second?: { readonly topology: Topology; readonly capabilities: ReadonlySet<Capability> }
  /** How the contract's topics are made for a drill that needs these capabilities. */
  topics(contract: Contract, needs: ReadonlySet<Capability>): readonly TopicSettings[]
}

/** Ready for one run, and not started. */
export interface Environment {
  readonly outline: Outline
  /** Its part of `run.json`. */
  readonly header: Pick<RunHeader, 'driver' | 'labDir' | 'ownsLab' | 'versions'> & {
    readonly software: PlatformSoftware
    /** Of region b. @default there is none */
    readonly regionSoftware?: PlatformSoftware
  }
  /**
   * Starts it, or takes hold of one that stays. What it adds to `endings` leaves it as it was found, however far it
   * came: the run ends all of it, whatever happens.
   * @throws AftershockError `refused` or `unavailable` when a run cannot begin there.
   */
  open(run: OpenOptions): Promise<StartedEnvironment>
}

export interface OpenOptions {
  /** Its name, and its folder: configuration and logs of the environment are kept there. */
  readonly run: string
  readonly runDir: string
  readonly drill: Drill
  readonly runner: ProcessIdentity
  /** Those that the run makes anew. */
  readonly topics: readonly TopicSettings[]
  /** Of the run: every `t` in its evidence is on it. */
  readonly clock: Clock
  /** Writes a line of the run's journal: every process that is started is known before anything can go wrong. */
  readonly record: (event: JournalEvent) => void
  /** Nodes that a fault holds down at this moment: no restart policy touches them. */
  readonly held: () => ReadonlySet<NodeId>
  readonly progress: (line: string) => void
  readonly signal: AbortSignal
  /** Ends the run early, as an interruption would, when the place itself says that it must: the error says why. */
  readonly stop: (why: AftershockError) => void
  /** Ends the timeline early as one of the drill's abort conditions does: it is healed, judged and sealed as aborted. */
  readonly abort: (why: string) => void
  readonly endings: Endings
}

/** What has to be ended, in the reverse of the order in which it is added, each within its deadline. */
export interface Endings {
  /** @param deadlineMs @default 30 s */
  add(what: string, end: () => unknown, deadlineMs?: number): void
}

export interface StartedEnvironment {
  /** Without clients: those are the run's own fleet (`withClients`). */
  readonly driver: Driver
  readonly dial: Dial
  /** How a client in this role logs in. @default brokers let in every client */
  readonly loginOf?: ((role: ClientPrincipal) => BrokerLogin) | undefined
  readonly admin: AdminWork
  /** Bytes that a broker keeps, by `topic/partition`, the most that any told; null when none did. */
  readonly logSizes: () => Promise<Readonly<Record<string, number>> | null>
  /** What each broker hands a second to who calls itself so; null takes the limit away. */
  readonly limitReads: (clientId: string, bytesPerSecond: number | null) => Promise<void>
  /** How all devices call themselves, and what they send a second at most, together. @default no limit */
  readonly fleetLimit?: { readonly client: string; readonly bytesPerSecond: number }
  /** Whether topics that are there are kept, whatever they are called: a run that wants their names is refused. */
  readonly keepsTopics?: true
  /** Where clients reach brokers over a way that is not the platform's, and slower: the slowest answer since asked last. */
  readonly way?: { slowestMs(): number }
  /** Called as soon as the run's topics are there. */
  readonly topicsMade?: (topics: readonly string[]) => Promise<void>
  /** Keeps the names of what the run makes. @returns those of earlier runs, which go before. */
  claimTopics(topics: readonly string[]): readonly string[]
  /** What it measures besides what the brokers say of the cluster. */
  readonly meters: readonly Meter[]
  /** Not started; null: the drill has none. */
  readonly connector: Connector | null
  /** Not started; null: the drill has none. */
  readonly connectors: ConnectorCluster | null
  /** Not started; null: the drill has none. */
  readonly processor: StatefulProcessor | null
  /** Its cluster lives, and its mirror is not started; null: the drill has one cluster. */
  readonly regions: SecondRegion | null
}

/** One piece of set-up over a connection of its own, past everything that is measured. It ends in bounded time. */
export type AdminWork = <T>(work: (admin: Admin) => Promise<T>) => Promise<T>

/** One file of samples, `samples/<name>.jsonl`. */
export interface Meter {
  readonly name: string
  readonly everyMs: number
  /**
   * Its lines for this moment; what could not be asked is left out.
   * @param partitions as the brokers said last
   */
  sample(
    t: number,
    partitions: Readonly<Record<string, PartitionState>>,
  ): Promise<readonly object[]> | readonly object[]
}

/** A Kafka Connect worker with one sink, from when the topics are made until before the brokers end. */
export interface Connector {
  start(signal: AbortSignal): Promise<Extract<JournalEvent, { kind: 'connector.started' }>>
  sample(t: number): Promise<ConnectorSample>
  /** Once nothing is written any more: gives the sink time to have what is stored. */
  drain(
    signal: AbortSignal,
    progress: (line: string) => void,
  ): Promise<Extract<JournalEvent, { kind: 'connector.drained' }>>
}

/** A cluster of Connect workers with sinks into a database, from when the topics are made until before the brokers end. */
export interface ConnectorCluster {
  /** Sinks that may go to region b. Absent: they stay. */
  going?(): readonly GoingSink[]
  /** Ends its workers in region a, as a region that is lost ends them. Absent: they stay. */
  leave?(): Promise<readonly LeftSink[]>
  /** Starts a worker in region b with the same sinks and sources; resolves when every task says that it runs. */
  follow?(signal: AbortSignal): Promise<{
    readonly workers: number
    readonly tasks: number
    /** By source, the row of its table from which it goes on. */
    readonly places: ReadonlyMap<string, number>
  }>
  /** Rows that sinks have written, or written again; null when the database does not say. */
  writes?(): Promise<number | null>
  start(signal: AbortSignal): Promise<Extract<JournalEvent, { kind: 'connectors.started' }>>
  /** One for each sink. */
  sample(t: number): Promise<readonly ConnectorsSample[]>
  /**
   * Waits until the sink has passed all that is stored now. What it could not make a row of so far is read from its
   * topic of dead letters as a client of `zone` in the role `repair`.
   * @throws AftershockError `unavailable` when it does not come so far, or its dead letters cannot be read
   */
  quarantined(connector: string, zone: ZoneName, signal: AbortSignal): Promise<readonly QuarantinedRecord[]>
  /** Once nothing is written any more: gives the sinks time to commit what is stored, and keeps what they then have. */
  drain(
    signal: AbortSignal,
    progress: (line: string) => void,
  ): Promise<Extract<JournalEvent, { kind: 'connectors.drained' }>>
}

export interface GoingSink {
  readonly connector: string
  readonly group: string
  readonly topics: readonly string[]
}

/** A sink that has left region a. */
export interface LeftSink extends GoingSink {
  /** By `topic/partition`, as far as was seen. */
  readonly committed: Readonly<Record<string, number>>
}

/** A stateful processor and its devices, from when the topics are made until before the brokers end. */
export interface StatefulProcessor {
  /**
   * Ends its instances in region a, and has its devices tell region b what they were told last. Absent: it stays.
   * @returns how many devices told something
   */
  leave?(): Promise<{ readonly devices: number }>
  /**
   * Starts instances in region b; resolves when every partition is processed there.
   * @returns records of its state that were restored, and commands and acknowledgements that were read again
   */
  follow?(signal: AbortSignal): Promise<{
    readonly restored: number
    readonly replayed: number
    readonly partitions: number
  }>
  start(signal: AbortSignal): Promise<Extract<JournalEvent, { kind: 'processor.started' }>>
  sample(t: number): Promise<ProcessorSample>
  /** Once nothing is written any more: gives it time to process what is stored, and keeps what it then has. */
  drain(
    signal: AbortSignal,
    progress: (line: string) => void,
  ): Promise<Extract<JournalEvent, { kind: 'processor.drained' }>>
}

/** A second cluster with a mirror into it, from when the topics are made until before the brokers end. */
export interface SecondRegion {
  /** As clients reach it; zones are called as in the first. */
  readonly topology: Topology
  readonly dial: Dial
  leaderOf(topic: string, partition: number): NodeId | null
  start(signal: AbortSignal): Promise<Extract<JournalEvent, { kind: 'regions.started' }>>
  sample(t: number): Promise<RegionsSample>
  /**
   * So that what was not mirrored cannot come after what is written there now.
   * @param way @default `there`
   * @returns the state of each connector
   */
  stopMirror(signal: AbortSignal, way?: 'there' | 'back'): Promise<Readonly<Record<string, string>>>
  /** The worker of a mirror from the second cluster into the first, and nothing that it copies. */
  prepareBack(signal: AbortSignal): Promise<void>
  /** Copies from the second cluster into the first what stands at these offsets and later; resolves when its tasks run. */
  startBack(from: Readonly<Record<string, number>>, signal: AbortSignal): Promise<void>
  /** Whether a worker lives that copies back, or could. */
  hasBack(): boolean
  /** By `topic/partition`: the offset of its source that a mirror copies next; null: its worker does not say. */
  copiedTo(way: 'there' | 'back'): Promise<Readonly<Record<string, number>> | null>
  /** What the group has in a cluster, and where that ends; by `topic/partition`, as that calls its topics. @param region @default b */
  placesOf(group: string, region?: RegionName): Promise<RegionPlaces>
  /** What was translated so far, as it is stored in the cluster that is copied to. */
  checkpoints(way?: 'there' | 'back'): Promise<readonly TimedCheckpoint[]>
  /** How the contract's topics are set there. */
  settingsOf(region: RegionName): Promise<TopicFacts>
  /** Who may do what there; null: the cluster asks nobody. */
  accessOf(region: RegionName): Promise<RegionAccess | null>
  /** The same of region a as it was when the mirror began; null: it asked nobody. */
  knownAccess(): RegionAccess | null
}

export interface RegionAccess {
  /** Rules, one a line, as brokers list them. */
  readonly rules: readonly string[]
  /** `device may WRITE topic telemetry`: what brokers said to each principal itself. */
  readonly rights: readonly string[]
  /** `device, topic telemetry`: of which no broker said it. */
  readonly unsaid: readonly string[]
}

/** By topic: its settings by name, and `partitions`. */
export type TopicFacts = Readonly<Record<string, Readonly<Record<string, string>>>>

export interface RegionPlaces {
  readonly committed: Readonly<Record<string, number>>
  readonly ends: Readonly<Record<string, number>>
}

export interface TimedCheckpoint extends Checkpoint {
  /** Wall milliseconds. */
  readonly wallMs: number
}

/** By where it is stored, and why the sink could not take it. */
export interface QuarantinedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly reason: string
}

/** What healing knows of a run that died. */
export interface DeadRun {
  readonly driver: string
  readonly runDir: string
  /** null: it died before its environment stood in the journal. */
  readonly labDir: string | null
  readonly ownsLab: boolean
  /** Or a stateful processor: something of its own in a lab that stays. */
  readonly hasConnector: boolean
  readonly startedAtWallMs: number
  readonly runner: ProcessIdentity
  /** Every process that it started there. */
  readonly started: readonly ProcessIdentity[]
}

/** What there is of a run that died, by what its journal and its header tell. */
export type RemainsOf = (run: DeadRun, clock: Clock) => Remains

/** What a dead run left in its environment. Everything may be repeated. */
export interface Remains {
  /** Whether something of it is alive, or the environment is still in its name. */
  isAlive(): boolean
  /**
   * Of a run with an environment of its own: ends everything, and its faults with it.
   * @returns how many processes were ended, and how many are left all the same.
   */
  clear(): Promise<{ readonly ended: number; readonly left: number }>
  /** Of one that stays: takes hold of it, so that faults can be healed. */
  enter(options: Pick<OpenOptions, 'record' | 'held'>): EnteredEnvironment
}

/** While it is held, brokers that end are started again: the dead run's own restart policy is gone. */
export interface EnteredEnvironment extends AsyncDisposable {
  readonly driver: Driver
  /** Whether its links were the run's own, so that what faults did to them ends with it. */
  readonly ownsLinks?: true
  /** How long a broker that was started again may take to serve. */
  readonly readyDeadlineMs: number
  /** Nothing is started again from here on. */
  stopRestarts(): Promise<void>
  /** Takes away what else was the run's, and hands the environment back. @returns how many processes were ended. */
  release(): Promise<number>
  /** After that: takes away what was the run's elsewhere. @returns what is left all the same, and why, in words. */
  leave?(): Promise<readonly string[]>
}
