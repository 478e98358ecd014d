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
}

/** `client` carries producers and consumers, `control` the KRaft quorum, `replication` follower fetches. */
export const LISTENERS = ['client', 'control', 'replication'] as const
/**
 * `s3` is that of the object store, which is no broker. `connect` is a broker's client listener as a Connect worker
 * reaches it: links of its own, so that what connectors move is counted and cut apart from other clients.
 */
export type Listener = (typeof LISTENERS)[number] | 's3' | 'connect'

/** What links call the object store: it is not among the nodes of a topology, and in no zone. */
export const OBJECT_STORE: NodeId = 9
/** The host name by which brokers know it. */
export const OBJECT_STORE_HOST = 's3.lab'

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
   * there is one, also over links of its own.
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

export function hasObjectStore(topology: Topology): boolean {
  return topology.links.some(link => link.listener === 's3')
}

export function hasConnector(topology: Topology): boolean {
  return topology.links.some(link => link.listener === 'connect')
}

export function zoneOf(topology: Topology, node: NodeId): ZoneName | undefined {
  return topology.nodes.find(candidate => candidate.id === node)?.zone
}
