import { DATABASE, instanceIn, OBJECT_STORE, workerIn } from '../core/topology.ts'
import { CONNECT_REST_PORT } from './connect.ts'
import { AftershockError } from '../core/errors.ts'

/**
 * Where the local lab lives on loopback: one address per node, and one per (source zone, node) pair on which
 * the proxy listens, so that each directed link is a socket of its own. A lab has a block of addresses;
 * labs in different blocks do not meet.
 */
export const LAB_PORTS = { client: 9092, control: 9093, replication: 9094 } as const
export const TOXIPROXY_PORT = 8474
/** On a link's address: what brokers dial. On the store's own address: the store itself. */
export const S3_PORT = 7070
/** The port of the store's S3 proxy for a zone is this one plus the zone's number. */
export const S3_PROXY_BASE_PORT = 7070
export const S3_PROXY_CONTROL_PORT = 7079
/** On a link's address, and on the database's own. */
export const DATABASE_PORT = 5432
/** Where an instance of the stateful processor tells its state, on its own address. */
export const PROCESSOR_PORT = 8090
/** Where a broker serves its own metrics, on its own address. */
export const METRICS_PORT = 9404
/** Blocks 0 to 9: the second octets 10 to 19 are links, 20 to 29 are nodes, and they must not overlap. */
export const LAB_BLOCKS = 10
/** The last octet of the Connect worker's own address: no broker has it, nor the object store. */
const CONNECT_WORKER = 8
/** What is added to a zone's number in the addresses on which a Connect worker there reaches the brokers. */
const CONNECT_ZONES_FROM = 10
/** The same for an instance of the stateful processor. */
const PROCESSOR_ZONES_FROM = 20
/** Where a mirror in another region reaches the brokers from. */
const OTHER_REGION_ZONE = 31
/** How far the block of a second region is from that of the first: labs of one machine are 0 to 9. */
const SECOND_REGION_FROM = 5

export interface LabAddresses {
  readonly block: number
  /** Index 0 is node 1: what its listeners bind to. */
  readonly nodes: readonly string[]
  /** `links[zone - 1][node - 1]`: what a client in that zone dials to reach that node. */
  readonly links: readonly (readonly string[])[]
  /** The object store, its S3 proxy, and per zone the address on which brokers there reach it. */
  readonly store: { readonly host: string; readonly links: readonly string[] }
  /** The Connect worker's REST listener, and as in `links` what a worker in that zone dials to reach that node. */
  readonly connect: { readonly host: string; readonly links: readonly (readonly string[])[] }
  /** The database of sinks, and per zone the address on which a Connect worker there reaches it. */
  readonly database: { readonly host: string; readonly links: readonly string[] }
  /** REST listeners of a cluster of workers, one a zone; `links[zone - 1][other - 1]` as one reaches another. */
  readonly workers: { readonly hosts: readonly string[]; readonly links: readonly (readonly string[])[] }
  /** Instances of the stateful processor, one a zone; `links[zone - 1][node - 1]` as one dials a node. */
  readonly processor: { readonly hosts: readonly string[]; readonly links: readonly (readonly string[])[] }
  /** `links[node - 1]`: what a mirror in another region dials to reach that node. */
  readonly mirror: { readonly links: readonly string[] }
  readonly toxiproxy: { readonly host: string; readonly port: number }
}

/** @param zones how many zones there are, each with one node; both count from 1. */
export function labAddresses(block: number, zones: number): LabAddresses {
  if (!Number.isInteger(block) || block < 0 || block >= LAB_BLOCKS)
    throw new AftershockError('internal', `the lab's block must be 0 to ${LAB_BLOCKS - 1}, not ${block}`)
  const ordinals = Array.from({ length: zones }, (_, index) => index + 1)
  const zoneNames = { zones: ordinals.map(String) }
  const worker = (zone: number) => workerIn(zoneNames, String(zone))
  return {
    block,
    nodes: ordinals.map(node => nodeAddress(block, node)),
    links: ordinals.map(zone => ordinals.map(node => linkAddress(block, zone, node))),
    store: {
      host: nodeAddress(block, OBJECT_STORE),
      links: ordinals.map(zone => linkAddress(block, zone, OBJECT_STORE)),
    },
    connect: {
      host: nodeAddress(block, CONNECT_WORKER),
      links: ordinals.map(zone => ordinals.map(node => linkAddress(block, CONNECT_ZONES_FROM + zone, node))),
    },
    database: {
      host: nodeAddress(block, DATABASE),
      links: ordinals.map(zone => linkAddress(block, CONNECT_ZONES_FROM + zone, DATABASE)),
    },
    workers: {
      hosts: ordinals.map(zone => nodeAddress(block, worker(zone))),
      links: ordinals.map(zone =>
        ordinals.map(other => linkAddress(block, CONNECT_ZONES_FROM + zone, worker(other))),
      ),
    },
    processor: {
      hosts: ordinals.map(zone => nodeAddress(block, instanceIn(zoneNames, String(zone)))),
      links: ordinals.map(zone =>
        ordinals.map(node => linkAddress(block, PROCESSOR_ZONES_FROM + zone, node)),
      ),
    },
    mirror: { links: ordinals.map(node => linkAddress(block, OTHER_REGION_ZONE, node)) },
    toxiproxy: { host: `127.${10 + block}.0.1`, port: TOXIPROXY_PORT },
  }
}

/** The block of the second region of a lab. */
export const secondRegionBlock = (block: number): number => (block + SECOND_REGION_FROM) % LAB_BLOCKS

export function nodeAddress(block: number, node: number): string {
  return `127.${20 + block}.0.${node}`
}

export function linkAddress(block: number, zone: number, node: number): string {
  return `127.${10 + block}.${zone}.${node}`
}

/** The block that `AFTERSHOCK_LAB` chooses; 0 when it is not set. @throws AftershockError `usage` when it names none. */
export function labBlock(env: { readonly AFTERSHOCK_LAB?: string | undefined }): number {
  const text = env.AFTERSHOCK_LAB
  if (text === undefined || text === '') return 0
  if (!/^\d$/.test(text))
    throw new AftershockError('usage', `AFTERSHOCK_LAB must be 0 to ${LAB_BLOCKS - 1}, not "${text}"`, {
      hint: 'set AFTERSHOCK_LAB to a digit from 0 to 9',
    })
  return Number(text)
}

/** Every socket that a lab opens, also those of a run's connector: what must be free before it starts. */
export function labSockets(addresses: LabAddresses): readonly { host: string; port: number }[] {
  const hosts = [...addresses.nodes, ...addresses.links.flat()]
  const { store, connect, database, workers, processor, mirror } = addresses
  return [
    addresses.toxiproxy,
    { host: connect.host, port: CONNECT_REST_PORT },
    ...connect.links.flat().map(host => ({ host, port: LAB_PORTS.client })),
    ...[database.host, ...database.links].map(host => ({ host, port: DATABASE_PORT })),
    ...[...workers.hosts, ...workers.links.flat()].map(host => ({ host, port: CONNECT_REST_PORT })),
    ...processor.hosts.map(host => ({ host, port: PROCESSOR_PORT })),
    ...processor.links.flat().map(host => ({ host, port: LAB_PORTS.client })),
    ...mirror.links.map(host => ({ host, port: LAB_PORTS.client })),
    ...[store.host, ...store.links].map(host => ({ host, port: S3_PORT })),
    ...store.links.map((_, index) => ({ host: store.host, port: S3_PROXY_BASE_PORT + index + 1 })),
    { host: store.host, port: S3_PROXY_CONTROL_PORT },
    ...addresses.nodes.map(host => ({ host, port: METRICS_PORT })),
    ...hosts.flatMap(host => Object.values(LAB_PORTS).map(port => ({ host, port }))),
  ]
}
