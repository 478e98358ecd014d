import { join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import type { Address, Dial } from '../../../core/network.ts'
import type { ProcessorSpec } from '../../../core/processor.ts'
import { DEFAULT_PLATFORM, type PlatformName, usesObjectStore } from '../../../platforms/index.ts'
import {
  connectClusterLinks,
  connectLinks,
  DATABASE_HOST,
  hasObjectStore,
  type KafkaNode,
  type Link,
  LISTENERS,
  mirrorLinks,
  OBJECT_STORE_HOST,
  processorLinks,
  storeLink,
  type Topology,
  type ZoneName,
  zoneOf,
  ZONES,
} from '../../../core/topology.ts'
import {
  labAddresses,
  DATABASE_PORT,
  labBlock,
  LAB_PORTS,
  METRICS_PORT,
  PROCESSOR_PORT,
  S3_PORT,
  S3_PROXY_BASE_PORT,
  S3_PROXY_CONTROL_PORT,
  type LabAddresses,
} from '../../../platforms/addresses.ts'
import { proxyName } from '../../proxied-links.ts'
import { CONNECT_REST_PORT } from '../../../platforms/connect.ts'

export { proxyName }

/** Everything about a lab that follows from its block and folder: names, addresses, files. Pure. */
export interface LabLayout {
  readonly block: number
  readonly dir: string
  /** Whether clients log in, and brokers refuse whom no rule names. */
  readonly hasAuthorizer: boolean
  /** Whether brokers advertise their own addresses, and hand out what they follow to who asks from their zone. */
  readonly byAddress: boolean
  readonly topology: Topology
  readonly addresses: LabAddresses
  readonly toxiproxyApi: string
  /** Where `link` is dialled: the address on which its proxy listens. */
  addressOf(link: Link): Address
  /** What the link leads to: the address to which its proxy forwards. */
  upstreamOf(link: Link): Address
  /** The node's own listener, past all links: for probes that must not depend on them. */
  directAddress(node: number): Address
  /** The listener that clients use, past all links: who logs in there is refused like a client. */
  clientAddress(node: number): Address
  /** Where the node's own metrics are served, in Prometheus' text format. */
  metricsAddress(node: number): Address
  readonly dial: Dial
  /** The object store's own address, past all links and past our S3 proxy. */
  readonly storeAddress: Address
  /** Where the S3 proxy of a zone listens: what the zone's link to the store leads to. */
  storeProxyAddress(zone: string): Address
  /** The S3 proxy's control interface. */
  readonly storeControl: Address
  /** The REST listener of a Connect worker, past all links. */
  readonly connectAddress: Address
  /** Where a Connect worker has its files, and its sink its output. */
  readonly connectDir: string
  /** Of a worker of a cluster, past all links. */
  workerAddress(zone: ZoneName): Address
  /** The database of sinks, past all links. */
  readonly databaseAddress: Address
  /** An instance of the stateful processor, past all links. */
  instanceAddress(zone: ZoneName): Address
  /** Where instances of the stateful processor have their files and their state. */
  readonly processorDir: string
  nodeDir(node: number): string
  logFile(name: string): string
}

/** The block of loopback addresses that this shell uses, `AFTERSHOCK_LAB`. @default 0 */
export function currentBlock(env: NodeJS.ProcessEnv = process.env): number {
  return labBlock({ AFTERSHOCK_LAB: env['AFTERSHOCK_LAB'] })
}

/** The cluster of a second region: it may be smaller. */
export interface SecondCluster {
  readonly brokers: 1 | 3
}

/**
 * @param hasAuthorizer clients log in; probes then reach nodes over the listener that nodes have for each other.
 * @param second it is the cluster of a second region; @default it is none
 * @param byAddress brokers advertise their own addresses, for clients that ask this machine what a name means: they
 *   are reached past all links
 */
export function labLayout(
  block: number,
  dir: string,
  platform: PlatformName = DEFAULT_PLATFORM,
  hasAuthorizer = false,
  second?: SecondCluster,
  byAddress = false,
): LabLayout {
  const addresses = labAddresses(block, ZONES.length)
  const nodes: KafkaNode[] = ZONES.slice(0, second?.brokers).map((zone, index) => ({
    id: index + 1,
    zone,
    // A mirror knows brokers of both.
    host: byAddress
      ? (addresses.nodes[index] as string)
      : second
        ? `kafka-${zone}.region-b.lab`
        : `kafka-${zone}.lab`,
  }))
  const links = [
    ...ZONES.flatMap(from => nodes.flatMap(node => linksBetween(from, node))),
    ...(usesObjectStore(platform) ? ZONES.map(storeLink) : []),
  ]
  const topology = { zones: ZONES, nodes, links }
  const zoneNumber = (zone: string) => ZONES.indexOf(zone as (typeof ZONES)[number]) + 1
  const { store } = addresses
  const addressOf = ({ from, to, listener }: Link): Address => {
    const zone = zoneNumber(from) - 1
    if (listener === 'mirror')
      return { host: addresses.mirror.links[to - 1] as string, port: LAB_PORTS.client }
    if (listener === 's3') return { host: store.links[zone] as string, port: S3_PORT }
    if (listener === 'connect')
      return { host: addresses.connect.links[zone]?.[to - 1] as string, port: LAB_PORTS.client }
    if (listener === 'processor')
      return { host: addresses.processor.links[zone]?.[to - 1] as string, port: LAB_PORTS.client }
    if (listener === 'database')
      return { host: addresses.database.links[zone] as string, port: DATABASE_PORT }
    if (listener === 'rest') {
      const other = zoneNumber(zoneOf(topology, to) ?? '') - 1
      return { host: addresses.workers.links[zone]?.[other] as string, port: CONNECT_REST_PORT }
    }
    return { host: addresses.links[zone]?.[to - 1] as string, port: LAB_PORTS[listener] }
  }
  const workerAddress = (zone: ZoneName): Address => ({
    host: addresses.workers.hosts[zoneNumber(zone) - 1] as string,
    port: CONNECT_REST_PORT,
  })
  const databaseAddress = { host: addresses.database.host, port: DATABASE_PORT }
  const storeProxyAddress = (zone: string) => ({
    host: store.host,
    port: S3_PROXY_BASE_PORT + zoneNumber(zone),
  })
  const upstreamOf = (link: Link): Address => {
    if (link.listener === 's3') return storeProxyAddress(link.from)
    if (link.listener === 'database') return databaseAddress
    if (link.listener === 'rest') return workerAddress(zoneOf(topology, link.to) ?? '')
    return { host: addresses.nodes[link.to - 1] as string, port: addressOf(link).port }
  }
  return {
    block,
    dir,
    hasAuthorizer,
    byAddress,
    topology,
    addresses,
    toxiproxyApi: `http://${addresses.toxiproxy.host}:${addresses.toxiproxy.port}`,
    addressOf,
    upstreamOf,
    directAddress: node => ({
      host: addresses.nodes[node - 1] as string,
      port: hasAuthorizer ? LAB_PORTS.replication : LAB_PORTS.client,
    }),
    clientAddress: node => ({ host: addresses.nodes[node - 1] as string, port: LAB_PORTS.client }),
    metricsAddress: node => ({ host: addresses.nodes[node - 1] as string, port: METRICS_PORT }),
    dial(zone, host, listener) {
      const node = nodes.find(candidate => candidate.host === host)
      if (!node) throw new AftershockError('internal', `no node of the lab is called ${host}`)
      return addressOf({ from: zone, to: node.id, listener })
    },
    storeAddress: { host: store.host, port: S3_PORT },
    storeProxyAddress,
    storeControl: { host: store.host, port: S3_PROXY_CONTROL_PORT },
    connectAddress: { host: addresses.connect.host, port: CONNECT_REST_PORT },
    connectDir: join(dir, 'connect'),
    workerAddress,
    databaseAddress,
    instanceAddress: zone => ({
      host: addresses.processor.hosts[zoneNumber(zone) - 1] as string,
      port: PROCESSOR_PORT,
    }),
    processorDir: join(dir, 'processor'),
    nodeDir: node => join(dir, `node-${node}`),
    logFile: name => join(dir, 'logs', `${name}.log`),
  }
}

/** The same lab with a Connect worker in a zone: its ways to the brokers are links like all others. */
export function withConnector(layout: LabLayout, zone: ZoneName): LabLayout {
  const { topology } = layout
  return {
    ...layout,
    topology: { ...topology, links: [...topology.links, ...connectLinks(zone, topology.nodes)] },
  }
}

/** The same lab with a Connect worker in each of these zones, and a database that they write to. */
export function withConnectCluster(layout: LabLayout, zones: readonly ZoneName[]): LabLayout {
  const { topology } = layout
  return {
    ...layout,
    topology: { ...topology, links: [...topology.links, ...connectClusterLinks(topology, zones)] },
  }
}

/** The same lab with an instance of the stateful processor in each of these zones. */
export function withProcessor(
  layout: LabLayout,
  { zones, writer }: Pick<ProcessorSpec, 'zones' | 'writer'>,
): LabLayout {
  const { topology } = layout
  const links = processorLinks(topology, zones, writer !== undefined)
  return { ...layout, topology: { ...topology, links: [...topology.links, ...links] } }
}

/** The same lab with a mirror in another region that reads from it. */
export function withMirror(layout: LabLayout): LabLayout {
  const { topology } = layout
  return { ...layout, topology: { ...topology, links: [...topology.links, ...mirrorLinks(topology)] } }
}

/** Within a zone only clients cross a proxy: a node reaches its own listeners directly. */
function linksBetween(from: string, node: KafkaNode): Link[] {
  const listeners = from === node.zone ? (['client'] as const) : LISTENERS
  return listeners.map(listener => ({ from, to: node.id, listener }))
}

export interface ProxyConfig {
  readonly name: string
  readonly listen: string
  readonly upstream: string
  readonly enabled: true
}

export function toxiproxyConfig(layout: LabLayout): ProxyConfig[] {
  return layout.topology.links.map(link => {
    const listen = layout.addressOf(link)
    const upstream = layout.upstreamOf(link)
    return {
      name: proxyName(link),
      listen: `${listen.host}:${listen.port}`,
      upstream: `${upstream.host}:${upstream.port}`,
      enabled: true,
    }
  })
}

/** What names mean to a Connect worker in a zone: every broker over the worker's own links. */
export const connectHostsFor = (layout: LabLayout, zone: ZoneName, machine: string): HostName[] =>
  brokersFor(layout, zone, machine, 'connect')

/** The same to an instance of the stateful processor. */
export const instanceHostsFor = (layout: LabLayout, zone: ZoneName, machine: string): HostName[] => [
  ...brokersFor(layout, zone, machine, 'processor'),
  ...layout.topology.links
    .filter(({ from, listener }) => from === zone && listener === 'database')
    .map(link => ({ address: layout.addressOf(link).host, host: DATABASE_HOST })),
]

interface HostName {
  readonly address: string
  readonly host: string
}

function brokersFor(
  layout: LabLayout,
  zone: ZoneName,
  machine: string,
  listener: 'connect' | 'processor',
): HostName[] {
  return [
    { address: '127.0.0.1', host: 'localhost' },
    { address: '127.0.0.1', host: machine },
    ...layout.topology.nodes.map(({ id, host }) => ({
      host,
      address: layout.addressOf({ from: zone, to: id, listener }).host,
    })),
  ]
}

/** The host name of a Connect worker of a cluster. */
export const workerHost = (zone: ZoneName): string => `connect-${zone}.lab`

/** What names mean to a worker of a cluster: brokers, the database and other workers over its own links. */
export function clusterHostsFor(
  layout: LabLayout,
  zone: ZoneName,
  machine: string,
): { address: string; host: string }[] {
  const { links } = layout.topology
  return [
    ...connectHostsFor(layout, zone, machine),
    { address: layout.workerAddress(zone).host, host: workerHost(zone) },
    ...links
      .filter(link => link.from === zone && (link.listener === 'database' || link.listener === 'rest'))
      .map(link => ({
        address: layout.addressOf(link).host,
        host:
          link.listener === 'database' ? DATABASE_HOST : workerHost(zoneOf(layout.topology, link.to) ?? ''),
      })),
  ]
}

/** What names mean to the processes of one node: itself, the others over its zone's links, and the machine. */
export function hostsFor(
  layout: LabLayout,
  node: KafkaNode,
  machine: string,
): { address: string; host: string }[] {
  return [
    { address: '127.0.0.1', host: 'localhost' },
    { address: '127.0.0.1', host: machine },
    ...(hasObjectStore(layout.topology)
      ? [{ address: layout.addressOf(storeLink(node.zone)).host, host: OBJECT_STORE_HOST }]
      : []),
    ...layout.topology.nodes.map(other => ({
      host: other.host,
      address:
        other.id === node.id
          ? (layout.addresses.nodes[node.id - 1] as string)
          : layout.addressOf({ from: node.zone, to: other.id, listener: 'replication' }).host,
    })),
  ]
}
