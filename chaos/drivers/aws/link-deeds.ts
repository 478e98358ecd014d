import { eachAtOnce } from '../../core/at-once.ts'
import { AftershockError } from '../../core/errors.ts'
import { type Link, linkId, type NodeId, zoneOf, type ZoneName } from '../../core/topology.ts'
import { LAB_PORTS } from '../../platforms/addresses.ts'
import type { DeployedCluster } from './deployed-cluster.ts'
import {
  type Inventory,
  type Machine,
  machineNamed,
  machinesNamed,
  mayTouch,
  ONLY_TAGGED,
} from './inventory.ts'
import { isUnknownThere, type LinkDamage, type NodeDeed, type NodeDeeds } from './node-deeds.ts'

/** Of nft and tc on a machine; Systems Manager comes on top. */
const DEED_MS = 30_000

/**
 * What is done to single links, on the machines at their ends: by who dials and which port is dialled, so that each of
 * the other links of a machine goes on. The dialled end is a broker's own machine; the dialling end, all of a zone's
 * machines that are brokers, or clients.
 */
export class LinkDeeds {
  readonly #cluster: DeployedCluster
  readonly #deeds: NodeDeeds
  readonly #look: () => Promise<Inventory>

  /** By tag, of faults of this process; of those of another one, all that there can be. */
  readonly #machines = new Map<string, readonly string[]>()

  constructor(options: {
    readonly cluster: DeployedCluster
    readonly deeds: NodeDeeds
    readonly look: () => Promise<Inventory>
  }) {
    this.#cluster = options.cluster
    this.#deeds = options.deeds
    this.#look = options.look
  }

  async do(links: readonly Link[], tag: string, damage: LinkDamage): Promise<void> {
    const found = await this.#look()
    const all = rulesOf(links, found, this.#cluster, damage.mode === 'narrow')
    this.#machines.set(tag, [...all.keys()])
    await eachAtOnce(all, ([machine, rules]) =>
      this.#one({ deed: 'link', tag, links: rules, ...damage }, machine),
    )
  }

  /** Of machines that are gone, or do not run, nothing is left. */
  async clear(links: readonly Link[], tag: string): Promise<void> {
    const found = await this.#look()
    const all = this.#machines.get(tag) ?? [...rulesOf(links, found, this.#cluster, true).keys()]
    const running = new Set(
      machinesNamed(found, all).flatMap(({ state, tags }) => (state === 'running' ? [tags.Name] : [])),
    )
    await eachAtOnce(
      all.filter(name => running.has(name)),
      machine =>
        this.#one({ deed: 'clear', tag }, machine).catch((error: unknown) => {
          if (!isUnknownThere(error)) throw error
        }),
    )
  }

  async #one(deed: NodeDeed, machine: string): Promise<void> {
    await this.#deeds.do(deed, machine, DEED_MS)
  }
}

/** By machine: which of its connections are meant, as the document of deeds reads it. */
export function rulesOf(
  links: readonly Link[],
  found: Inventory,
  { machineOf }: Pick<DeployedCluster, 'machineOf'>,
  bothEnds: boolean,
): ReadonlyMap<string, readonly string[]> {
  const rules = new Map<string, string[]>()
  const add = (machine: string, rule: string) => {
    const had = rules.get(machine)
    if (had) had.push(rule)
    else rules.set(machine, [rule])
  }
  for (const link of links) {
    const port = LAB_PORTS[link.listener as keyof typeof LAB_PORTS]
    const machine = machineOf.get(link.to)
    if (port === undefined || machine === undefined) continue
    for (const cidr of blocksOf(found, link)) add(machine, `${cidr}=${port}`)
    if (!bothEnds) continue
    const { address } = machineNamed(found, machine)
    for (const one of dialling(found, link))
      if (one.tags.Name !== machine) add(one.tags.Name ?? one.id, `${address}/32>${port}`)
  }
  return rules
}

const tierOf = ({ listener }: Link) => (listener === 'client' ? 'clients' : 'brokers')

/** Where those who dial over this link are. @throws AftershockError `refused` where none of them may be touched */
function blocksOf(found: Inventory, link: Link): string[] {
  const blocks = found.subnets
    .filter(
      subnet =>
        mayTouch(subnet, found.environment) &&
        subnet.tags.tier === tierOf(link) &&
        subnet.tags.zone === link.from,
    )
    .map(({ cidr }) => cidr)
  if (blocks.length > 0) return blocks
  throw new AftershockError(
    'refused',
    `tags: no subnet of ${tierOf(link)} in ${link.from} has chaos-ready=true and environment=${found.environment}`,
    { hint: ONLY_TAGGED },
  )
}

function dialling(found: Inventory, link: Link): Machine[] {
  const subnets = new Set(
    found.subnets.flatMap(({ id, tags }) =>
      tags.tier === tierOf(link) && tags.zone === link.from ? [id] : [],
    ),
  )
  return machinesNamed(found, null).filter(({ subnet, state }) => subnets.has(subnet) && state === 'running')
}

/** Zones that lose everything of one kind that comes in, or goes out: as good as away. */
export function zonesCutBy(
  links: readonly Link[],
  { zones, links: all, nodes }: DeployedCluster['topology'],
): ZoneName[] {
  const cut = new Set(links.map(linkId))
  const home = (id: NodeId) => zoneOf({ zones, links: all, nodes }, id)
  const kinds = new Set(all.map(({ listener }) => listener))
  const isWhole = (some: readonly Link[]) => some.length > 0 && some.every(link => cut.has(linkId(link)))
  return zones.filter(zone =>
    [...kinds].some(
      kind =>
        isWhole(all.filter(link => link.listener === kind && link.from !== zone && home(link.to) === zone)) ||
        isWhole(all.filter(link => link.listener === kind && link.from === zone && home(link.to) !== zone)),
    ),
  )
}
