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
import type { Driver, Links, Processes } from '../driver.ts'
import { driverCommands } from '../driver-commands.ts'
import type { AgentClient } from './agent/agent-client.ts'
import type { DeployedCluster, DeployedTunnels } from './deployed-cluster.ts'
import { AWS_CAPABILITIES } from './fit.ts'
import { reachRefusals, refuseIf } from './guards.ts'
import type { AwsHands } from './hands.ts'
import type { Cut } from './inventory.ts'
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
    capabilities: new Set(AWS_CAPABILITIES),
    cluster: probe,
    processes: processesBy(options),
    links: linksBy(options, topology),
    commands: driverCommands(clock),
    [Symbol.dispose]: () => probe[Symbol.dispose](),
  }
}

function linksBy(
  { ways, hands, login, clock, cut, cluster, held }: AwsDriverOptions,
  topology: Topology,
): Links {
  const open = (link: Link, address: Address) =>
    new LoggedInConnection(address, ways.hostOf(link.to), link.listener === 'client' ? login : null)
  const over = (link: Link) => open(link, ways.addressOf(link))
  const past = (link: Link) => open({ ...link, listener: 'client' }, ways.directAddress(link.to))
  const absent = async () => {
    throw new AftershockError(
      'refused',
      'a network ACL cuts a zone as a whole, and does nothing else to links',
      { hint: 'use zone-cut with both directions and all traffic, or run this drill in the lab' },
    )
  }
  return {
    delay: absent,
    narrow: absent,
    reset: absent,
    async cut(links, _tag, { mode }) {
      const zone = zoneCutBy(links, topology)
      if (zone === null || mode !== 'silent') return absent()
      const machines = [...held()].flatMap(node => cluster.machineOf.get(node) ?? [])
      refuseIf(
        reachRefusals(await hands.look(), { machines, zones: [zone], named: false }),
        `cutting ${zone} off`,
      )
      await hands.cutZone(zone, cut)
    },
    async clear(links) {
      // All of ours where the zone cannot be told: healing is the same call, and may be repeated.
      await hands.healZone(zoneCutBy(links, topology))
    },
    roundTrip: (link, timeoutMs) => exchangeWithBroker(over(link), 0, timeoutMs, clock),
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
  const heal = (node: NodeId) => deeds.do('heal', machineOf(node), DEED_MS)
  return {
    async kill(node) {
      await allowed(node)
      await deeds.do('kill', machineOf(node), DEED_MS)
      await until(node, 'absent', SEEN_MS)
    },
    async stop(node, deadlineMs) {
      await allowed(node)
      await deeds.do('stop', machineOf(node), deadlineMs)
      await until(node, 'absent', SEEN_MS)
    },
    async pause(node) {
      await allowed(node)
      await deeds.do('pause', machineOf(node), DEED_MS)
      await until(node, 'stopped', SEEN_MS)
    },
    resume: heal,
    start: heal,
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
