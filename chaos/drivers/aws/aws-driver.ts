import type { Clock } from '../../core/clock.ts'
import { AftershockError } from '../../core/errors.ts'
import type { Address, Outcome } from '../../core/network.ts'
import { type Link, linkId, type NodeId, type Topology, zoneOf, type ZoneName } from '../../core/topology.ts'
import { waitFor } from '../../core/wait.ts'
import type { BrokerLogin } from '../../kafka/broker-login.ts'
import { LoggedInConnection } from '../../kafka/logged-in-connection.ts'
import { LAB_PORTS } from '../../platforms/addresses.ts'
import { askBroker, exchangeWithBroker, watchIdleBrokers } from '../broker-questions.ts'
import { clusterProbe } from '../cluster-probe.ts'
import type { Disks, Driver, Links, ObjectStore, Processes } from '../driver.ts'
import { driverCommands } from '../driver-commands.ts'
import type { AgentClient } from './agent/agent-client.ts'
import { IN_VAIN } from './agent/peer-bytes.ts'
import type { DeployedCluster, DeployedTunnels } from './deployed-cluster.ts'
import { capabilitiesOf } from './fit.ts'
import { reachRefusals, refuseIf } from './guards.ts'
import type { AwsHands } from './hands.ts'
import type { Cut } from './inventory.ts'
import { LinkDeeds, zonesCutBy } from './link-deeds.ts'
import type { NodeDeeds } from './node-deeds.ts'

export interface AwsDriverOptions {
  readonly cluster: DeployedCluster
  readonly ways: DeployedTunnels
  readonly hands: AwsHands
  readonly deeds: NodeDeeds
  readonly login: BrokerLogin | null
  readonly clock: Clock
  /** Of a zone that is cut: with its way to the object store, or without. */
  readonly cut: Cut
  /** Whether the platform keeps records in an object store. */
  readonly usesStore: boolean
  /** Brokers that faults hold away now. */
  readonly held: () => ReadonlySet<NodeId>
  /** null: all that there are. */
  readonly topics: readonly string[] | null
}

export interface AwsDriver extends Driver, Disposable {
  readonly name: 'aws'
}

/** A broker's questions pass a tunnel; a login takes several round trips. */
const PROBE_MS = 2500
const DEED_MS = 30_000
/** Formatting takes a start of a JVM. */
const WIPE_MS = 90_000
const SEEN_MS = 20_000
/** Asked of the broker from its own machine. */
const ANSWER_MS = 2000

/** Deeds by the account, and what came of them by agents and brokers alone. */
export function awsDriver(options: AwsDriverOptions): AwsDriver {
  const { cluster, ways, login, clock, topics } = options
  const topology = { ...cluster.topology, links: ways.links }
  const hosts = new Map(topology.nodes.map(({ id, host }) => [ways.directAddress(id).port, host]))
  const probe = clusterProbe(
    new Map(topology.nodes.map(({ id }) => [id, ways.directAddress(id)])),
    clock,
    PROBE_MS,
    address => new LoggedInConnection(address, hosts.get(address.port) ?? address.host, login),
    topics,
  )
  return {
    name: 'aws',
    topology,
    capabilities: new Set(capabilitiesOf(options.usesStore)),
    cluster: probe,
    processes: processesBy(options),
    disks: disksBy(options),
    ...(options.usesStore && { objectStore: storeBy(options) }),
    links: linksBy(options, topology),
    commands: driverCommands(clock),
    [Symbol.dispose]: () => probe[Symbol.dispose](),
  }
}

function linksBy(
  { ways, hands, deeds: nodes, login, clock, cut, cluster, held }: AwsDriverOptions,
  topology: Topology,
): Links {
  const open = (link: Link, address: Address) =>
    new LoggedInConnection(address, ways.hostOf(link.to), link.listener === 'client' ? login : null)
  const over = (link: Link) => open(link, ways.addressOf(link))
  // A tunnel whose far end is refused is no more than one that ends: its agent knows which it was.
  const whyReset = (link: Link, withinMs: number): Promise<Outcome> =>
    ways.knock(link, Math.min(withinMs, ANSWER_MS)).then(
      outcome => (outcome === 'answered' ? 'reset' : outcome),
      () => 'reset' as const,
    )
  const past = (link: Link) => open({ ...link, listener: 'client' }, ways.directAddress(link.to))
  const deeds = new LinkDeeds({ cluster, deeds: nodes, look: () => hands.look() })
  /** Faults of this run by network ACL; one that is not among them may be by either. */
  const byAcl = new Set<string>()
  return {
    delay: (links, tag, { delayMs, jitterMs }) => deeds.do(links, tag, { mode: 'delay', delayMs, jitterMs }),
    narrow: (links, tag, { bytesPerSecond }) => deeds.do(links, tag, { mode: 'narrow', bytesPerSecond }),
    reset: (links, tag, { afterMs, share }) => deeds.do(links, tag, { mode: 'reset', afterMs, share }),
    async cut(links, tag, { mode }) {
      const zone = zoneCutBy(links, topology)
      const machines = [...held()].flatMap(node => cluster.machineOf.get(node) ?? [])
      const zones = zone === null ? zonesCutBy(links, topology) : [zone]
      refuseIf(reachRefusals(await hands.look(), { machines, zones, named: false }), 'cutting links')
      if (zone === null || mode === 'refuse')
        return deeds.do(links, tag, { mode: mode === 'refuse' ? 'refuse' : 'drop' })
      byAcl.add(tag)
      await hands.cutZone(zone, cut)
    },
    async clear(links, tag) {
      const zone = zoneCutBy(links, topology)
      if (zone !== null) await hands.healZone(zone)
      if (!byAcl.has(tag)) await deeds.clear(links, tag)
    },
    async roundTrip(link, timeoutMs) {
      const trip = await exchangeWithBroker(over(link), 0, timeoutMs, clock)
      return trip.outcome === 'reset' ? { ...trip, outcome: await whyReset(link, timeoutMs) } : trip
    },
    transfer: (link, bytes, timeoutMs) => exchangeWithBroker(over(link), bytes, timeoutMs, clock),
    past: (link, bytes, timeoutMs) => exchangeWithBroker(past(link), bytes, timeoutMs, clock),
    connect(link) {
      const connection = over(link)
      return {
        ask: (bytes, timeoutMs) => askBroker(connection, bytes, timeoutMs, clock),
        close: () => connection.close(),
      }
    },
    idle: (link, count, forMs) =>
      watchIdleBrokers(
        Array.from({ length: count }, () => over(link)),
        forMs,
        clock,
      ),
  }
}

/** The zone that these links and no others cut off; null: there is none. */
export function zoneCutBy(links: readonly Link[], topology: Topology): ZoneName | null {
  const wanted = links.map(linkId).toSorted().join(' ')
  const cutOff = (zone: ZoneName) =>
    topology.links.filter(link => (link.from === zone) !== (zoneOf(topology, link.to) === zone))
  return (
    topology.zones.find(zone => cutOff(zone).map(linkId).toSorted().join(' ') === wanted && wanted !== '') ??
    null
  )
}

/** The document takes what the node kept away, and formats its folder; the agent beside it reads what is there. */
function disksBy({ cluster, deeds }: AwsDriverOptions): Disks {
  return {
    wipe: async node =>
      void (await deeds.do({ deed: 'wipe' }, known(cluster.machineOf.get(node), node), WIPE_MS)),
    look: node => known(cluster.agentOf.get(node), node).disk(),
  }
}

/**
 * The way of a zone's brokers to S3: a route of their table, which is taken away and given back. What a zone's brokers
 * then see of it, an agent beside one of them sees, with the rights of its machine.
 */
function storeBy({ cluster, hands, held }: AwsDriverOptions): ObjectStore {
  const { topology, agentOf } = cluster
  const agentIn = (fits: (zone: ZoneName) => boolean): AgentClient | undefined => {
    const broker = topology.nodes.find(({ id, zone }) => fits(zone) && agentOf.has(id))
    return broker && agentOf.get(broker.id)
  }
  const ask = async (agent: AgentClient | undefined, zone: ZoneName, timeoutMs: number) => {
    if (agent) return agent.store(timeoutMs)
    throw new AftershockError('unavailable', `no agent is beside a broker that could ask the store (${zone})`)
  }
  const absent = async () => {
    throw new AftershockError('refused', 'S3 answers nobody with errors, or late, because we want it', {
      hint: 'use s3-outage in mode silent, or run this drill in the lab',
    })
  }
  const inVain = async (zones: readonly ZoneName[]): Promise<Record<ZoneName, number>> => {
    const there = topology.nodes.filter(({ zone }) => zones.includes(zone))
    const told = await Promise.all(
      there.map(async ({ id, zone }) => [zone, (await agentOf.get(id)?.bytes())?.[IN_VAIN] ?? 0] as const),
    )
    return Object.fromEntries(
      zones.map(zone => [zone, told.reduce((sum, [at, count]) => sum + (at === zone ? count : 0), 0)]),
    )
  }
  /** By tag: what agents had counted when it began; of faults of another process nobody knows. */
  const began = new Map<string, Readonly<Record<ZoneName, number>>>()
  return {
    throttle: absent,
    delay: absent,
    failNext: absent,
    async cut(zones, tag, { mode }) {
      if (mode !== 'silent') return absent()
      const machines = [...held()].flatMap(node => cluster.machineOf.get(node) ?? [])
      refuseIf(reachRefusals(await hands.look(), { machines, zones, named: false }), 'cutting the store off')
      began.set(tag, await inVain(zones))
      for (const zone of zones) await hands.cutStore(zone)
    },
    async clear(zones) {
      for (const zone of zones) await hands.healStore(zone)
    },
    request: (zone, _operation, timeoutMs) =>
      ask(
        agentIn(one => one === zone),
        zone,
        timeoutMs,
      ),
    past: (zone, _operation, timeoutMs) =>
      ask(
        agentIn(one => one !== zone),
        zone,
        timeoutMs,
      ),
    async injected(tag) {
      const before = began.get(tag)
      if (!before) return {}
      const now = await inVain(Object.keys(before))
      return Object.fromEntries(
        Object.entries(now).map(([zone, count]) => [zone, count - (before[zone] ?? 0)]),
      )
    },
  }
}

function processesBy(options: AwsDriverOptions): Processes {
  const { cluster, ways, deeds, hands, login, clock, held } = options
  const agentOf = (node: NodeId): AgentClient => known(cluster.agentOf.get(node), node)
  const machineOf = (node: NodeId): string => known(cluster.machineOf.get(node), node)
  const allowed = async (node: NodeId) => {
    const machines = [...new Set([...held(), node])].flatMap(id => cluster.machineOf.get(id) ?? [])
    refuseIf(reachRefusals(await hands.look(), { machines, zones: [], named: false }), machineOf(node))
  }
  const until = (node: NodeId, state: 'stopped' | 'absent', deadlineMs: number) =>
    waitFor(`broker ${node} to be ${state}`, async () => (await agentOf(node).look()).state === state, {
      clock,
      deadlineMs,
      everyMs: 100,
    })
  const start = async (node: NodeId) => void (await deeds.do({ deed: 'start' }, machineOf(node), DEED_MS))
  return {
    async kill(node) {
      await allowed(node)
      await deeds.do({ deed: 'kill' }, machineOf(node), DEED_MS)
      await until(node, 'absent', SEEN_MS)
    },
    async stop(node, deadlineMs) {
      await allowed(node)
      await deeds.do({ deed: 'stop' }, machineOf(node), deadlineMs)
      await until(node, 'absent', SEEN_MS)
    },
    async pause(node) {
      await allowed(node)
      await deeds.do({ deed: 'pause' }, machineOf(node), DEED_MS)
      await until(node, 'stopped', SEEN_MS)
    },
    resume: start,
    start,
    async look(node) {
      const { state, process } = await agentOf(node).look()
      return { state, process, answer: await answerOf(node) }
    },
    async ageMs(node) {
      return (await agentOf(node).look()).ageMs
    },
  }

  /** A connection from its own machine tells what a tunnel cannot: whether nobody listens. */
  async function answerOf(node: NodeId): Promise<Outcome> {
    const host = ways.hostOf(node)
    const reached = await agentOf(node).knock({ host, port: LAB_PORTS.client }, ANSWER_MS)
    if (reached !== 'answered') return reached
    const connection = new LoggedInConnection(ways.directAddress(node), host, login)
    return (await exchangeWithBroker(connection, 0, ANSWER_MS, clock)).outcome
  }
}

function known<T>(found: T | undefined, node: NodeId): T {
  if (found === undefined) throw new AftershockError('internal', `there is no broker ${node}`)
  return found
}
