import { BlockList, connect, type Socket } from 'node:net'
import type { Machine } from '../inventory.ts'

/** How agents are reached: from a machine of their network, or through sessions of Systems Manager from anywhere. */
export const WAYS = ['network', 'sessions'] as const
export type WayName = (typeof WAYS)[number]

/** The way from this machine to agents. Whoever makes it ends it. */
export interface Reach extends AsyncDisposable {
  readonly name: WayName
  /** @throws AftershockError `unavailable`, with the command that mends it, where it cannot be gone from this machine */
  ready(): Promise<void>
  /** A connection to this port of the machine. @throws AftershockError `unavailable` when there is no way to it */
  connect(machine: Pick<Machine, 'id' | 'address' | 'tags'>, port: number): Promise<Socket>
  /** Called at most once, when connections ended because the way did, and not whom they led to. */
  onLoss(lost: (why: string) => void): void
}

/** Addresses of the network, from a machine that is in it. */
export const overNetwork: Reach = {
  name: 'network',
  ready: async () => {},
  connect: async ({ address }, port) => connect({ host: address, port, noDelay: true }),
  onLoss() {},
  async [Symbol.asyncDispose]() {},
}

/** Whoever has an address of the network is in it. @param cidr IPv4, `10.80.0.0/16` */
export function wayFrom(addresses: readonly string[], cidr: string): WayName {
  const [network = '', prefix = ''] = cidr.split('/')
  const inside = new BlockList()
  inside.addSubnet(network, Number(prefix), 'ipv4')
  return addresses.some(address => inside.check(address, 'ipv4')) ? 'network' : 'sessions'
}
