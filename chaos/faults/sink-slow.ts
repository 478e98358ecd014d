import { z } from 'zod'
import { formatDuration } from '../core/units.ts'
import { defineLatency } from './latency-fault.ts'
import { chooseSinkLinks, sinkZones } from './sink-links.ts'

const spec = z.strictObject({
  zones: sinkZones,
  delayMs: z.number().int().positive().max(60_000).describe('How much longer each round trip takes.'),
})

/**
 * The database answers later: a task that waits too long is taken for dead, and its partitions go to another. Proof: the
 * best round trip over each worker's way to the database, on a new connection and on a session from before, against a
 * baseline whose own spread is known, and against the database itself past the links.
 */
export const sinkSlow = defineLatency<z.output<typeof spec>>({
  kind: 'sink-slow',
  summary: 'The database of sinks answers later.',
  deed: 'the database of sinks answered late',
  dimension: 'connector-restart',
  needs: ['links', 'connectors'],
  spec,
  links: ({ topology }, { zones, delayMs }) =>
    chooseSinkLinks(topology, zones, `${formatDuration(delayMs)} later`),
})
