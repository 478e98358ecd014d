import { z } from 'zod'
import type { Random } from '../core/random.ts'
import { type Link, type Topology, type ZoneName, ZONES } from '../core/topology.ts'
import { type ProbeOperation, STORE_OPERATIONS, type StoreOperation } from '../drivers/driver.ts'
import type { TargetBase } from './fault.ts'

/** Of which zones the way to the object store is touched. */
export const storeZones = z
  .union([z.enum(['all', 'random', ...ZONES]), z.array(z.enum(ZONES)).min(1)])
  .default('all')
  .describe('Whose way to the object store: all, random, one zone or a list of zones.')
  .meta({ examples: ['all', ['az-a', 'az-b']] })

const PROBED = STORE_OPERATIONS.filter(operation => operation !== 'Other')

export const storeOperations = z
  .union([z.literal('all'), z.array(z.enum(PROBED)).min(1)])
  .default('all')
  .describe('Which requests: all, or a list of S3 operations.')
  .meta({ examples: ['all', ['PutObject', 'UploadPart']] })

export interface StoreTarget extends TargetBase {
  readonly operations: readonly StoreOperation[] | 'all'
  /** What our own requests are, to see the fault by. */
  readonly probe: ProbeOperation
}

export interface StoreChoice {
  readonly zones: z.output<typeof storeZones>
  readonly operations: z.output<typeof storeOperations>
  /** What is done there, in words: two faults of one kind must not read alike. */
  readonly deed: string
}

export function chooseStore(
  topology: Topology,
  { zones: selector, operations, deed }: StoreChoice,
  random: Random,
): StoreTarget {
  const zones = zonesOf(topology, selector, random)
  const what = operations === 'all' ? '' : `, ${operations.join(' and ')} only`
  return {
    summary: `the way of ${zones.join(', ')} to the object store${what}: ${deed}`,
    zones,
    nodes: [],
    links: [],
    operations,
    probe: probeFor(operations),
  }
}

function zonesOf(
  topology: Topology,
  selector: z.output<typeof storeZones>,
  random: Random,
): readonly ZoneName[] {
  if (selector === 'all') return topology.zones
  if (selector === 'random') return random.sample(topology.zones, 1)
  return typeof selector === 'string' ? [selector] : [...new Set(selector)]
}

/** Reads answer with a code in their body and leave nothing behind, so they are asked where they are touched. */
function probeFor(operations: z.output<typeof storeOperations>): ProbeOperation {
  if (operations === 'all' || operations.includes('GetObject')) return 'GetObject'
  return operations[0] as ProbeOperation
}

export function storeLinks(topology: Topology, zones: readonly ZoneName[]): readonly Link[] {
  return topology.links.filter(link => link.listener === 's3' && zones.includes(link.from))
}
