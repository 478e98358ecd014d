import { z } from 'zod'
import { formatDuration } from '../core/units.ts'
import { defineFault, type TargetBase } from './fault.ts'
import {
  allAsFastAgain,
  allSlower,
  combineLinks,
  describeTimes,
  doubtOfLinks,
  isSomebodyAway,
  type LinkReading,
  linksOf,
  timeLinks,
} from './link-reading.ts'
import { chooseSinkLinks, sinkZones } from './sink-links.ts'
import { concernOf } from './timed-reading.ts'

const spec = z.strictObject({
  zones: sinkZones,
  delayMs: z.number().int().positive().max(60_000).describe('How much longer each round trip takes.'),
})

interface Target extends TargetBase {
  readonly delayMs: number
}

const WHAT = 'round trip'

/**
 * The database answers later: a task that waits too long is taken for dead, and its partitions go to another. Proof: the
 * best round trip over each worker's way to the database, on a new connection and on a session from before, against a
 * baseline whose own spread is known, and against the database itself past the links.
 */
export const sinkSlow = defineFault<z.output<typeof spec>, Target, LinkReading>({
  kind: 'sink-slow',
  summary: 'The database of sinks answers later.',
  deed: 'the database of sinks answered late',
  dimension: 'connector-restart',
  needs: ['links', 'connectors'],
  spec,
  looks: { before: 5, during: 3 },
  async choose({ topology }, { zones, delayMs }) {
    return { ...chooseSinkLinks(topology, zones, `${formatDuration(delayMs)} later`), delayMs }
  },
  concern: ({ delayMs }) => concernOf('a delay', delayMs),
  inject: (driver, { links, delayMs }, id) => linksOf(driver).delay(links, id, { delayMs, jitterMs: 0 }),
  probe: (driver, { links, delayMs }, _id, means) =>
    timeLinks(driver, links, { bytes: 0, timeoutMs: 3000 + 2 * delayMs, tries: 3, means }),
  baseline: combineLinks,
  doubt: (before, { delayMs }) => doubtOfLinks(before, WHAT, () => delayMs),
  isEffective: (now, before, { delayMs }) => allSlower(now, before, () => delayMs),
  heal: (driver, { links }, id) => linksOf(driver).clear(links, id),
  isHealed: (now, before, { delayMs }) => allAsFastAgain(now, before, () => delayMs),
  isAway: isSomebodyAway,
  describe: (now, before, { delayMs }, when) =>
    describeTimes(now, before, when, { what: WHAT, addedMs: () => delayMs }),
})
