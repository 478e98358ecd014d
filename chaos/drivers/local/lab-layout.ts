import { join } from 'node:path'
import { AftershockError } from '../../core/errors.ts'
import { type KafkaNode, type Link, LISTENERS, type Topology, ZONES } from '../../core/topology.ts'
import {
  labAddresses,
  labBlock,
  LAB_PORTS,
  METRICS_PORT,
  type LabAddresses,
} from '../../platforms/addresses.ts'
import type { Dial } from '../driver.ts'
import type { Address } from './probe-connection.ts'
import { proxyName } from './toxiproxy-links.ts'

/** Everything about a lab that follows from its block and folder: names, addresses, files. Pure. */
export interface LabLayout {
  readonly block: number
  readonly dir: string
  readonly topology: Topology
  readonly addresses: LabAddresses
  readonly toxiproxyApi: string
  /** Where `link` is dialled: the address on which its proxy listens. */
  addressOf(link: Link): Address
  /** The node's own listener, past all links: for probes that must not depend on them. */
  directAddress(node: number): Address
  /** Where the node's own metrics are served, in Prometheus' text format. */
  metricsAddress(node: number): Address
  readonly dial: Dial
  nodeDir(node: number): string
  logFile(name: string): string
}

/** The block of loopback addresses that this shell uses, `AFTERSHOCK_LAB`. @default 0 */
export function currentBlock(env: NodeJS.ProcessEnv = process.env): number {
  try {
    return labBlock({ AFTERSHOCK_LAB: env['AFTERSHOCK_LAB'] })
  } catch (error) {
    throw new AftershockError('usage', (error as Error).message, {
      hint: 'set AFTERSHOCK_LAB to a digit from 0 to 9',
      cause: error,
    })
  }
}

export function labLayout(block: number, dir: string): LabLayout {
  const addresses = labAddresses(block, ZONES.length)
  const nodes: KafkaNode[] = ZONES.map((zone, index) => ({
    id: index + 1,
    zone,
    host: `kafka-${zone}.lab`,
  }))
  const links = ZONES.flatMap(from => nodes.flatMap(node => linksBetween(from, node)))
  const topology = { zones: ZONES, nodes, links }
  const zoneNumber = (zone: string) => ZONES.indexOf(zone as (typeof ZONES)[number]) + 1
  const addressOf = (link: Link): Address => ({
    host: addresses.links[zoneNumber(link.from) - 1]?.[link.to - 1] as string,
    port: LAB_PORTS[link.listener],
  })
  return {
    block,
    dir,
    topology,
    addresses,
    toxiproxyApi: `http://${addresses.toxiproxy.host}:${addresses.toxiproxy.port}`,
    addressOf,
    directAddress: node => ({ host: addresses.nodes[node - 1] as string, port: LAB_PORTS.client }),
    metricsAddress: node => ({ host: addresses.nodes[node - 1] as string, port: METRICS_PORT }),
    dial(zone, host, listener) {
      const node = nodes.find(candidate => candidate.host === host)
      if (!node) throw new AftershockError('internal', `no node of the lab is called ${host}`)
      return addressOf({ from: zone, to: node.id, listener })
    },
    nodeDir: node => join(dir, `node-${node}`),
    logFile: name => join(dir, 'logs', `${name}.log`),
  }
}

/** Within a zone only clients cross a proxy: a node reaches its own listeners directly. */
function linksBetween(from: string, node: KafkaNode): Link[] {
  const listeners = from === node.zone ? (['client'] as const) : LISTENERS
  return listeners.map(listener => ({ from, to: node.id, listener }))
}

export function toxiproxyConfig(layout: LabLayout): object[] {
  return layout.topology.links.map(link => {
    const listen = layout.addressOf(link)
    const upstream = layout.addresses.nodes[link.to - 1]
    return {
      name: proxyName(link),
      listen: `${listen.host}:${listen.port}`,
      upstream: `${upstream}:${listen.port}`,
      enabled: true,
    }
  })
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
    ...layout.topology.nodes.map(other => ({
      host: other.host,
      address:
        other.id === node.id
          ? (layout.addresses.nodes[node.id - 1] as string)
          : layout.addressOf({ from: node.zone, to: other.id, listener: 'replication' }).host,
    })),
  ]
}
