import type { CommandEnd } from '../core/command.ts'
import type { FleetSpec } from '../core/drill.ts'
import type { FirmwareClass, FirmwareDeeds, StoredReading } from '../core/firmware.ts'
import type { GatewayTraffic } from '../core/gateway-traffic.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import type { Outcome } from '../core/network.ts'
import type { PartitionState } from '../core/partition-state.ts'
import type { Link, NodeId, Topology, ZoneName } from '../core/topology.ts'
import type { Releases } from './releases.ts'

/**
 * The port between drills and the places they run. A driver says what it can do (`capabilities`); a drill
 * that needs what is absent is refused before it starts. Everything that changes the world is idempotent,
 * so that healing can be repeated. Everything named `look`, `listen`, `roundTrip`, `transfer`, `past`, `idle` or
 * `describe` asks the world itself (process table, kernel, brokers), never the code that changed it.
 */
export type Capability =
  | 'processes'
  | 'disks'
  | 'links'
  | 'clients'
  | 'objectStore'
  | 'settings'
  | 'connectors'
  | 'processor'
  | 'access'
  | 'regions'
  | 'releases'
  | 'commands'

export interface Driver {
  readonly name: 'local' | 'aws' | 'attach'
  readonly topology: Topology
  readonly capabilities: ReadonlySet<Capability>
  readonly cluster: Cluster
  readonly processes?: Processes
  readonly disks?: Disks
  readonly links?: Links
  readonly clients?: Clients
  readonly objectStore?: ObjectStore
  readonly settings?: Settings
  readonly connectors?: Connectors
  readonly processor?: Processor
  readonly access?: Access
  /** Where a run has two regions; absent where another process heals, for a mirror ends with its run. */
  readonly mirror?: Mirror
  /** Where brokers can run another release than the one that they were started with. */
  readonly releases?: Releases
  readonly commands?: Commands
  /** The cluster of region b, for faults of its own; absent where there is one region, or where another process heals. */
  readonly second?: Driver
}

/** The same driver once a run has its fleet. */
export function withClients(driver: Driver, clients: Clients): Driver {
  return { ...driver, clients, capabilities: new Set([...driver.capabilities, 'clients' as const]) }
}

/** What the brokers say of themselves, each asked directly and not over the links. */
export interface Cluster {
  describe(): Promise<ClusterReading>
}
export interface ClusterReading {
  readonly answered: readonly NodeId[]
  /** Leader of the KRaft quorum by the newest epoch that any node reported; null when none did. */
  readonly controller: NodeId | null
  /** By `topic/partition`, of user topics, from the freshest view. */
  readonly partitions: Readonly<Record<string, PartitionState>>
}

export interface Processes {
  /** SIGKILL; resolves when the process is gone. */
  kill(node: NodeId): Promise<void>
  /** SIGTERM; resolves when the process is gone, or rejects after `deadlineMs`. */
  stop(node: NodeId, deadlineMs: number): Promise<void>
  /** SIGSTOP: the process lives and does nothing. */
  pause(node: NodeId): Promise<void>
  /** SIGCONT. */
  resume(node: NodeId): Promise<void>
  /** Starts the node's process if it has none; resolves when it exists, which is before it serves. */
  start(node: NodeId): Promise<void>
  look(node: NodeId): Promise<ProcessReading>
  /** How old the node's process is; null: there is none, or it cannot be told. */
  ageMs(node: NodeId): Promise<number | null>
}
export interface ProcessReading {
  readonly state: 'running' | 'stopped' | 'absent'
  readonly process: ProcessIdentity | null
  /** One request to the node's client listener, dialled directly. */
  readonly answer: Outcome
}

export interface Disks {
  /** Removes everything that the node stored, and gives it a new, empty, formatted disk. Its process must be absent. */
  wipe(node: NodeId): Promise<void>
  look(node: NodeId): Promise<DiskReading>
}
export interface DiskReading {
  /** The id that Kafka gave this disk when it was formatted; null when there is none. */
  readonly directoryId: string | null
  /** Of the cluster that it was formatted for; null when it is not, absent where a driver cannot tell. */
  readonly clusterId?: string | null
  /** Bytes of all segments of user topics. */
  readonly segmentBytes: number
}

/**
 * Settings of brokers, as they stand in each broker's own file and are read when it starts; and of topics, which take
 * effect at once.
 */
export interface Settings {
  /** What the broker says that it runs with; null: it does not answer, or has no such setting. */
  look(node: NodeId, setting: string): Promise<string | null>
  /** What stands in its file; null: nothing, and its default holds. */
  written(node: NodeId, setting: string): Promise<string | null>
  /**
   * Writes it, null to take it out, and restarts the broker in order. Resolves when the broker serves and each of its
   * replicas is in sync again, so that the next one may follow. Nothing is done where the file has it and the broker,
   * which serves, runs with it.
   */
  change(node: NodeId, setting: string, value: string | null, within: ChangeTimes): Promise<void>
  /** What that broker says that holds for the topic; null: it does not answer, or topics have no such setting. */
  lookAtTopic(node: NodeId, topic: string, setting: string): Promise<TopicSetting | null>
  /** For the topic; null takes it off, so that brokers' own setting holds. Nothing is restarted. */
  changeTopic(topic: string, setting: string, value: string | null): Promise<void>
}
export interface TopicSetting {
  readonly inForce: string
  /** What stands on the topic itself; null: nothing. */
  readonly written: string | null
}
export interface ChangeTimes {
  /** What the broker then must say. */
  readonly expected: string
  /** For its orderly end, ms; one that takes longer is an error. */
  readonly stopMs: number
  /** Until it serves and is in sync, ms. */
  readonly serveMs: number
}

/** `tag` names the fault that asked, so that overlapping faults on one link are healed one by one. */
export interface Links {
  delay(links: readonly Link[], tag: string, spec: { delayMs: number; jitterMs: number }): Promise<void>
  narrow(links: readonly Link[], tag: string, spec: { bytesPerSecond: number }): Promise<void>
  /** Connections on the links are reset `afterMs` after they begin (or after now); `share` of them. */
  reset(links: readonly Link[], tag: string, spec: { afterMs: number; share: number }): Promise<void>
  /** `silent`: bytes vanish, as in a partition. `refuse`: connections end and new ones are refused. */
  cut(links: readonly Link[], tag: string, spec: { mode: 'silent' | 'refuse' }): Promise<void>
  clear(links: readonly Link[], tag: string): Promise<void>
  /** One request and its reply over the link, from its zone. */
  roundTrip(link: Link, timeoutMs: number): Promise<RoundTrip>
  /** Sends about `bytes` towards the node on one connection and waits for the reply. */
  transfer(link: Link, bytes: number, timeoutMs: number): Promise<RoundTrip>
  /** The same past the link, dialled directly: how the node and this machine do by themselves. 0 bytes: a round trip. */
  past(link: Link, bytes: number, timeoutMs: number): Promise<RoundTrip>
  /** Opens a connection over the link, on which requests can be made for as long as it is held; null where none can. */
  connect(link: Link): LinkConnection | null
  /** Opens `count` connections and leaves them idle for `forMs`: how many were reset meanwhile. */
  idle(link: Link, count: number, forMs: number): Promise<{ readonly opened: number; readonly ended: number }>
}
/** Whoever opened it closes it. */
export interface LinkConnection {
  /** 0 bytes: a small request. After an outcome other than `answered` it is closed. */
  ask(bytes: number, timeoutMs: number): Promise<RoundTrip>
  close(): void
}
export interface RoundTrip {
  readonly outcome: Outcome
  readonly ms: number
}

/** The fleet's gateways, as far as faults may touch them. */
export interface Clients {
  readonly gateways: readonly { readonly name: string; readonly zone: ZoneName }[]
  /** The gateways die without closing anything; what they had in flight has an unknown outcome. */
  crash(gateways: readonly string[]): Promise<void>
  restart(gateways: readonly string[]): Promise<void>
  /**
   * The gateways stay up and keep their connections to brokers, end the sessions of all their devices, and let nobody
   * in until `reopen`. @param reconnect how those devices seek a session. @default as the fleet does
   */
  shut(gateways: readonly string[], reconnect?: FleetSpec['reconnect']): Promise<void>
  reopen(gateways: readonly string[]): Promise<void>
  /** By the kernel's table of TCP connections: those that the gateway has open to the cluster now. */
  look(gateway: string): Promise<{ readonly establishedConnections: number }>
  /** What brokers take from each gateway in the next `forMs`. */
  listen(gateways: readonly string[], forMs: number): Promise<Readonly<Record<string, GatewayTraffic>>>
  /** Of all gateways, by their numbers: `d17` is device 17. */
  readonly devices: { readonly first: number; readonly count: number }
  /** From now on these devices have wrong firmware; nothing is done where the tag has it already. */
  misbehave(
    tag: string,
    devices: readonly number[],
    firmware: { readonly deeds: FirmwareDeeds; readonly dataClass: FirmwareClass },
  ): Promise<void>
  /** They are given sound firmware. */
  mend(tag: string): Promise<void>
  /**
   * What a consumer is given of these devices in the next `forMs`, as brokers have it stored: of the data class's
   * topic. What it was given since the first call for the same devices is remembered.
   */
  stored(devices: readonly number[], dataClass: FirmwareClass, forMs: number): Promise<StoredReading>
}
/** Without those that only a run can ask, which has consumers. */
export type FleetClients = Omit<Clients, 'stored'>

/** Programs of the drill's author, with the rights of whoever runs it. */
export interface Commands {
  /** Runs one and waits for its end; it is killed with all that it started when its time has passed. */
  run(argv: readonly string[], withinMs: number): Promise<CommandEnd>
}

/** Who may read. Brokers have an authorizer: whom nobody named they refuse. */
export interface Access {
  /** READ on the topics and on its groups, and a limit to what each broker hands out; known to every broker at the end. */
  allow(grant: ReadGrant): Promise<void>
  /** Takes exactly that away; known to every broker at the end. */
  withdraw(grant: ReadGrant): Promise<void>
  /** Every rule that names the principal, as a broker tells it; null when none did. */
  rules(principal: string): Promise<readonly string[] | null>
  /** Bytes a second; null: no limit; undefined: no broker reported it. */
  limit(principal: string): Promise<number | null | undefined>
  /** The principal itself logs in to every broker and asks each for records of these topics. */
  ask(principal: string, topics: readonly string[]): Promise<Readonly<Record<string, ReadAnswer>>>
}
/** `mixed`: brokers do not agree, as while a rule spreads. `silent`: none answered. */
export type ReadAnswer = 'given' | 'refused' | 'mixed' | 'silent'
export interface ReadGrant {
  readonly principal: string
  readonly topics: readonly string[]
  /** What the ids of its consumer groups begin with. */
  readonly groupPrefix: string
  /** Of each broker; null: no limit. */
  readonly bytesPerSecond: number | null
}

/** A cluster of Kafka Connect workers, and the database that its sinks write to. Workers are named as `workersOf` does. */
export interface Connectors {
  /** As of brokers; what `answer` tells is whether its REST interface answers, asked directly. */
  readonly workers: Pick<Processes, 'kill' | 'pause' | 'resume' | 'start' | 'look'>
  /** Of every sink. */
  readonly names: readonly string[]
  /** `PUT stop`: the tasks end in order, and their offsets are committed. */
  stop(connector: string): Promise<void>
  /** `PUT resume`; what runs goes on. */
  resume(connector: string): Promise<void>
  /** `POST restart` of the tasks that have failed; where none has, nothing is done. */
  restartFailed(connector: string): Promise<void>
  /** The database takes the sink's right to write to its table. */
  forbid(connector: string): Promise<void>
  permit(connector: string): Promise<void>
  /** As any worker says it that answers; it may be seconds old. */
  tasks(connector: string): Promise<TasksReading>
  /** By the database itself, asked directly. */
  table(connector: string): Promise<TableReading>
}
export interface TasksReading {
  /** Of the connector: `RUNNING`, `STOPPED`, …; null when no worker answered. */
  readonly state: string | null
  readonly tasks: readonly TaskReading[]
}
export interface TaskReading {
  readonly id: number
  readonly state: string
  /** null: a worker that is none of these. */
  readonly worker: NodeId | null
  /** Why it failed, the first line; empty while it has not. */
  readonly trace: string
}
export interface TableReading {
  /** null where the database did not answer: then nothing else is known either. */
  readonly rows: number | null
  /** Rows inserted or updated so far: what writing costs, also where nothing is new. */
  readonly writes: number | null
  /** Whether the sink may write. */
  readonly mayWrite: boolean | null
  /** Sessions of the sink, by the worker that opened them. */
  readonly sessions: Readonly<Record<NodeId, number>>
}

/** The instances of a stateful processor, each with state of its own on disk. They are named as `instancesOf` does. */
export interface Processor {
  /** As of brokers; what `answer` tells is whether the instance tells its state, asked directly. */
  readonly instances: Pick<Processes, 'kill' | 'pause' | 'resume' | 'start' | 'look'>
  /** Removes the instance's state folder. Its process must be absent. */
  wipe(instance: NodeId): Promise<void>
  /** By the file system itself. */
  state(instance: NodeId): Promise<StateReading>
  /** By the brokers: how many members of its group each instance has now; null when no broker answered. */
  members(): Promise<Readonly<Record<NodeId, number>> | null>
  /** As the instance says it of itself; null when it does not answer. */
  tasks(instance: NodeId): Promise<InstanceTasks | null>
}
export interface StateReading {
  /** Of all files of its state; 0 where there is no folder. */
  readonly files: number
  readonly bytes: number
}
export interface InstanceTasks {
  /** `RUNNING`, `REBALANCING`, … */
  readonly state: string
  /** Partitions of the topic that it processes. */
  readonly active: readonly number[]
  /** Those whose state it keeps a copy of. */
  readonly standby: readonly number[]
}

/** MirrorMaker 2 from region a into region b: a worker of Kafka Connect, and its connectors. */
export interface Mirror {
  /** SIGKILL of its worker. */
  kill(): Promise<void>
  /** Starts its worker if there is none; resolves when the process exists, which is before it copies. */
  start(): Promise<void>
  /** `PUT pause` of every connector: tasks live and copy nothing. */
  pause(): Promise<void>
  /** `PUT resume`; what runs goes on. */
  resume(): Promise<void>
  /** Its process, what its worker says, and, asked of the brokers of both regions, what came in the next `forMs`. */
  watch(forMs: number): Promise<MirrorReading>
}
export interface MirrorReading {
  /** `answer`: of its REST interface, asked directly. */
  readonly worker: ProcessReading
  /** Of each connector, `RUNNING`, `PAUSED`, …; empty where the worker does not answer. */
  readonly connectors: Readonly<Record<string, string>>
  /** New in the topics of region a, and in those of region b; null where its brokers did not answer. */
  readonly cameInA: number | null
  readonly cameInB: number | null
}

/**
 * The object store as each zone reaches it. Every change has the fault's tag, so that faults overlap and each takes
 * away only its own; `zones` are those whose way to the store is touched.
 */
export interface ObjectStore {
  /** `share` of the requests are answered with 503 SlowDown, after their bodies were read. */
  throttle(
    zones: readonly ZoneName[],
    tag: string,
    spec: { share: number; operations: readonly StoreOperation[] | 'all' },
  ): Promise<void>
  /** Answers come this much later; bytes are not slowed. */
  delay(
    zones: readonly ZoneName[],
    tag: string,
    spec: { delayMs: number; operations: readonly StoreOperation[] | 'all' },
  ): Promise<void>
  /**
   * The next `count` matching requests of each zone are answered with `status`; those after them pass. Our own
   * `request` takes none of them away, and gets the error until it is cleared.
   */
  failNext(
    zones: readonly ZoneName[],
    tag: string,
    spec: { count: number; status: 500 | 503; operations: readonly StoreOperation[] | 'all' },
  ): Promise<void>
  /** `refuse`: connections end and new ones are refused. `silent`: bytes vanish and connections stay. */
  cut(zones: readonly ZoneName[], tag: string, spec: { mode: 'silent' | 'refuse' }): Promise<void>
  clear(zones: readonly ZoneName[], tag: string): Promise<void>
  /** A signed request of our own over the zone's link, on an object of our own; asks the world, not the injector. */
  request(zone: ZoneName, operation: ProbeOperation, timeoutMs: number): Promise<StoreReply>
  /** The same asked of the store itself, past the links and whatever stands before it. */
  past(zone: ZoneName, operation: ProbeOperation, timeoutMs: number): Promise<StoreReply>
  /**
   * How many requests of the platform met what was done under `tag`, by zone, also after it was cleared: answered or
   * delayed by the injector, or tried in vain while the way was cut. Empty where nobody counted. Never the proof.
   */
  injected(tag: string): Promise<Readonly<Record<ZoneName, number>>>
}
export const STORE_OPERATIONS = [
  'PutObject',
  'GetObject',
  'HeadObject',
  'DeleteObject',
  'DeleteObjects',
  'ListObjects',
  'CreateMultipartUpload',
  'UploadPart',
  'UploadPartCopy',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
  'CopyObject',
  'Other',
] as const
export type StoreOperation = (typeof STORE_OPERATIONS)[number]
export type ProbeOperation = Exclude<StoreOperation, 'Other'>
export interface StoreReply {
  /** `answered`: an HTTP answer came, whatever its status. */
  readonly outcome: Outcome
  readonly status: number | null
  /** The `<Code>` of an S3 error, e.g. `SlowDown`. */
  readonly code: string | null
  readonly ms: number
}
