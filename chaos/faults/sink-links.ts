import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import { type Topology, ZONES } from '../core/topology.ts'
import type { TargetBase } from './fault.ts'

export const sinkZones = z
  .union([z.literal('all'), z.array(z.enum(ZONES)).min(1)])
  .default('all')
  .describe('Whose way to the database: that of all Connect workers, or of those in these zones.')
  .meta({ examples: ['all', ['az-a']] })

/** @throws AftershockError `refused` when no worker is there. */
export function chooseSinkLinks(
  { links: all }: Topology,
  zones: z.output<typeof sinkZones>,
  deed: string,
): TargetBase {
  const links = all.filter(
    ({ from, listener }) => listener === 'database' && (zones === 'all' || zones.some(zone => zone === from)),
  )
  if (links.length === 0)
    throw new AftershockError('refused', 'no Connect worker fits', {
      hint: 'give the drill `connectors`, and name zones that have a worker',
    })
  const from = links.map(link => link.from)
  return { summary: `the way of ${from.join(', ')} to the database: ${deed}`, zones: from, nodes: [], links }
}
