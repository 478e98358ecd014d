import type { Admin } from 'kafkajs'
import type { Contract } from '../../../chaos/core/contract.ts'
import type { NodeId } from '../../../chaos/core/topology.ts'
import type { Environment, OpenOptions } from '../../../chaos/drivers/environment.ts'
import type { StartedFleet } from '../../../chaos/fleet/started-fleet.ts'
import { topicSettings } from '../../../chaos/platforms/topics.ts'
import type { RunParts } from '../../../chaos/run/run-context.ts'
import { fakeDriver, type FakeWorld, THREE_ZONES } from '../faults/fake-driver.ts'

/** Three brokers that are numbers in memory: everything that a run asks of its environment, and what became of it. */
export class FakeEnvironment implements Environment {
  readonly outline = {
    name: 'local' as const,
    platform: 'kafka' as const,
    capabilities: new Set(['processes', 'disks', 'links', 'clients'] as const),
    topology: THREE_ZONES,
    topics: (contract: Contract) => topicSettings(contract, { isReplicated: true, tier: null }),
  }
  readonly header = {
    driver: 'local' as const,
    software: { name: 'three numbers', kind: 'stand-in' as const, notes: [] },
    labDir: '/nowhere',
    ownsLab: true,
    versions: { kafka: '0.0.0' },
  }
  /** What was ended, in order. */
  readonly ended: string[] = []
  readonly made: string[] = []
  held: () => ReadonlySet<NodeId> = () => new Set()
  private readonly world: FakeWorld
  private readonly failing: Error | null

  /** @param failing thrown once the lab is there. */
  constructor(world: FakeWorld, failing: Error | null = null) {
    this.world = world
    this.failing = failing
  }

  async open({ endings, record, held }: OpenOptions) {
    this.held = held
    record({ kind: 'lab.started', labDir: '/nowhere', ownedByRun: true })
    endings.add('the lab', () => this.ended.push('the lab'))
    if (this.failing) throw this.failing
    endings.add('the restart policy', () => this.ended.push('the restart policy'))
    const driver = fakeDriver(this.world, THREE_ZONES, ['processes', 'disks', 'links'])
    const describe = async () => {
      const reading = await driver.cluster.describe()
      return this.made.includes('+telemetry') ? reading : { ...reading, partitions: {} }
    }
    return {
      driver: { ...driver, cluster: { describe } },
      dial: () => ({ host: 'nowhere', port: 0 }),
      admin: <T>(work: (admin: Admin) => Promise<T>) => work(this.admin()),
      logSizes: async () => null,
      limitReads: async () => {},
      claimTopics: () => ['of-an-earlier-run'],
      meters: [{ name: 'nodes', everyMs: 1000, sample: (t: number) => [{ t, node: 1 }] }],
      connector: null,
      connectors: null,
      processor: null,
      regions: null,
    }
  }

  private admin(): Admin {
    const { made } = this
    return {
      listTopics: async () => ['of-an-earlier-run', 'of-somebody'],
      deleteTopics: async ({ topics }: { topics: string[] }) =>
        void made.push(...topics.map(name => `-${name}`)),
      createTopics: async ({ topics }: { topics: { topic: string }[] }) => {
        made.push(...topics.map(({ topic }) => `+${topic}`))
        return true
      },
    } as unknown as Admin
  }
}

const COUNTS = {
  due: 100,
  acked: 100,
  failed: 0,
  unknown: 0,
  dropped: 0,
  sends: 10,
  deviceConnects: 0,
  brokerConnects: 0,
  buffered: 0,
  latency: { n: 100, p50: 5, p95: 8, p99: 10, max: 12 },
}

/** A guardian that is no process, and clients that talk to nobody; `ended` hears of their end. */
export function fakeParts(world: FakeWorld, ended: string[]): RunParts {
  return {
    startGuardian: () => ({
      identity: { pid: 1, startedAt: 'never' },
      dismiss: async () => void ended.push('the guardian'),
    }),
    startFleet: async ({ spec }) => {
      const { clients } = fakeDriver(world)
      const fleet: StartedFleet = {
        gateways: clients?.gateways ?? [],
        take: () => ({ ...COUNTS, byZone: {}, loopDelayMs: spec.devices > 0 ? 1 : 0 }),
        takeHeldBack: () => ({}),
        stopGenerating: () => {},
        drain: async () => 0,
        clients: clients as NonNullable<typeof clients>,
        hold: async () => 0,
        release: () => {},
        moveTo: async () => void ended.push('the fleet moved'),
        sinceMove: () => ({ acked: 0, unanswered: 0 }),
        [Symbol.asyncDispose]: async () => void ended.push('the fleet'),
      }
      return fleet
    },
    openReaders: async ({ clock }) => ({
      samples: () => [
        () => ({ consumer: 'tail' as const, records: 1, bytes: 1, lagRecords: 0, lagSeconds: 0 }),
      ],
      async replay(_id, _terms, signal) {
        const startedAt = clock.now()
        await clock.sleep(3000, signal)
        return {
          isComplete: true,
          reason: null,
          startedAt,
          seconds: 3,
          records: 600,
          bytes: 6000,
          recordsPerSecond: 200,
          bytesPerSecond: 2000,
          partitions: [],
        }
      },
      processOf: () => 'recovery',
      clientOf: id => id,
      jobPlace: null as never,
      stored: async () => Promise.reject(new Error('nobody reads here')),
      leaveAloneUntil: () => {},
      committed: () => null,
      lagIn: () => null,
      leave: async () => null,
      followIn: async () => ({ records: () => 0 }),
      followBack: async () => ({ records: () => 0 }),
      finalReadIn: async () => ({ partitions: 0, records: 0, complete: true }),
      finalRead: async () => ({
        partitions: 6,
        records: 600,
        complete: true,
        replayed: {},
      }),
      close: async () => void ended.push('the readers'),
    }),
  }
}
