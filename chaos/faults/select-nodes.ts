import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import type { Random } from '../core/random.ts'
import { type NodeId, zoneOf, ZONES } from '../core/topology.ts'
import type { Driver } from '../drivers/driver.ts'

/** Which brokers a fault touches. `random`, `count` and `share` draw from the run's seed. */
export const nodeSelector = z
  .union([
    z.literal('active-controller').describe('The broker that leads the KRaft quorum.'),
    z.strictObject({ node: z.number().int().positive() }),
    z.strictObject({ zone: z.enum(ZONES) }).describe('Every broker of the zone.'),
    z
      .strictObject({
        'leader-of': z.string().regex(/^.+\/\d+$/, 'expected topic/partition, e.g. telemetry/0'),
      })
      .describe('The broker that leads the partition when the fault begins.'),
    z.strictObject({ count: z.number().int().positive() }).describe('So many brokers, drawn at random.'),
    z
      .strictObject({ share: z.number().gt(0).max(1) })
      .describe('This share of the brokers, drawn at random, at least one.'),
    z.literal('random').describe('One broker, drawn at random.'),
  ])
  .meta({ examples: [{ 'leader-of': 'telemetry/0' }] })
export type NodeSelector = z.output<typeof nodeSelector>

/** @throws AftershockError `refused` when nothing fits the selector now. */
export async function chooseNodes(driver: Driver, selector: NodeSelector, random: Random): Promise<Chosen> {
  const all = driver.topology.nodes.map(node => node.id)
  if (selector === 'random') return chosen(driver, random.sample(all, 1), 'drawn at random')
  if (selector === 'active-controller') {
    const { controller } = await driver.cluster.describe()
    if (controller === null) throw refused('no broker says who leads the quorum')
    return chosen(driver, [controller], 'active controller')
  }
  if ('node' in selector)
    return chosen(
      driver,
      all.filter(id => id === selector.node),
      `node ${selector.node}`,
    )
  if ('zone' in selector) {
    return chosen(
      driver,
      all.filter(id => zoneOf(driver.topology, id) === selector.zone),
      `zone ${selector.zone}`,
    )
  }
  if ('count' in selector && selector.count > all.length)
    throw refused(`there are ${all.length} brokers, and ${selector.count} are asked for`)
  if ('count' in selector)
    return chosen(driver, random.sample(all, selector.count), `${selector.count} drawn at random`)
  if ('share' in selector) {
    const count = Math.max(1, Math.round(all.length * selector.share))
    return chosen(driver, random.sample(all, count), `${selector.share} of all, drawn at random`)
  }
  const leader = (await driver.cluster.describe()).partitions[selector['leader-of']]?.leader
  if (leader === undefined || leader < 0) throw refused(`${selector['leader-of']} has no leader`)
  return chosen(driver, [leader], `leader of ${selector['leader-of']}`)
}

export interface Chosen {
  readonly summary: string
  readonly nodes: readonly NodeId[]
  readonly zones: readonly string[]
  readonly links: readonly never[]
}

function chosen(driver: Driver, nodes: readonly NodeId[], why: string): Chosen {
  if (nodes.length === 0) throw refused(`no broker fits: ${why}`)
  const zones = [...new Set(nodes.flatMap(id => zoneOf(driver.topology, id) ?? []))]
  const named =
    nodes.length === 1 ? `broker ${nodes[0]}` : `brokers ${nodes.toSorted((a, b) => a - b).join(', ')}`
  return { summary: `${named} (${zones.toSorted().join(', ')}; ${why})`, nodes, zones, links: [] }
}

function refused(message: string): AftershockError {
  return new AftershockError('refused', message, {
    hint: 'the fault has nothing to act on; look at its target',
  })
}
