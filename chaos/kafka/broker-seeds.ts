import { AftershockError } from '../core/errors.ts'
import type { Address, Dial } from '../core/network.ts'
import { type KafkaNode, nodeName, type Topology, type ZoneName } from '../core/topology.ts'

/** As kafkajs takes brokers to ask first, in this order: as they advertise themselves, whatever is dialled for them. */
export function seedsOf(nodes: readonly KafkaNode[], zone: ZoneName, dial: Dial): string[] {
  return nodes.map(({ host, port }) => nodeName({ host, port: port ?? dial(zone, host, 'client').port }))
}

/** Where a client of the zone dials each broker, by the broker's name: plain data, for another thread. */
export function addressesIn(
  zone: ZoneName,
  { nodes }: Topology,
  dial: Dial,
): Readonly<Record<string, Address>> {
  return Object.fromEntries(nodes.map(node => [nodeName(node), dial(zone, nodeName(node), 'client')]))
}

/** The same as a dial again. */
export function dialBy(addresses: Readonly<Record<string, Address>>): Dial {
  return (_zone, host, _listener, port) => {
    const address = (port === undefined ? undefined : addresses[nodeName({ host, port })]) ?? addresses[host]
    if (!address) throw new AftershockError('internal', `no broker advertises ${host}`)
    return address
  }
}
