import type { Address } from '../core/network.ts'
import type { Link, Topology } from '../core/topology.ts'

/** An environment whose links are proxies of one Toxiproxy. */
export interface ProxiedLinks {
  readonly topology: Pick<Topology, 'links'>
  /** Toxiproxy's own interface among them. */
  readonly addresses: { readonly toxiproxy: Address }
  /** Where `link` is dialled: the address on which its proxy listens. */
  addressOf(link: Link): Address
  /** What the link leads to: the address to which its proxy forwards. */
  upstreamOf(link: Link): Address
}

/** A link's name in Toxiproxy, which stands in URLs: plain letters only. */
export function proxyName(link: Link): string {
  return `${link.from}.${link.to}.${link.listener}`
}
