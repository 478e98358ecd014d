import type { Clock } from '../../../core/clock.ts'
import type { Contract } from '../../../core/contract.ts'
import { AftershockError } from '../../../core/errors.ts'
import type { Dial } from '../../../core/network.ts'
import type { PartitionState } from '../../../core/partition-state.ts'
import { mirroredName, type RegionsSpec } from '../../../core/regions.ts'
import type { NodeId, Topology } from '../../../core/topology.ts'
import { waitFor, within } from '../../../core/wait.ts'
import { CONNECT_TOPICS } from '../../../platforms/connect.ts'
import { type MirrorConnector, mirrorConnectorNames, mirrorConnectors } from '../../../platforms/mirror.ts'
import { topicSettings } from '../../../platforms/topics.ts'
import type { JournalEvent } from '../../../record/journal-events.ts'
import type { RegionsSample } from '../../../record/samples.ts'
import type { RegionPlaces, SecondRegion, TimedCheckpoint } from '../../environment.ts'
import type { Links } from '../../driver.ts'
import { connectRest } from '../connect/connect-rest.ts'
import { readOffsets } from '../connect/sink-offsets.ts'
import { WORKER_ROLE } from '../connect/worker-process.ts'
import { KeptAdmin } from '../lab/kept-admin.ts'
import { keepWorkerConfiguration } from '../lab/kept-configuration.ts'
import { assertAlive, type StartedLab } from '../lab/lab.ts'
import { withLabAdmin } from '../lab/lab-admin.ts'
import { type ClusterProbe, clusterProbe } from '../../cluster-probe.ts'
import type { ConnectDistribution } from '../setup/connect.ts'
import { bootstrapOf, mirrorWorker } from './mirror-worker.ts'
import { readCheckpoints } from './read-checkpoints.ts'

/** A JVM and a group to join, beside four brokers. */
const READY_DEADLINE_MS = 120_000
/** A task that reads from a region which is gone is given its time to end. */
const STOP_DEADLINE_MS = 60_000
/** After that the worker is ended. */
const STOP_IN_ORDER_MS = 8000
const END_DEADLINE_MS = 10_000
const LINK_TAG = 'between-regions'

export interface RegionsOptions {
  /** Region a, with the links of a mirror. */
  readonly a: StartedLab
  /** Region b, with those of a Connect worker. */
  readonly b: StartedLab
  readonly spec: RegionsSpec
  readonly contract: Contract
  readonly distribution: ConnectDistribution
  /** Of region a. */
  readonly links: Links
  readonly runDir: string
  readonly clock: Clock
}

/** The second cluster of a run, and MirrorMaker 2 into it. */
export class RunRegions implements SecondRegion {
  readonly topology: Topology
  readonly dial: Dial
  readonly #options: RegionsOptions
  readonly #probe: ClusterProbe
  readonly #admin: KeptAdmin
  #partitions: Readonly<Record<string, PartitionState>> = {}
  readonly #connectors: readonly MirrorConnector[]

  constructor(options: RegionsOptions) {
    const { b, clock } = options
    this.#options = options
    this.#connectors = mirrorConnectorNames(options.spec.mirror)
    this.topology = b.layout.topology
    this.dial = b.layout.dial
    this.#probe = clusterProbe(
      new Map(this.topology.nodes.map(({ id }) => [id, b.layout.directAddress(id)])),
      clock,
    )
    this.#admin = new KeptAdmin(b.layout, clock)
  }

  leaderOf(topic: string, partition: number): NodeId | null {
    const leader = this.#partitions[`${topic}/${partition}`]?.leader
    return leader === undefined || leader < 0 ? null : leader
  }

  /** Topics as the contract has them, then the links' delay and width, then the mirror; resolves when its tasks run. */
  async start(signal: AbortSignal): Promise<Extract<JournalEvent, { kind: 'regions.started' }>> {
    const { a, b, spec, contract, distribution, links, runDir } = this.#options
    await this.#makeTopics(signal)
    await this.#shapeLinks(links)
    b.supervisor.start(mirrorWorker(b.layout, a.layout, distribution, spec.mirror.exactlyOnce))
    keepWorkerConfiguration(runDir, b.layout.connectDir, 'mirror')
    await this.#untilMirroring(
      mirrorConnectors({
        source: { alias: 'a', bootstrap: bootstrapOf(a.layout) },
        target: { alias: 'b', bootstrap: bootstrapOf(b.layout) },
        topics: Object.keys(contract.topics),
        replicas: this.#copies,
        spec: spec.mirror,
      }),
      signal,
    )
    return {
      kind: 'regions.started',
      brokers: this.topology.nodes.length,
      policy: spec.mirror.policy,
      connectors: [...this.#connectors],
      version: distribution.version,
    }
  }

  async sample(t: number): Promise<RegionsSample> {
    const rest = connectRest(this.#options.b.layout.connectAddress)
    const [{ answered, partitions }, ends, states] = await Promise.all([
      this.#probe.describe(),
      this.#ends(),
      Promise.all(this.#connectors.map(async name => [name, await rest.status(name, 800)] as const)),
    ])
    if (answered.length > 0) this.#partitions = partitions
    const mirror = states.map(([name, status]) => [name, status && stateWords(status)] as const)
    return { t, answered: [...answered], ends, mirror: Object.fromEntries(mirror) }
  }

  /**
   * In order, and where that takes too long by ending the worker: a connector whose region is out of reach was seen to
   * stop only when that was back, 55 s later.
   */
  async stopMirror(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { b, clock } = this.#options
    const inOrder = this.#stopConnectors(signal)
    try {
      const limits = { clock, deadlineMs: STOP_IN_ORDER_MS, signal }
      return await within('the connectors of the mirror to stop', inOrder, limits)
    } catch {
      signal.throwIfAborted()
      inOrder.catch(() => {})
      await b.supervisor.end(WORKER_ROLE, null, 'SIGKILL', 0)
      return {
        'the worker': `ended, because its connectors did not stop within ${STOP_IN_ORDER_MS / 1000} s`,
      }
    }
  }

  async #stopConnectors(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { b, clock } = this.#options
    const rest = connectRest(b.layout.connectAddress)
    const states: Record<string, string> = {}
    for (const name of this.#connectors) {
      let seen = ''
      const stop = async () => {
        const { done, said } = await rest.command('PUT', name, 'stop')
        seen = said
        return done
      }
      const wait = { clock, deadlineMs: STOP_DEADLINE_MS, everyMs: 250, signal, lastSeen: () => seen }
      await waitFor(`the worker to take that ${name} is to stop`, stop, wait)
      await waitFor(
        `${name} to have stopped`,
        async () => {
          const status = await rest.status(name, 2000)
          seen = status ? stateWords(status) : 'no answer'
          return status?.connector === 'STOPPED' && status.tasks.length === 0
        },
        wait,
      )
      states[name] = seen
    }
    return states
  }

  async placesOf(group: string): Promise<RegionPlaces> {
    const topics = this.#mirrored()
    const offsets = await withLabAdmin(this.#options.b.layout, admin => readOffsets(admin, group, topics))
    const by = (pick: (one: (typeof offsets)[number]) => number | null) =>
      Object.fromEntries(
        offsets.flatMap(one => {
          const value = pick(one)
          return value === null ? [] : [[`${one[0]}/${one[1]}`, value] as const]
        }),
      )
    return { committed: by(([, , , , committed]) => committed), ends: by(([, , , high]) => high) }
  }

  checkpoints(): Promise<readonly TimedCheckpoint[]> {
    return readCheckpoints(this.#options.b.layout, this.#options.clock)
  }

  /** Before the brokers of region b. */
  async end(): Promise<void> {
    this.#probe[Symbol.dispose]()
    await this.#admin.end()
    await this.#options.b.supervisor.end(WORKER_ROLE, null, 'SIGTERM', END_DEADLINE_MS)
  }

  get #copies(): 1 | 3 {
    return this.topology.nodes.length === 1 ? 1 : 3
  }

  /** Where mirrored records are. */
  #mirrored(): string[] {
    const { contract, spec } = this.#options
    return Object.keys(contract.topics).map(topic => mirroredName(spec.mirror.policy, topic))
  }

  async #ends(): Promise<Record<string, number> | null> {
    const topics = Object.keys(this.#options.contract.topics)
    return this.#admin.ask(topics, async admin => {
      const there = await admin.listTopics()
      const asked = [...new Set([...topics, ...this.#mirrored()])].filter(topic => there.includes(topic))
      const ends = await Promise.all(asked.map(topic => admin.fetchTopicOffsets(topic)))
      return Object.fromEntries(
        ends.flatMap((partitions, index) =>
          partitions.map(({ partition, high }) => [`${asked[index]}/${partition}`, Number(high)] as const),
        ),
      )
    })
  }

  /** Devices that come to region b find their topics there, whatever the mirror did. */
  async #makeTopics(signal: AbortSignal): Promise<void> {
    const { b, contract, clock } = this.#options
    const copies = this.#copies
    const wanted = topicSettings(contract, { isReplicated: true, tier: null }).map(settings => ({
      ...settings,
      replicationFactor: Math.min(settings.replicationFactor, copies),
      configEntries: settings.configEntries.map(entry =>
        entry.name === 'min.insync.replicas' && copies === 1 ? { ...entry, value: '1' } : entry,
      ),
    }))
    const own = CONNECT_TOPICS.map(topic => ({
      topic,
      numPartitions: 1,
      replicationFactor: copies,
      configEntries: [{ name: 'cleanup.policy', value: 'compact' }],
    }))
    await withLabAdmin(b.layout, admin =>
      admin.createTopics({ waitForLeaders: false, topics: [...wanted, ...own] }),
    )
    await waitFor(
      'every partition of region b to have a leader',
      async () => {
        const { partitions } = await this.#probe.describe()
        this.#partitions = partitions
        return wanted.every(({ topic, numPartitions }) =>
          Array.from({ length: numPartitions }, (_, at) => this.leaderOf(topic, at)).every(
            leader => leader !== null,
          ),
        )
      },
      { clock, deadlineMs: 30_000, everyMs: 250, signal },
    )
  }

  async #shapeLinks(links: Links): Promise<void> {
    const { a, spec } = this.#options
    const between = a.layout.topology.links.filter(({ listener }) => listener === 'mirror')
    const { delayMs, jitterMs, bytesPerSecond } = spec.link
    if (delayMs > 0) await links.delay(between, LINK_TAG, { delayMs, jitterMs })
    if (bytesPerSecond !== undefined) await links.narrow(between, `${LINK_TAG}-width`, { bytesPerSecond })
  }

  async #untilMirroring(
    connectors: ReadonlyMap<MirrorConnector, Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const { b, clock } = this.#options
    const rest = connectRest(b.layout.connectAddress)
    let seen = ''
    const wait = { clock, deadlineMs: READY_DEADLINE_MS, everyMs: 250, signal, lastSeen: () => seen }
    const until = (what: string, look: () => Promise<{ done: boolean; said: string }>) =>
      waitFor(
        what,
        async () => {
          assertAlive(b, WORKER_ROLE, null, 'mirror')
          const { done, said } = await look()
          seen = said
          return done
        },
        wait,
      )
    await until('the worker of the mirror to answer', () => rest.ready())
    for (const [name, config] of connectors)
      await until(`the worker to take ${name}`, () => rest.configure(name, config))
    for (const name of connectors.keys())
      await until(`${name} to run`, async () => {
        const status = await rest.status(name, 2000)
        const failed = status?.tasks.includes('FAILED')
        if (failed) throw await this.#failed(name)
        // A checkpoint connector that has no group yet, or emits nothing, has no task.
        const done = status?.connector === 'RUNNING' && status.tasks.every(task => task === 'RUNNING')
        const hasTasks = name !== 'mirror-source' || (status?.tasks.length ?? 0) > 0
        return { done: done && hasTasks, said: status ? stateWords(status) : 'no answer' }
      })
  }

  async #failed(name: string): Promise<AftershockError> {
    const said = await connectRest(this.#options.b.layout.connectAddress).tasks(name, 2000)
    const why = said?.tasks.find(({ trace }) => trace !== '')?.trace ?? 'the worker does not say why'
    return new AftershockError('unavailable', `a task of ${name} failed while it started: ${why}`, {
      hint: 'see logs/mirror.log in the folder of the run',
    })
  }
}

const stateWords = ({ connector, tasks }: { connector: string; tasks: readonly string[] }): string =>
  tasks.length === 0 ? connector : `${connector} (${tasks.join(', ')})`
