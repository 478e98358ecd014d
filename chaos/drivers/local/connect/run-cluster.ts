import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import type { ConnectorsSpec, SinkSpec } from '../../../core/connectors.ts'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import { internalReplicas } from '../../../platforms/index.ts'
import { workersOf, type ZoneName } from '../../../core/topology.ts'
import { waitFor } from '../../../core/wait.ts'
import { connectRest } from './connect-rest.ts'
import type { JournalEvent } from '../../../record/journal-events.ts'
import type { ConnectorsSample } from '../../../record/samples.ts'
import { portions } from '../../../record/digested-lines.ts'
import { type SinkLine, writeSinkEvidence } from '../../../record/sink-evidence.ts'
import type { ConnectorCluster, Endings, QuarantinedRecord } from '../../environment.ts'
import { askOwner, endDatabase, startDatabase } from '../database/database-node.ts'
import { keepWorkerConfiguration } from '../lab/kept-configuration.ts'
import { assertAlive, type StartedLab } from '../lab/lab.ts'
import { proxyName, toxiproxyConfig } from '../lab/lab-layout.ts'
import { labKafka, withLabAdmin } from '../lab/lab-admin.ts'
import { zoneClient } from '../lab/zone-client.ts'
import type { LinkMeter } from '../../link-meter.ts'
import { toxiproxyApi } from '../../toxiproxy-api.ts'
import type { Postgres } from '../setup/postgres.ts'
import type { ConnectPlugin } from '../setup/debezium.ts'
import { clusterControl, readTable } from './cluster-control.ts'
import {
  type ClusterSoftware,
  workerCommand,
  workerDir,
  workerLog,
  writeWorkerFiles,
} from './cluster-node.ts'
import { readDeadLetters } from './dead-letters.ts'
import { GenerationLog } from './generation-log.ts'
import { forgetEarlierSinks } from './earlier-sinks.ts'
import { isClusterLink, removeCluster } from './remove-cluster.ts'
import { makeConnectTopics, ownTopics } from './connect-topics.ts'
import { deadLetterTopic } from '../../../platforms/connect.ts'
import { groupOf, tableOf, tableStatements } from './sink-configuration.ts'
import { WORKER_ROLE } from './worker-process.ts'
import { RunSources } from './run-sources.ts'
import { drainSinks, type Drained } from './sink-drain.ts'
import { type GroupOffsets, lagOf, OffsetReader, storedOf } from './sink-offsets.ts'
import { takeConnectors } from './take-connectors.ts'

/** Two JVMs that start beside three brokers. */
const READY_DEADLINE_MS = 120_000
/** Workers commit what their sinks have; while brokers live that takes a second or two. */
const END_DEADLINE_MS = 10_000
/** As long as a sink that stands still is given in the end. */
const PASS_DEADLINE_MS = 90_000
const ROWS_TIMEOUT_MS = 60_000

export interface ClusterOptions {
  /** Its layout has the cluster's links. */
  readonly lab: StartedLab
  readonly spec: ConnectorsSpec
  readonly software: ClusterSoftware
  readonly database: Postgres
  readonly sink: ConnectPlugin
  /** null: the drill has no sources. */
  readonly source: ConnectPlugin | null
  /** null: no source reads a table. */
  readonly poller: ConnectPlugin | null
  readonly runDir: string
  readonly clock: Clock
  /** Of workers in region b, whose database and sinks are there: how far a sink came in region a. */
  readonly left?: (sink: SinkSpec) => Promise<readonly GroupOffsets[] | null>
}

/** The run's own workers, sinks and database. */
export class RunCluster implements ConnectorCluster {
  readonly #options: ClusterOptions
  readonly #offsets: OffsetReader
  readonly #logs: readonly GenerationLog[]
  readonly #sources: RunSources

  constructor(options: ClusterOptions) {
    const { lab, clock, runDir, spec, software } = options
    this.#options = options
    this.#sources = new RunSources({
      lab,
      sources: options.left ? [] : spec.sources,
      exactlyOnce: spec.exactlyOnce,
      copies: internalReplicas(software.platform),
      runDir,
      clock,
    })
    this.#offsets = new OffsetReader(lab.layout, clock)
    this.#logs = workersOf(lab.layout.topology).map(({ id }) => new GenerationLog(workerLog(lab.layout, id)))
  }

  /** The database first, then the workers at once; resolves when every task says that it runs, which is no progress yet. */
  async start(signal: AbortSignal): Promise<Extract<JournalEvent, { kind: 'connectors.started' }>> {
    const { lab, spec, software, database, sink, source, poller, runDir, clock } = this.#options
    const { layout } = lab
    const workers = workersOf(layout.topology)
    await Promise.all([
      startDatabase(lab, database, signal),
      withLabAdmin(layout, admin => makeConnectTopics(admin, software.platform, clock)),
    ])
    await withLabAdmin(layout, admin => forgetEarlierSinks(admin, spec.sinks, clock))
    await askOwner(lab, spec.sinks.map(tableStatements).join(' '), 10_000)
    await this.#sources.make()
    this.#startWorkers()
    await this.#untilRunning(signal)
    await this.#sources.begin(signal)
    for (const { id } of workers) keepWorkerConfiguration(runDir, workerDir(layout, id), `worker-${id}`)
    return {
      kind: 'connectors.started',
      workers: workers.map(({ id: node, zone }) => ({ node, zone })),
      sinks: spec.sinks.map(({ name }) => name),
      ...(source && { sources: spec.sources.map(({ name }) => name) }),
      versions: {
        connect: software.connect.version,
        'debezium-jdbc': sink.version,
        ...(source && { 'debezium-postgres': source.version }),
        ...(poller && { 'outbox-poller': poller.version }),
        postgres: `${database.version} (${database.source})`,
      },
    }
  }

  #startWorkers(): void {
    const { lab, software } = this.#options
    const { layout } = lab
    for (const { id, zone } of workersOf(layout.topology)) {
      rmSync(workerLog(layout, id), { force: true })
      mkdirSync(workerDir(layout, id), { recursive: true })
      writeWorkerFiles(layout, zone, id, software)
      lab.supervisor.start(workerCommand(layout, id, software.connect))
    }
  }

  /** Where a region is lost nothing ends in order there: its workers write nothing more. */
  async abandon(): Promise<void> {
    const { lab } = this.#options
    await Promise.all(
      workersOf(lab.layout.topology).map(({ id }) => lab.supervisor.end(WORKER_ROLE, id, 'SIGKILL', 0)),
    )
  }

  /** Workers begin here with sinks that began elsewhere; resolves when every task says that it runs. */
  async goOn(
    signal: AbortSignal,
    /** By source, the row from which it goes on. @default at the first */
    places: ReadonlyMap<string, number>,
  ): Promise<{ workers: number; tasks: number }> {
    const { lab, spec, software, runDir } = this.#options
    const { layout } = lab
    const { cluster, copies } = software.beside ?? { cluster: 'connect', copies: 1 }
    await withLabAdmin(layout, admin =>
      admin.createTopics({ waitForLeaders: false, topics: ownTopics(cluster, copies) }),
    )
    this.#startWorkers()
    await this.#untilRunning(signal, places)
    const workers = workersOf(layout.topology)
    for (const { id } of workers) keepWorkerConfiguration(runDir, workerDir(layout, id), `worker-b-${id}`)
    return {
      workers: workers.length,
      tasks: spec.sinks.reduce((sum, { tasks }) => sum + tasks, spec.sources.length),
    }
  }

  /** Of sources that went elsewhere: what brokers there have of them. */
  drainSources(signal: AbortSignal, progress: (line: string) => void, of: StartedLab) {
    return this.#sources.drain(signal, progress, of)
  }

  placesIn(of: StartedLab): Promise<ReadonlyMap<string, number>> {
    return this.#sources.firstMissing(of)
  }

  /** How far a sink came; null when no broker answers. */
  offsetsOf = ({ name, topics }: SinkSpec): Promise<GroupOffsets[] | null> => this.#offsets.read(name, topics)

  /** Rows that its sinks have written or written again; null when the database does not say. */
  async writes(): Promise<number | null> {
    const { lab, spec } = this.#options
    const each = await Promise.all(spec.sinks.map(({ name }) => readTable(lab, name)))
    return each.some(({ writes }) => writes === null)
      ? null
      : each.reduce((sum, { writes }) => sum + (writes ?? 0), 0)
  }

  async #untilRunning(signal: AbortSignal, places: ReadonlyMap<string, number> = new Map()): Promise<void> {
    const { lab, spec, clock, software } = this.#options
    const { layout } = lab
    const workers = workersOf(layout.topology)
    const rests = workers.map(({ zone }) => connectRest(layout.workerAddress(zone)))
    const control = clusterControl(lab, software, [])
    const wait = { clock, deadlineMs: READY_DEADLINE_MS, everyMs: 250, signal }
    let seen = ''
    await waitFor(
      `${workers.length} Connect workers to answer`,
      async () => {
        for (const { id } of workers) assertAlive(lab, WORKER_ROLE, id)
        const said = await Promise.all(rests.map(rest => rest.ready()))
        seen = said.map(one => one.said).join(', ')
        return said.every(one => one.done)
      },
      { ...wait, lastSeen: () => seen },
    )
    const asked = await takeConnectors(lab, rests, spec, { places, signal })
    for (const { name, tasks } of asked)
      await waitFor(
        `${tasks} tasks of ${name} to run`,
        async () => {
          const reading = await control.tasks(name)
          seen = JSON.stringify(reading)
          return reading.tasks.length === tasks && reading.tasks.every(({ state }) => state === 'RUNNING')
        },
        { ...wait, lastSeen: () => seen },
      )
  }

  async sample(t: number): Promise<readonly ConnectorsSample[]> {
    const { lab, spec, software } = this.#options
    const control = clusterControl(lab, software, [])
    return Promise.all(
      spec.sinks.map(async ({ name, topics }) => {
        const [{ state, tasks }, offsets, { rows, writes, sessions }] = await Promise.all([
          control.tasks(name),
          this.#offsets.read(name, topics),
          readTable(lab, name),
        ])
        const generations = this.#logs.flatMap(log => log.generationOf(groupOf(name)) ?? [])
        const by = (of: (offset: NonNullable<typeof offsets>[number]) => number | null) =>
          offsets &&
          Object.fromEntries(
            offsets.flatMap(o => (of(o) === null ? [] : [[`${o[0]}/${o[1]}`, of(o) as number]])),
          )
        return {
          t,
          connector: name,
          state,
          tasks: tasks.map(({ id, state: said, worker }) => ({ id, state: said, worker })),
          committed: by(([, , , , committed]) => committed),
          ends: by(([, , , high]) => high),
          rows,
          writes,
          sessions,
          generation: generations.length > 0 ? Math.max(...generations) : null,
        }
      }),
    )
  }

  async quarantined(
    connector: string,
    zone: ZoneName,
    signal: AbortSignal,
  ): Promise<readonly QuarantinedRecord[]> {
    const { lab, spec, clock } = this.#options
    const sink = spec.sinks.find(({ name }) => name === connector)
    if (!sink)
      throw new AftershockError('input', `the run has no sink ${connector}`, {
        hint: `it has ${spec.sinks.map(({ name }) => name).join(', ')}`,
      })
    const now = await this.#offsets.read(connector, sink.topics)
    if (!now) throw new AftershockError('unavailable', `no broker reported how far ${connector} came`)
    let seen = 'nothing'
    const hasPassed = async () => {
      const offsets = await this.#offsets.read(connector, sink.topics)
      const behind = now.flatMap(([topic, partition, low, high]) => {
        const own = offsets?.find(([of, number]) => of === topic && number === partition)
        return (own?.[4] ?? low) >= high
          ? []
          : [`${topic}/${partition} at ${own?.[4] ?? 'nothing'} of ${high}`]
      })
      seen = behind.join(', ')
      return offsets !== null && behind.length === 0
    }
    const wait = { clock, deadlineMs: PASS_DEADLINE_MS, everyMs: 500, signal, lastSeen: () => seen }
    await waitFor(`${connector} to pass what is stored`, hasPassed, wait)
    if (!sink.deadLetters) return []
    const reader = zoneClient(lab.layout, { clientId: 'repair', zone, principal: 'repair' })
    return readDeadLetters({ layout: lab.layout, clock }, deadLetterTopic(connector), reader)
  }

  async drain(
    signal: AbortSignal,
    progress: (line: string) => void,
  ): Promise<Extract<JournalEvent, { kind: 'connectors.drained' }>> {
    const { spec, clock } = this.#options
    const began = clock.now()
    const read = ({ name, topics }: SinkSpec) => this.#offsets.read(name, topics)
    const drained = await drainSinks({ sinks: spec.sinks, read, clock, signal, progress })
    const waitedMs = Math.round(clock.now() - began)
    const sinks = []
    for (const [index, sink] of spec.sinks.entries())
      sinks.push(await this.#keep(sink, drained[index] as Drained, progress))
    const sources = await this.#sources.drain(signal, progress)
    return { kind: 'connectors.drained', waitedMs, sinks, ...(sources.length > 0 && { sources }) }
  }

  /** What cannot be read is not written: the file is missing then, and what rests on it is inconclusive. */
  async #keep(sink: SinkSpec, drained: Drained, progress: (line: string) => void) {
    const { lab, software, runDir, clock } = this.#options
    const { name, topics, mode, deadLetters } = sink
    const offsets = await this.#offsets.read(name, topics)
    const left = await this.#options.left?.(sink)
    const { state, tasks } = await clusterControl(lab, software, []).tasks(name)
    const about = {
      connector: name,
      stored: offsets && storedOf(offsets),
      lag: offsets && lagOf(offsets),
      tasks: tasks.map(task => task.state),
    }
    const t = Math.round(clock.now())
    try {
      const letters = deadLetters ? deadLetterTopic(name) : null
      const dead = letters === null ? [] : await readDeadLetters(lab, letters, labKafka(lab.layout))
      const rows = await askOwner(lab, rowsStatement(name), ROWS_TIMEOUT_MS)
      const said = tasks.map(({ id, state: task, worker, trace }) => [id, task, worker, trace] as const)
      const lines: SinkLine[] = [{ kind: 'drained', t, ...drained, state, tasks: said }]
      if (offsets) lines.push({ kind: 'offsets', t, partitions: offsets })
      if (left) lines.push({ kind: 'left', t, partitions: left })
      for (const part of portions(rows)) lines.push({ kind: 'rows', rows: part.map(rowOf) })
      const records = dead.map(({ topic, partition, offset }) => [topic, partition, offset] as const)
      if (records.length > 0) lines.push({ kind: 'dead', records })
      mkdirSync(join(runDir, 'connectors'), { recursive: true })
      writeSinkEvidence(runDir, [
        { kind: 'header', format: 1, connector: name, mode, topics, deadLetters: letters },
        ...lines,
      ])
      return { ...about, rows: rows.length, kept: true }
    } catch (error) {
      progress(`what the sink ${name} has could not be kept: ${messageOf(error)}`)
      return { ...about, rows: null, kept: false }
    }
  }

  /** Workers while their brokers live, then the database. */
  async end(): Promise<void> {
    const { lab } = this.#options
    await this.#sources.end()
    await this.#offsets.end()
    await Promise.all(
      workersOf(lab.layout.topology).map(({ id }) =>
        lab.supervisor.end(WORKER_ROLE, id, 'SIGTERM', END_DEADLINE_MS),
      ),
    )
    if (!this.#options.left) await endDatabase(lab)
  }
}

const rowsStatement = (sink: string): string =>
  `SELECT id, kafka_topic, kafka_partition, kafka_offset, arrival, written_ms FROM ${tableOf(sink)} ORDER BY arrival`

const rowOf = ([id, topic, partition, offset, arrival, written]: readonly (string | null)[]) =>
  [id ?? '', topic ?? '', Number(partition), Number(offset), Number(arrival), Number(written)] as const

/** The cluster that a drill asks for, not started: its links are there before anything is measured. */
export async function openCluster(
  options: ClusterOptions,
  meter: LinkMeter | null,
  endings: Endings,
): Promise<RunCluster> {
  const { lab } = options
  const cluster = new RunCluster(options)
  endings.add(
    'the connectors',
    async () => {
      await meter?.sample().catch(() => null)
      await cluster.end()
    },
    60_000,
  )
  await removeCluster(lab)
  const names = lab.layout.topology.links.filter(isClusterLink).map(proxyName)
  const api = toxiproxyApi(lab.layout.addresses.toxiproxy)
  for (const proxy of toxiproxyConfig(lab.layout).filter(({ name }) => names.includes(name)))
    await api.create(proxy)
  return cluster
}
