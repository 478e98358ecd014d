import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import type { Random } from '../core/random.ts'
import { type Link, type Topology, zoneOf, ZONES } from '../core/topology.ts'
import type { TargetBase } from './fault.ts'

/** A zone by name, or one drawn from the run's seed. */
export const zoneSelector = z
  .enum([...ZONES, 'random'])
  .describe('A zone, e.g. az-c, or random.')
  .meta({ examples: ['az-c'] })

export const direction = z
  .enum(['both', 'in', 'out'])
  .default('both')
  .describe('in: what dials into the zone from others; out: what dials out of it, also to the object store.')

export const traffic = z
  .enum(['all', 'clients', 'brokers'])
  .default('all')
  .describe('clients: client listeners only; brokers: replication, quorum and object store only.')

/**
 * Which links: those between a zone and the others (its way to the object store, which is outside of it, is one of
 * them), those of one directed pair of zones, or those to one broker.
 */
export const linkSelector = z
  .union([
    z.strictObject({ zone: zoneSelector, direction, traffic }),
    z.strictObject({ from: z.enum(ZONES), to: z.enum(ZONES), traffic }),
    z.strictObject({ node: z.number().int().positive(), traffic }),
  ])
  .meta({ examples: [{ zone: 'az-b' }] })
export type LinkSelector = z.output<typeof linkSelector>

/** Connect workers are clients, also of their database and of each other; the stateful processor is one too. */
const CLIENT_LISTENERS: ReadonlySet<string> = new Set(['client', 'connect', 'database', 'rest', 'processor'])

/** @throws AftershockError `refused` when no link fits. */
export function chooseLinks(topology: Topology, selector: LinkSelector, random: Random): TargetBase {
  const fitsTraffic = ({ listener }: Link) =>
    selector.traffic === 'all' || CLIENT_LISTENERS.has(listener) === (selector.traffic === 'clients')
  const { fits, summary, zones } = fitsPlace(topology, selector, random)
  const links = topology.links.filter(link => fitsTraffic(link) && fits(link))
  if (links.length === 0) {
    throw new AftershockError('refused', `no link fits: ${summary}`, {
      hint: `zones are ${topology.zones.join(', ')}`,
    })
  }
  const what = selector.traffic === 'all' ? '' : `, ${selector.traffic} only`
  return { summary: `${summary}${what} (${links.length} links)`, zones, nodes: [], links }
}

function fitsPlace(topology: Topology, selector: LinkSelector, random: Random) {
  const zoneTo = (link: Link) => zoneOf(topology, link.to)
  if ('node' in selector) {
    const home = zoneOf(topology, selector.node)
    // The object store has a number among links, and is no broker.
    const fits = (link: Link) => home !== undefined && link.to === selector.node && link.from !== home
    return { fits, summary: `links to broker ${selector.node}`, zones: home === undefined ? [] : [home] }
  }
  if ('from' in selector) {
    const fits = (link: Link) => link.from === selector.from && zoneTo(link) === selector.to
    return {
      fits,
      summary: `links from ${selector.from} to ${selector.to}`,
      zones: [selector.from, selector.to],
    }
  }
  const zone = selector.zone === 'random' ? (random.sample(topology.zones, 1)[0] as string) : selector.zone
  const outward = (link: Link) => link.from === zone && zoneTo(link) !== zone
  const inward = (link: Link) => link.from !== zone && zoneTo(link) === zone
  const fits = (link: Link) =>
    (selector.direction !== 'in' && outward(link)) || (selector.direction !== 'out' && inward(link))
  const words = {
    both: `links between ${zone} and the other zones`,
    in: `links into ${zone}`,
    out: `links out of ${zone}`,
  }
  const store =
    selector.direction !== 'in' &&
    selector.traffic !== 'clients' &&
    topology.links.some(link => link.listener === 's3')
  return {
    fits,
    summary: `${words[selector.direction]}${store ? ' and to the object store' : ''}`,
    zones: [zone],
  }
}

/** Those over which a mirror in another region reaches the brokers. @throws AftershockError `refused` when there is none */
export function linksBetweenRegions({ links: all }: Topology): TargetBase {
  const links = all.filter(({ listener }) => listener === 'mirror')
  if (links.length === 0)
    throw new AftershockError('refused', 'there is no link to another region', {
      hint: 'add the key regions to the drill',
    })
  return { summary: `links between the regions (${links.length} links)`, zones: [], nodes: [], links }
}
