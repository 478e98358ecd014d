import { rmSync } from 'node:fs'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import type { ProcessorSpec } from '../../../core/processor.ts'
import type { RegionName } from '../../../core/regions.ts'
import { instancesOf, type NodeId, type ZoneName } from '../../../core/topology.ts'
import { waitFor } from '../../../core/wait.ts'
import { CARRIED_TOPICS, COMMANDS_TOPIC, processorTopics } from '../../../platforms/processor.ts'
import type { JournalEvent } from '../../../record/journal-events.ts'
import type { ProcessorSample } from '../../../record/samples.ts'
import type { TopicSettings } from '../../../platforms/topics.ts'
import type { StatefulProcessor } from '../../environment.ts'
import { type GroupOffsets, lagOf, storedOf } from '../connect/sink-offsets.ts'
import { keepInstanceConfiguration } from '../lab/kept-configuration.ts'
import { withLabAdmin } from '../lab/lab-admin.ts'
import { assertAlive, type StartedLab } from '../lab/lab.ts'
import type { DeviceTwin } from '../setup/device-twin.ts'
import type { Postgres } from '../setup/postgres.ts'
import { DeviceAnswers, type DeviceMemory } from './device-answers.ts'
import { GroupView } from './group-view.ts'
import { readState } from './instance-control.ts'
import { eventsFile, INSTANCE_ROLE, instanceDir, instanceLog, stateDir } from './instance-node.ts'
import type { Instances } from './instances.ts'
import { readTasks, readTwins } from './instance-status.ts'
import { readCommands } from './read-commands.ts'
import { readRebuildLog } from './rebuild-log.ts'
import { type CopiedEnds, keepProcessorEvidence } from './keep-evidence.ts'
import { endOwnPrograms, forgetEarlierProcessor } from './remove-processor.ts'
import { RunWriter } from './run-writer.ts'

/** Two JVMs that start beside three brokers, and a group that they join one after the other. */
const READY_DEADLINE_MS = 120_000
/** It commits and closes its state; while brokers live that takes a second. */
const END_DEADLINE_MS = 10_000
/** A session that ends, a takeover, and what was left to be done again. */
const DRAIN_DEADLINE_MS = 90_000
/** Looks in a row that show nothing new, half a second apart. */
const STILL_LOOKS = 5
const TWINS_DEADLINE_MS = 60_000
const PROGRESS_EVERY_MS = 5000
const STATUS_TIMEOUT_MS = 800
const TWINS_TIMEOUT_MS = 10_000

export interface ProcessorOptions {
  /** Its layout has the processor's links. */
  readonly lab: StartedLab
  readonly spec: ProcessorSpec
  /** Of its topics. */
  readonly copies: 1 | 3
  readonly twin: DeviceTwin
  readonly instances: Instances
  readonly group: GroupView
  /** null: its instances write to no database. */
  readonly database: Postgres | null
  /** Those that the run makes: commands are divided as the records are that they answer. */
  readonly topics: readonly TopicSettings[]
  readonly env: NodeJS.ProcessEnv
  readonly runDir: string
  readonly clock: Clock
  readonly region: RegionName
  /** What its devices know already, and remember. */
  readonly memory: DeviceMemory
}

/** The run's own device twin and the devices that answer its commands. */
export class RunProcessor implements StatefulProcessor {
  readonly #options: ProcessorOptions
  readonly #devices: DeviceAnswers
  readonly #writer: RunWriter | null
  /** Whether its devices and its instances are in another region. */
  #hasLeft = false
  /** In region b: where its topics ended before anybody wrote there but the mirror. */
  #mirrored: CopiedEnds | null = null

  constructor(options: ProcessorOptions) {
    this.#options = options
    const { lab, clock, spec, database, region, memory } = options
    this.#writer = spec.writer && database ? new RunWriter(lab, spec, spec.writer, database) : null
    this.#devices = new DeviceAnswers({
      layout: lab.layout,
      zone: zoneOfDevices(lab),
      region,
      memory,
      clock,
    })
  }

  /** Resolves when every partition is processed by one of the instances, as they say themselves. */
  async start(signal: AbortSignal): Promise<Extract<JournalEvent, { kind: 'processor.started' }>> {
    const { lab, spec, copies, twin, clock } = this.#options
    await this.#writer?.start(signal)
    await withLabAdmin(lab.layout, async admin => {
      await forgetEarlierProcessor(admin, clock)
      await admin.createTopics({
        waitForLeaders: false,
        topics: processorTopics(this.#telemetry().numPartitions, copies),
      })
    })
    const instances = await this.#startInstances(signal)
    await this.#devices.start()
    return {
      kind: 'processor.started',
      instances: instances.map(({ id: node, zone }) => ({ node, zone })),
      guarantee: spec.guarantee,
      standbys: spec.standbys,
      version: twin.version,
      ...(spec.command && { command: spec.command }),
    }
  }

  /** Where a region is lost nothing ends in order there. Its devices are given no command there from now on. */
  async abandon(): Promise<void> {
    const { lab } = this.#options
    this.#hasLeft = true
    // Where nobody answers they hang up after seconds; they are given nothing from now on, and nobody waits for them.
    this.#devices.end().catch(() => {})
    await Promise.all(
      instancesOf(lab.layout.topology).map(({ id }) => lab.supervisor.end(INSTANCE_ROLE, id, 'SIGKILL', 0)),
    )
  }

  /**
   * Devices that come here tell what they were told last, before any instance runs.
   * @returns how many told something
   */
  async welcome(): Promise<number> {
    const { lab, copies } = this.#options
    const { layout } = lab
    await withLabAdmin(layout, async admin => {
      const there = await admin.listTopics()
      // Where nothing was carried along, its topics are made; its changelog is made by its library.
      const missing = processorTopics(this.#telemetry().numPartitions, copies).filter(
        ({ topic }) => !there.includes(topic),
      )
      if (missing.length > 0) await admin.createTopics({ waitForLeaders: false, topics: missing })
      const carried = CARRIED_TOPICS.filter(topic => there.includes(topic))
      const ends = await Promise.all(carried.map(topic => admin.fetchTopicOffsets(topic)))
      this.#mirrored = carried.flatMap((topic, at) =>
        (ends[at] ?? []).map(({ partition, high }): CopiedEnds[number] => [topic, partition, Number(high)]),
      )
    })
    return this.#devices.tellLast()
  }

  /** Its instances run, with what they were restored from; then devices are given commands here. */
  async goOn(signal: AbortSignal): Promise<{ restored: number; replayed: number; partitions: number }> {
    const { layout } = this.#options.lab
    const instances = await this.#startInstances(signal)
    await this.#devices.start()
    const events = instances.flatMap(({ id }) => readRebuildLog(id, eventsFile(layout, id)))
    const sum = (kind: string) =>
      events.reduce((total, [, , what, , records]) => total + (what === kind ? (records ?? 0) : 0), 0)
    return {
      restored: sum('restore-end'),
      replayed: sum('replayed'),
      partitions: this.#telemetry().numPartitions,
    }
  }

  /** Resolves when every partition is processed by one of them. */
  async #startInstances(signal: AbortSignal) {
    const { lab, spec, instances: started, runDir, clock } = this.#options
    const { layout } = lab
    const instances = instancesOf(layout.topology)
    for (const instance of instances) {
      rmSync(instanceLog(layout, instance.id), { force: true })
      started.write(instance)
      lab.supervisor.start(started.command(instance))
    }
    let seen = ''
    await waitFor(
      `${instances.length} instances of the stateful processor to share ${spec.topic}`,
      async () => {
        for (const { id } of instances) assertAlive(lab, INSTANCE_ROLE, id)
        const tasks = await Promise.all(
          instances.map(({ zone }) => readTasks(layout.instanceAddress(zone), STATUS_TIMEOUT_MS)),
        )
        seen = JSON.stringify(tasks)
        const active = tasks.flatMap(one => (one?.state === 'RUNNING' ? one.active : []))
        return (
          tasks.every(one => one !== null && one.active.length > 0) &&
          new Set(active).size === this.#telemetry().numPartitions
        )
      },
      { clock, deadlineMs: READY_DEADLINE_MS, everyMs: 250, signal, lastSeen: () => seen },
    )
    for (const { id } of instances)
      keepInstanceConfiguration(runDir, instanceDir(layout, id), `instance-${id}${this.#suffix}`)
    return instances
  }

  get #suffix(): '' | '.b' {
    return this.#options.region === 'b' ? '.b' : ''
  }

  /** A program of somebody else's may leave alone what devices answer: then it has committed nothing of it. */
  readonly #isRead = ([topic, , , , committed]: GroupOffsets): boolean =>
    this.#options.spec.command === undefined || topic === this.#options.spec.topic || committed !== null

  #telemetry(): TopicSettings {
    const { topics, spec } = this.#options
    const found = topics.find(({ topic }) => topic === spec.topic)
    if (!found) throw new AftershockError('internal', `the run makes no topic ${spec.topic}`)
    return found
  }

  async sample(t: number): Promise<ProcessorSample> {
    const { lab, group } = this.#options
    const { layout } = lab
    const [instances, members, offsets] = await Promise.all([
      Promise.all(
        instancesOf(layout.topology).map(async ({ id, zone }) => {
          const tasks = await readTasks(layout.instanceAddress(zone), STATUS_TIMEOUT_MS)
          const { bytes } = readState(stateDir(layout, id))
          const { state = null, active = [], standby = [] } = tasks ?? {}
          return { node: id, state, active, standby, stateBytes: bytes }
        }),
      ),
      group.members(),
      group.offsets(),
    ])
    const by = (of: (offset: NonNullable<typeof offsets>[number]) => number | null) =>
      offsets &&
      Object.fromEntries(offsets.flatMap(o => (of(o) === null ? [] : [[`${o[0]}/${o[1]}`, of(o) as number]])))
    return {
      t,
      instances,
      members,
      committed: by(([, , , , committed]) => committed),
      ends: by(([, , , high]) => high),
    }
  }

  async drain(
    signal: AbortSignal,
    progress: (line: string) => void,
  ): Promise<Extract<JournalEvent, { kind: 'processor.drained' }>> {
    const { clock, group } = this.#options
    const began = clock.now()
    let toldAt = began
    let before = ''
    let still = 0
    const behind = async () => {
      const offsets = await group.offsets()
      const lag = offsets && lagOf(offsets.filter(this.#isRead))
      // Commands of the last records are answered a moment later, and answers are records too.
      still = lag === 0 && before === JSON.stringify(offsets) ? still + 1 : 0
      before = JSON.stringify(offsets)
      if (still >= STILL_LOOKS) return true
      if (clock.now() - toldAt >= PROGRESS_EVERY_MS) {
        progress(`the processor has ${lag ?? 'an unknown number of'} records to process`)
        toldAt = clock.now()
      }
      return false
    }
    const wait = { clock, deadlineMs: DRAIN_DEADLINE_MS, everyMs: 500, signal }
    const what = 'the processor to process every record'
    // Nobody processes any more what is left where devices were.
    if (!this.#hasLeft)
      await waitFor(what, behind, wait).catch(error => {
        signal.throwIfAborted()
        progress(messageOf(error))
      })
    const waitedMs = Math.round(clock.now() - began)
    return { kind: 'processor.drained', waitedMs, ...(await this.#keep(signal, progress)) }
  }

  /** What cannot be read is not written: the file is missing then, and what rests on it is inconclusive. */
  async #keep(signal: AbortSignal, progress: (line: string) => void) {
    const { lab, spec, twin, group, env, runDir, clock, region, memory } = this.#options
    const { layout } = lab
    const t = Math.round(clock.now())
    const told = this.#hasLeft
      ? null
      : await this.#twins(signal).catch(error => {
          signal.throwIfAborted()
          progress(messageOf(error))
          return null
        })
    const offsets = told?.offsets ?? (await group.offsets())
    const telemetry = (offsets ?? []).filter(([topic]) => topic === spec.topic)
    const about = offsets
      ? { stored: storedOf(telemetry), lag: lagOf(telemetry) }
      : { stored: null, lag: null }
    try {
      if (!offsets || !(told || this.#hasLeft))
        throw new AftershockError('unavailable', 'not all of its twins were reported')
      await this.#devices.end()
      const sent = await readCommands(layout, twin, env, signal)
      const events = instancesOf(layout.topology).flatMap(({ id }) =>
        readRebuildLog(id, eventsFile(layout, id)),
      )
      keepProcessorEvidence(runDir, {
        spec,
        region,
        hasLeft: this.#hasLeft,
        mirrored: this.#mirrored,
        offsets: { t, partitions: offsets },
        twins: told?.twins ?? [],
        given: memory.given,
        sent,
        more: [{ kind: 'rebuild', events }, ...((await this.#writer?.keep(signal, progress)) ?? [])],
      })
      const commands = sent.read_committed.filter(([name]) => name === COMMANDS_TOPIC).length
      return { ...about, commands, kept: true }
    } catch (error) {
      signal.throwIfAborted()
      progress(`what the processor has could not be kept: ${messageOf(error)}`)
      return { ...about, commands: null, kept: false }
    }
  }

  /**
   * Of every partition, from whoever has it now; each is told by one instance, while nothing more was processed.
   * @throws AftershockError `unavailable` when that does not happen in time.
   */
  #twins(signal: AbortSignal) {
    const { lab, group, clock } = this.#options
    const partitions = this.#telemetry().numPartitions
    let seen = ''
    return waitFor(
      'the instances to tell all their twins',
      async () => {
        const offsets = await group.offsets()
        const told = await Promise.all(
          instancesOf(lab.layout.topology).map(({ id, zone }) => this.#tell(id, zone)),
        )
        const twins = told.flatMap(one => one ?? [])
        const active = twins.flatMap(one => one.active)
        const isStill = JSON.stringify(await group.offsets()) === JSON.stringify(offsets)
        seen = `partitions ${active.join(', ') || 'of nobody'}${isStill ? '' : ', while more was processed'}`
        const isWhole = new Set(active).size === partitions && active.length === partitions
        return offsets !== null && isStill && isWhole && { offsets, twins }
      },
      { clock, deadlineMs: TWINS_DEADLINE_MS, everyMs: 1000, signal, lastSeen: () => seen },
    )
  }

  async #tell(node: NodeId, zone: ZoneName) {
    const address = this.#options.lab.layout.instanceAddress(zone)
    const before = await readTasks(address, STATUS_TIMEOUT_MS)
    const kept = await readTwins(address, TWINS_TIMEOUT_MS)
    const after = await readTasks(address, STATUS_TIMEOUT_MS)
    const isSame = JSON.stringify(before) === JSON.stringify(after)
    return kept && after?.state === 'RUNNING' && isSame ? { node, kept, active: after.active } : null
  }

  /** Devices and instances while their brokers live. */
  async end(): Promise<void> {
    const { lab, group } = this.#options
    await Promise.all([this.#devices.end(), group.end()])
    await Promise.all(
      instancesOf(lab.layout.topology).map(({ id }) =>
        lab.supervisor.end(INSTANCE_ROLE, id, 'SIGTERM', END_DEADLINE_MS),
      ),
    )
    await endOwnPrograms(lab)
    await this.#writer?.end()
  }
}

/** One without an instance, where there is one: what befalls the processor's zone is not what befalls its devices. */
function zoneOfDevices({ layout }: StartedLab): ZoneName {
  const { topology } = layout
  const taken = new Set(instancesOf(topology).map(({ zone }) => zone))
  return topology.zones.findLast(zone => !taken.has(zone)) ?? (topology.zones[0] as ZoneName)
}
