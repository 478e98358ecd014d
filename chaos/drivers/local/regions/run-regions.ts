import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import type { Contract } from '../../../core/contract.ts'
import { AftershockError } from '../../../core/errors.ts'
import type { Dial } from '../../../core/network.ts'
import type { PartitionState } from '../../../core/partition-state.ts'
import { mirroredName, type RegionName, type RegionsSpec } from '../../../core/regions.ts'
import type { NodeId, Topology } from '../../../core/topology.ts'
import { waitFor } from '../../../core/wait.ts'
import { CONNECT_TOPICS } from '../../../platforms/connect.ts'
import { CARRIED_TOPICS } from '../../../platforms/processor.ts'
import { internalReplicas } from '../../../platforms/index.ts'
import type { JournalEvent } from '../../../record/journal-events.ts'
import type { RegionsSample } from '../../../record/samples.ts'
import type {
  RegionAccess,
  RegionPlaces,
  SecondRegion,
  TimedCheckpoint,
  TopicFacts,
} from '../../environment.ts'
import type { Links, Mirror as MirrorHands } from '../../driver.ts'
import { readOffsets } from '../connect/sink-offsets.ts'
import { KeptAdmin } from '../lab/kept-admin.ts'
import { keepWorkerConfiguration } from '../lab/kept-configuration.ts'
import type { StartedLab } from '../lab/lab.ts'
import { withLabAdmin } from '../lab/lab-admin.ts'
import { labTopics } from '../lab/lab-topics.ts'
import { type ClusterProbe, clusterProbe } from '../../cluster-probe.ts'
import type { ConnectDistribution } from '../setup/connect.ts'
import { type CopiedTo, Mirror } from './mirror.ts'
import {
  bootstrapOf,
  mirrorAddress,
  mirrorDir,
  mirrorLog,
  mirrorLogin,
  type MirrorWay,
  mirrorWorker,
} from './mirror-worker.ts'
import { readCheckpoints } from './read-checkpoints.ts'
import { accessIn, carryRules, ruledGroups } from './region-access.ts'
import { topicFacts } from './topic-facts.ts'

const LINK_TAG = 'between-regions'
/** AutoMQ opens streams in its store for each partition: 12 of 18 were there after 30 s, at a load of 80 on two cores. */
const TOPICS_DEADLINE_MS = 120_000
/** The topic of groups is made, and its partitions are loaded. */
const SAID_MS = 60_000

export interface RegionsOptions {
  /** Region a, with the links of a mirror. */
  readonly a: StartedLab
  /** Region b, with those of a Connect worker. */
  readonly b: StartedLab
  readonly spec: RegionsSpec
  readonly contract: Contract
  /** Of sources that go to region b. */
  readonly sourceTopics: readonly string[]
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
  #there: Mirror | null = null
  #back: Mirror | null = null
  /** Who might do what in region a: nobody can be asked there once it is lost. */
  #known: RegionAccess | null = null
  #groups: readonly string[] = []

  constructor(options: RegionsOptions) {
    const { b, clock } = options
    this.#options = options
    this.topology = b.layout.topology
    this.dial = b.layout.dial
    this.#probe = clusterProbe(
      new Map(this.topology.nodes.map(({ id }) => [id, b.layout.directAddress(id)])),
      clock,
    )
    this.#admin = new KeptAdmin(b.layout, clock)
  }

  /** Of region b, for whoever goes there. */
  get lab(): StartedLab {
    return this.#options.b
  }

  get spec(): RegionsSpec {
    return this.#options.spec
  }

  get copies(): 1 | 3 {
    return this.#copies
  }

  leaderOf(topic: string, partition: number): NodeId | null {
    const leader = this.#partitions[`${topic}/${partition}`]?.leader
    return leader === undefined || leader < 0 ? null : leader
  }

  /** Topics as the contract has them, then the links' delay and width, then the mirror; resolves when its tasks run. */
  async start(signal: AbortSignal): Promise<Extract<JournalEvent, { kind: 'regions.started' }>> {
    const { spec, distribution, links } = this.#options
    await this.#makeTopics(signal)
    await this.#shapeLinks(links)
    await this.#learnAccess(signal)
    this.#there = this.#mirrorOf('there')
    await this.#there.start(signal)
    if (spec.bothWays) {
      await this.prepareBack(signal)
      await this.#running('back').start(signal)
    }
    return {
      kind: 'regions.started',
      brokers: this.topology.nodes.length,
      policy: spec.mirror.policy,
      connectors: [...this.#there.connectors, ...(this.#back?.connectors ?? []).map(name => `back: ${name}`)],
      version: distribution.version,
    }
  }

  async sample(t: number): Promise<RegionsSample> {
    const [{ answered, partitions }, ends, states, back] = await Promise.all([
      this.#probe.describe(),
      this.#ends(),
      this.#there?.states() ?? {},
      this.#back?.states() ?? {},
    ])
    if (answered.length > 0) this.#partitions = partitions
    const ofBack = Object.entries(back).map(([name, state]) => [`back: ${name}`, state] as const)
    return { t, answered: [...answered], ends, mirror: { ...states, ...Object.fromEntries(ofBack) } }
  }

  stopMirror(signal: AbortSignal, way: MirrorWay = 'there'): Promise<Readonly<Record<string, string>>> {
    return this.#running(way).stop(signal)
  }

  async prepareBack(signal: AbortSignal): Promise<void> {
    if (this.#back?.isAlive) return
    await withLabAdmin(this.#options.a.layout, async admin => {
      const there = await admin.listTopics()
      const topics = ownTopics(internalReplicas(platformIn(this.#options.a))).filter(
        ({ topic }) => !there.includes(topic),
      )
      if (topics.length > 0) await admin.createTopics({ waitForLeaders: false, topics })
    })
    this.#back = this.#mirrorOf('back')
    await this.#back.prepare(signal)
  }

  async startBack(from: CopiedTo, signal: AbortSignal): Promise<void> {
    await this.prepareBack(signal)
    await this.#running('back').start(signal, from)
  }

  hasBack(): boolean {
    return this.#back?.isAlive ?? false
  }

  /** As faults touch it: that which copies there. */
  get control(): MirrorHands {
    const { a, clock, contract } = this.#options
    const mirror = () => {
      if (!this.#there) throw new AftershockError('internal', 'the mirror was not started')
      return this.#there
    }
    const topics = Object.keys(contract.topics)
    const ofA = () => withLabAdmin(a.layout, admin => sumOfEnds(admin, topics)).catch(() => null)
    const ofB = async () => {
      const ends = await this.#ends()
      return ends && Object.values(ends).reduce((sum, end) => sum + end, 0)
    }
    const came = (before: number | null, after: number | null) =>
      before === null || after === null ? null : after - before
    return {
      kill: () => mirror().kill(),
      start: async () => mirror().restart(),
      pause: () => mirror().tell('pause'),
      resume: () => mirror().tell('resume'),
      watch: async forMs => {
        const [a0, b0] = await Promise.all([ofA(), ofB()])
        const [seen] = await Promise.all([mirror().look(), clock.sleep(forMs)])
        const [a1, b1] = await Promise.all([ofA(), ofB()])
        return { ...seen, cameInA: came(a0, a1), cameInB: came(b0, b1) }
      },
    }
  }

  copiedTo(way: MirrorWay): Promise<CopiedTo | null> {
    return this.#running(way).copiedTo()
  }

  async placesOf(group: string, region: RegionName = 'b'): Promise<RegionPlaces> {
    const { a, b, contract } = this.#options
    const topics = region === 'b' ? this.#mirrored() : Object.keys(contract.topics)
    const { layout } = region === 'b' ? b : a
    const offsets = await withLabAdmin(layout, admin => readOffsets(admin, group, topics))
    const by = (pick: (one: (typeof offsets)[number]) => number | null) =>
      Object.fromEntries(
        offsets.flatMap(one => {
          const value = pick(one)
          return value === null ? [] : [[`${one[0]}/${one[1]}`, value] as const]
        }),
      )
    return { committed: by(([, , , , committed]) => committed), ends: by(([, , , high]) => high) }
  }

  settingsOf(region: RegionName): Promise<TopicFacts> {
    const { a, b, contract } = this.#options
    const { layout } = region === 'b' ? b : a
    return withLabAdmin(layout, admin => topicFacts(admin, Object.keys(contract.topics)))
  }

  async accessOf(region: RegionName): Promise<RegionAccess | null> {
    const { a, b, contract, clock } = this.#options
    const { layout } = region === 'b' ? b : a
    return accessIn(layout, Object.keys(contract.topics), this.#groups, clock)
  }

  knownAccess(): RegionAccess | null {
    return this.#known
  }

  /** @param way those of the mirror that copies there are in region b, of the other in region a */
  checkpoints(way: MirrorWay = 'there'): Promise<readonly TimedCheckpoint[]> {
    const { a, b, clock } = this.#options
    return way === 'there' ? readCheckpoints(b.layout, 'a', clock) : readCheckpoints(a.layout, 'b', clock)
  }

  /** Before the brokers of region b. */
  async end(): Promise<void> {
    this.#probe[Symbol.dispose]()
    await this.#admin.end()
    await Promise.all([this.#there?.end(), this.#back?.end()])
  }

  #running(way: MirrorWay): Mirror {
    const mirror = way === 'there' ? this.#there : this.#back
    if (!mirror?.isAlive)
      throw new AftershockError(
        'refused',
        way === 'there'
          ? 'the mirror into region b does not live'
          : 'there is no mirror from region b to region a',
        {
          hint:
            way === 'there'
              ? 'see logs/region-b/mirror.log in the folder of the run'
              : 'write `wayBack: true` below regions',
        },
      )
    return mirror
  }

  #mirrorOf(way: MirrorWay): Mirror {
    const { a, b, spec, contract, distribution, clock, runDir } = this.#options
    const { exactlyOnce } = spec.mirror
    const replicas = way === 'there' ? this.#copies : internalReplicas(platformIn(a))
    const worker = mirrorWorker(b.layout, a.layout, distribution, { way, exactlyOnce, replicas })
    keepWorkerConfiguration(runDir, mirrorDir(b.layout, way), mirrorLog(way))
    const regionA = { alias: 'a', bootstrap: bootstrapOf(a.layout) }
    const regionB = { alias: 'b', bootstrap: bootstrapOf(b.layout) }
    return new Mirror({
      lab: b,
      worker,
      address: mirrorAddress(b.layout, way),
      clock,
      logFile: mirrorLog(way),
      config: {
        source: way === 'there' ? regionA : regionB,
        target: way === 'there' ? regionB : regionA,
        topics: [
          ...Object.keys(contract.topics),
          ...(way === 'there' && spec.failOver.processor === 'rebuilt' ? CARRIED_TOPICS : []),
          ...(way === 'there' ? this.#options.sourceTopics : []),
        ],
        replicas,
        spec: spec.mirror,
        ...(b.layout.hasAuthorizer && { security: mirrorLogin(b.layout) }),
        withSinks: way === 'there' && spec.failOver.connectors === 'translated',
      },
    })
  }

  get #copies(): 1 | 3 {
    return this.topology.nodes.length === 1 ? 1 : internalReplicas(platformIn(this.#options.b))
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
    const wanted = labTopics(contract, platformIn(b), new Set()).map(settings => ({
      ...settings,
      replicationFactor: Math.min(settings.replicationFactor, copies),
      configEntries: settings.configEntries.map(entry =>
        entry.name === 'min.insync.replicas' && copies === 1 ? { ...entry, value: '1' } : entry,
      ),
    }))
    await withLabAdmin(b.layout, admin =>
      admin.createTopics({ waitForLeaders: false, topics: [...wanted, ...ownTopics(copies)] }),
    )
    let without: string[] = []
    await waitFor(
      'every partition of region b to have a leader',
      async () => {
        const { partitions } = await this.#probe.describe()
        this.#partitions = partitions
        without = wanted.flatMap(({ topic, numPartitions }) =>
          Array.from({ length: numPartitions }, (_, at) => at)
            .filter(at => this.leaderOf(topic, at) === null)
            .map(at => `${topic}/${at}`),
        )
        return without.length === 0
      },
      {
        clock,
        deadlineMs: TOPICS_DEADLINE_MS,
        everyMs: 250,
        signal,
        lastSeen: () => `none has ${without.join(', ')}`,
      },
    )
  }

  async #learnAccess(signal: AbortSignal): Promise<void> {
    const { a, b, spec, clock } = this.#options
    if (!a.layout.hasAuthorizer) return
    if (spec.access === 'carried') await carryRules(a.layout, b.layout)
    this.#groups = await ruledGroups(a.layout)
    // Nobody coordinates groups before the first one is asked for.
    for (const { layout } of [a, b])
      await withLabAdmin(layout, admin => admin.describeGroups([...this.#groups]))
    const asked = { clock, deadlineMs: SAID_MS, everyMs: 500, signal }
    await waitFor(
      'brokers of region a to say what each principal may do',
      async () => {
        this.#known = await this.accessOf('a')
        return this.#known?.unsaid.length === 0
      },
      { ...asked, lastSeen: () => this.#known?.unsaid.slice(0, 3).join('; ') ?? 'nothing' },
    )
  }

  async #shapeLinks(links: Links): Promise<void> {
    const { a, spec } = this.#options
    const between = a.layout.topology.links.filter(({ listener }) => listener === 'mirror')
    const { delayMs, jitterMs, bytesPerSecond } = spec.link
    if (delayMs > 0) await links.delay(between, LINK_TAG, { delayMs, jitterMs })
    if (bytesPerSecond !== undefined) await links.narrow(between, `${LINK_TAG}-width`, { bytesPerSecond })
  }
}

const platformIn = ({ supervisor }: StartedLab) => supervisor.state.platform.platform

/** What a worker keeps for itself. */
const ownTopics = (copies: 1 | 3) =>
  CONNECT_TOPICS.map(topic => ({
    topic,
    numPartitions: 1,
    replicationFactor: copies,
    configEntries: [{ name: 'cleanup.policy', value: 'compact' }],
  }))

async function sumOfEnds(admin: Admin, topics: readonly string[]): Promise<number> {
  const ends = await Promise.all(topics.map(topic => admin.fetchTopicOffsets(topic)))
  return ends.flat().reduce((sum, { high }) => sum + Number(high), 0)
}
