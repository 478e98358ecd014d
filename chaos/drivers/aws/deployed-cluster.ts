import type { Clock } from '../../core/clock.ts'
import { AftershockError, messageOf } from '../../core/errors.ts'
import type { Address, Outcome } from '../../core/network.ts'
import { type KafkaNode, type Link, linkId, type NodeId, type Topology } from '../../core/topology.ts'
import type { BrokerLogin } from '../../kafka/broker-login.ts'
import { LoggedInConnection } from '../../kafka/logged-in-connection.ts'
import { ProbeFailure } from '../../kafka/probe-connection.ts'
import { type AdvertisedBroker, metadataRequest, readAdvertised } from '../../kafka/wire.ts'
import { LAB_PORTS } from '../../platforms/addresses.ts'
import type { Account } from './account.ts'
import { AgentClient } from './agent/agent-client.ts'
import { AGENT_PORT } from './agent/agent-protocol.ts'
import { LinkTunnels, type Way } from './agent/link-tunnels.ts'
import type { Place } from './guards.ts'
import type { Reach } from './reach/reach.ts'
import { zoneOfMachine } from './guards.ts'
import { type Inventory, type Machine, machinesNamed } from './inventory.ts'
import { linksOf } from './outline.ts'

/** Of Secrets Manager: what agents and whoever asks them have in common. */
export const keyName = (environment: string): string => `aftershock/${environment}/agent`

export interface ClusterOptions {
  readonly account: Account
  readonly place: Place
  readonly login: BrokerLogin | null
  readonly reach: Reach
  readonly clock: Clock
  /** Those of a run that died, as it found them. @default as a broker says now, which is silent of those that are down */
  readonly known?: readonly Pick<KafkaNode, 'id' | 'host'>[]
}

/** Brokers as they are deployed, each beside its agent, and in each zone one machine from which clients connect. */
export interface DeployedCluster {
  readonly topology: Topology
  /** By its number: the machine, `kafka-2`. */
  readonly machineOf: ReadonlyMap<NodeId, string>
  readonly agentOf: ReadonlyMap<NodeId, AgentClient>
  /** By zone. */
  readonly clientsOf: ReadonlyMap<string, { readonly machine: string; readonly agent: AgentClient }>
  /** Of a broker's machine. */
  readonly addressOf: ReadonlyMap<NodeId, string>
  /** Whether the quorum is of machines that are no brokers. */
  readonly hasOwnVoters: boolean
  /** Of every agent that answered, by the machine. */
  readonly agents: ReadonlyMap<string, AgentClient>
}

interface Neighbour {
  readonly name: string
  readonly zone: string
  readonly agent: AgentClient
  readonly address: string
  /** As its broker advertises itself; null: there is none beside it. */
  readonly host: string | null
}

const METADATA_MS = 10_000
const VOTER = /^controller-\d+$/

/**
 * By the tags of the account, by every agent, and by what a broker says of all of them: a broker without an agent could
 * not be looked at, and is a reason to refuse. Nothing is written.
 * @throws AftershockError `unavailable`, with what is missing
 */
export async function findCluster(options: ClusterOptions): Promise<DeployedCluster> {
  const { account, place, login, reach, clock, known } = options
  const found = await account.inventory(place.environment)
  const secret = await account.secret(keyName(place.environment))
  if (secret === null)
    throw new AftershockError('unavailable', `there is no secret ${keyName(place.environment)}`, {
      hint: `the agents have it from their deployment: npm run deploy -- --environment ${place.environment}`,
    })
  const key = Buffer.from(secret)
  const running = machinesNamed(found, null).filter(({ state }) => state === 'running')
  const met = await Promise.all(running.map(machine => meet(machine, found, { key, reach, clock })))
  const brokers = met.flatMap(one => (one.tier === 'brokers' && one.host !== null ? [one] : []))
  const advertised = known ?? (await askAny(brokers, login, clock))
  if (!known) requireWhole(brokers, advertised)
  const zones = place.zones
  const nodes: KafkaNode[] = []
  const [machineOf, agentOf] = [new Map<NodeId, string>(), new Map<NodeId, AgentClient>()]
  const addressOf = new Map<NodeId, string>()
  for (const { id, host } of advertised) {
    const beside = brokers.find(one => one.host === host)
    if (!beside)
      throw new AftershockError('unavailable', `no agent is beside broker ${id} (${host})`, {
        hint: whoAnswered(met),
      })
    nodes.push({ id, host, zone: beside.zone })
    machineOf.set(id, beside.name)
    addressOf.set(id, beside.address)
    if (beside.agent) agentOf.set(id, beside.agent)
  }
  const clientsOf = new Map(
    zones.map(zone => {
      const client = met.find(one => one.tier === 'clients' && one.zone === zone && one.agent !== null)
      if (!client)
        throw new AftershockError('unavailable', `no agent answers on a machine of clients in ${zone}`, {
          hint: whoAnswered(met),
        })
      return [zone, { machine: client.name, agent: client.agent as AgentClient }]
    }),
  )
  const hasOwnVoters = running.some(({ tags }) => VOTER.test(tags.Name ?? ''))
  return {
    topology: { zones, nodes, links: linksOf(zones, nodes, { logsIn: login !== null, hasOwnVoters }) },
    machineOf,
    agentOf,
    clientsOf,
    addressOf,
    hasOwnVoters,
    agents: new Map(met.flatMap(({ name, agent }) => (agent ? [[name, agent] as const] : []))),
  }
}

/** A run knows the brokers that there were when it began: one that joins a second later would be none of them. */
function requireWhole(
  brokers: readonly Pick<Met, 'name' | 'host'>[],
  advertised: readonly Pick<KafkaNode, 'host'>[],
): void {
  const absent = brokers.filter(({ host }) => !advertised.some(one => one.host === host))
  if (absent.length === 0) return
  throw new AftershockError(
    'unavailable',
    `${absent.map(({ name }) => name).join(', ')} ${absent.length === 1 ? 'is' : 'are'} not among the brokers that the cluster names`,
    { hint: 'it has just started, or does not run; a drill begins with a whole cluster' },
  )
}

/** What drills hold on machines now, as these themselves know it, in words; of one that is silent, that it is. */
export function heldOn({ agents }: DeployedCluster): Promise<readonly Held[]> {
  return Promise.all(
    [...agents].map(async ([machine, agent]) => {
      try {
        return { machine, faults: (await agent.look()).faults }
      } catch (error) {
        return { machine, faults: [`not known: ${messageOf(error)}`] }
      }
    }),
  )
}

export interface Held {
  readonly machine: string
  /** `unit`, or tags of faults on links; empty: nothing. */
  readonly faults: readonly string[]
}

type Met = Omit<Neighbour, 'agent'> & { readonly tier: string } & (
    | { readonly agent: AgentClient; readonly silence: null }
    | { readonly agent: null; readonly silence: string }
  )

async function meet(
  machine: Machine,
  found: Inventory,
  { key, reach, clock }: Pick<ClusterOptions, 'reach' | 'clock'> & { readonly key: Buffer },
): Promise<Met> {
  const name = machine.tags.Name ?? machine.id
  const tier = found.subnets.find(({ id }) => id === machine.subnet)?.tags.tier ?? ''
  const at = { name, tier, zone: zoneOfMachine(found, machine), address: machine.address }
  const agent = new AgentClient({
    name,
    address: { host: machine.address, port: AGENT_PORT },
    key,
    clock,
    dial: () => reach.connect(machine, AGENT_PORT),
  })
  try {
    return { ...at, agent, host: (await agent.look()).host, silence: null }
  } catch (error) {
    return { ...at, agent: null, host: null, silence: messageOf(error) }
  }
}

const whoAnswered = (met: readonly Met[]): string =>
  [
    `agents that answered: ${met.flatMap(({ name, agent }) => (agent ? [name] : [])).join(', ') || 'none'}`,
    ...met.flatMap(({ silence }) => (silence === null ? [] : [silence])),
  ].join('; ')

/** The first broker that answers says who all of them are. @throws AftershockError `unavailable` */
async function askAny(
  brokers: readonly Met[],
  login: BrokerLogin | null,
  clock: Clock,
): Promise<readonly AdvertisedBroker[]> {
  const ways = brokers.flatMap(({ name, agent, host }) =>
    agent && host ? [{ id: name, agent, to: { host, port: LAB_PORTS.client } }] : [],
  )
  await using tunnels = await LinkTunnels.open(ways)
  const seen: string[] = []
  for (const { id, to } of ways) {
    const connection = new LoggedInConnection(tunnels.addressOf(id), to.host, login)
    try {
      const all = readAdvertised(await connection.request(metadataRequest(1, []), METADATA_MS, clock))
      if (all.length > 0) return all.toSorted((a, b) => a.id - b.id)
      seen.push(`${id} knows no brokers`)
    } catch (error) {
      if (!(error instanceof ProbeFailure)) throw error
      seen.push(`${id}: ${error.message}`)
    } finally {
      connection.close()
    }
  }
  throw new AftershockError(
    'unavailable',
    `no broker said who all of them are${seen.length === 0 ? '' : ` (${seen.join('; ')})`}`,
    {
      hint:
        ways.length === 0 ? whoAnswered(brokers) : 'do they run, and is the login right? --command-config',
    },
  )
}

const DIRECT = 'direct'

/** A port here for every link, and one for each broker past them, from its own machine. */
export async function openTunnels({
  topology,
  agentOf,
  clientsOf,
}: DeployedCluster): Promise<DeployedTunnels> {
  const hostOf = (id: NodeId) => topology.nodes.find(node => node.id === id)?.host ?? ''
  const neighbourIn = (zone: string) => topology.nodes.find(node => node.zone === zone)?.id
  const agentFor = ({ from, listener }: Link): AgentClient | undefined => {
    if (listener === 'client') return clientsOf.get(from)?.agent
    const beside = neighbourIn(from)
    return beside === undefined ? undefined : agentOf.get(beside)
  }
  const ways: Way[] = []
  const carried: Link[] = []
  for (const link of topology.links) {
    const agent = agentFor(link)
    if (!agent) continue
    carried.push(link)
    const port = LAB_PORTS[link.listener as keyof typeof LAB_PORTS]
    ways.push({ id: linkId(link), agent, to: { host: hostOf(link.to), port } })
  }
  for (const [id, agent] of agentOf)
    ways.push({ id: `${DIRECT}>${id}`, agent, to: { host: hostOf(id), port: LAB_PORTS.client } })
  const tunnels = await LinkTunnels.open(ways)
  return {
    tunnels,
    links: carried,
    hostOf,
    addressOf: link => tunnels.addressOf(linkId(link)),
    async knock(link, withinMs) {
      const way = ways.find(({ id }) => id === linkId(link))
      if (!way) throw new AftershockError('internal', `there is no way ${linkId(link)}`)
      return way.agent.knock(way.to, withinMs)
    },
    directAddress: id => tunnels.addressOf(`${DIRECT}>${id}`),
  }
}

export interface DeployedTunnels {
  readonly tunnels: LinkTunnels
  readonly links: readonly Link[]
  hostOf(id: NodeId): string
  addressOf(link: Link): Address
  /** What a connection over the link comes to, told by the agent at its beginning. */
  knock(link: Link, withinMs: number): Promise<Outcome>
  directAddress(id: NodeId): Address
}
