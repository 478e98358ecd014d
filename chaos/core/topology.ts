/** Where things are: zones, nodes, and the directed links between a zone and a node's listeners. */

export type ZoneName = string
/** The zones that drills may name. A driver's own names (of a cloud's zones, say) stay inside the driver. */
export const ZONES = ['az-a', 'az-b', 'az-c'] as const
export type NodeId = number

export interface KafkaNode {
  readonly id: NodeId
  readonly zone: ZoneName
  /** Advertised host name, e.g. `kafka-az-a.lab`. */
  readonly host: string
  /** Advertised port, where nodes may share a host. @default the listener's own, and hosts are unique */
  readonly port?: number
}

/** What tells a broker from all others: its host, or `host:port` where nodes may share one. */
export function nodeName({ host, port }: Pick<KafkaNode, 'host' | 'port'>): string {
  if (port === undefined) return host
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** By its number; undefined for one that is not there. */
export function nameOfNode({ nodes }: Pick<Topology, 'nodes'>, id: NodeId): string | undefined {
  const found = nodes.find(node => node.id === id)
  return found && nodeName(found)
}

/** The same of an address that a broker told. */
export function brokerName({ nodes }: Pick<Topology, 'nodes'>, host: string, port: number): string {
  return nodeName(nodes.some(node => node.port !== undefined) ? { host, port } : { host })
}

/** `client` carries producers and consumers, `control` the KRaft quorum, `replication` follower fetches. */
export const LISTENERS = ['client', 'control', 'replication'] as const
/**
 * `s3` is that of the object store, which is no broker. `connect` is a broker's client listener as a Connect worker
 * reaches it: links of its own, so that what connectors move is counted and cut apart from other clients. `database`
 * is that of the sinks' database, and `rest` that of one Connect worker as another one reaches it. `processor` is a
 * broker's client listener as an instance of the stateful processor reaches it. `mirror` is that as a mirror in another
 * region reaches it.
 */
export type Listener =
  | (typeof LISTENERS)[number]
  | 's3'
  | 'connect'
  | 'database'
  | 'rest'
  | 'processor'
  | 'mirror'

/** What links call the object store: it is not among the nodes of a topology, and in no zone. */
export const OBJECT_STORE: NodeId = 9
/** The host name by which brokers know it. */
export const OBJECT_STORE_HOST = 's3.lab'

/** What links call the database of a run's sinks: as the object store, it is a service of the region, and in no zone. */
export const DATABASE: NodeId = 10
/** The host name by which Connect workers know it. */
export const DATABASE_HOST = 'database.lab'
/** Added to a zone's place among the zones: the number of the Connect worker there. No broker has such a number. */
const WORKERS_FROM = 21
/** The same for instances of the stateful processor. */
const INSTANCES_FROM = 31

/** Where links of a mirror begin: not in a zone of this cluster. */
export const OTHER_REGION: ZoneName = 'region-b'

/** A directed pair: what dials from `from` reaches `listener` of node `to` over this link and no other. */
export interface Link {
  readonly from: ZoneName
  readonly to: NodeId
  readonly listener: Listener
}

/** `az-a>2:client`: the name of a link in evidence, in Toxiproxy and in reports. */
export type LinkId = `${ZoneName}>${NodeId}:${Listener}`

export function linkId(link: Link): LinkId {
  return `${link.from}>${link.to}:${link.listener}`
}

export interface Topology {
  readonly zones: readonly ZoneName[]
  /** Brokers. */
  readonly nodes: readonly KafkaNode[]
  /**
   * To brokers, and from each zone to the object store where there is one; from the zone of a Connect worker, while
   * there is one, also over links of its own; from that of an instance of the processor too.
   */
  readonly links: readonly Link[]
}

/** The way from a zone to the object store. */
export function storeLink(from: ZoneName): Link {
  return { from, to: OBJECT_STORE, listener: 's3' }
}

/** The ways of a Connect worker in a zone to every broker, also the one that is beside it. */
export function connectLinks(from: ZoneName, nodes: readonly KafkaNode[]): Link[] {
  return nodes.map(({ id }) => ({ from, to: id, listener: 'connect' }))
}

/** The Connect worker of a zone, by its number among links. */
export function workerIn(topology: Pick<Topology, 'zones'>, zone: ZoneName): NodeId {
  return WORKERS_FROM + topology.zones.indexOf(zone)
}

/** The ways of a cluster of Connect workers, one in each of these zones: to brokers, to the database, to each other. */
export function connectClusterLinks({ zones, nodes }: Topology, of: readonly ZoneName[]): Link[] {
  return of.flatMap(from => [
    ...connectLinks(from, nodes),
    { from, to: DATABASE, listener: 'database' as const },
    ...of
      .filter(zone => zone !== from)
      .map(zone => ({ from, to: workerIn({ zones }, zone), listener: 'rest' as const })),
  ])
}

/** Connect workers that write to a database; the one that writes to a file is none of them. */
export function workersOf(topology: Topology): { readonly id: NodeId; readonly zone: ZoneName }[] {
  const { links } = topology
  const isWorkers = ({ from, listener }: Link) =>
    listener === 'database' && links.some(one => one.from === from && one.listener === 'connect')
  return links.filter(isWorkers).map(({ from }) => ({ id: workerIn(topology, from), zone: from }))
}

/**
 * The ways of the processor's instances, one in each of these zones, to every broker, and to the database where they
 * write to one.
 */
export function processorLinks({ nodes }: Topology, of: readonly ZoneName[], writes = false): Link[] {
  return of.flatMap(from => [
    ...nodes.map(({ id }) => ({ from, to: id, listener: 'processor' as const })),
    ...(writes ? [{ from, to: DATABASE, listener: 'database' as const }] : []),
  ])
}

/** The processor's instance of a zone, by its number. */
export function instanceIn(topology: Pick<Topology, 'zones'>, zone: ZoneName): NodeId {
  return INSTANCES_FROM + topology.zones.indexOf(zone)
}

/** Instances of the stateful processor. */
export function instancesOf(topology: Topology): { readonly id: NodeId; readonly zone: ZoneName }[] {
  const zones = new Set(
    topology.links.flatMap(({ from, listener }) => (listener === 'processor' ? [from] : [])),
  )
  return [...zones].map(zone => ({ id: instanceIn(topology, zone), zone }))
}

/** The ways of a mirror in another region to every broker. */
export function mirrorLinks({ nodes }: Pick<Topology, 'nodes'>): Link[] {
  return nodes.map(({ id }) => ({ from: OTHER_REGION, to: id, listener: 'mirror' }))
}

export function hasObjectStore(topology: Topology): boolean {
  return topology.links.some(link => link.listener === 's3')
}

export function hasConnector(topology: Topology): boolean {
  return topology.links.some(link => link.listener === 'connect')
}

export function zoneOf(topology: Topology, node: NodeId): ZoneName | undefined {
  const broker = topology.nodes.find(candidate => candidate.id === node)?.zone
  return broker ?? topology.zones[node - WORKERS_FROM] ?? topology.zones[node - INSTANCES_FROM]
}
