import { z } from 'zod'
import { formatDuration } from '../core/units.ts'
import { defineFault } from './fault.ts'
import { chooseStore, storeOperations, type StoreTarget, storeZones } from './select-store.ts'
import {
  asTimed,
  combineReplies,
  describeHits,
  describeReplies,
  isServed,
  type StoreAndHits,
  storeOf,
  timeStore,
} from './store-reading.ts'
import { concernOf, doubtOf, effectFloorMs, healedCeilingMs, limitOf } from './timed-reading.ts'

const spec = z.strictObject({
  zones: storeZones,
  delayMs: z.number().int().positive().max(60_000).describe('How much later each answer comes.'),
  operations: storeOperations,
})

interface Target extends StoreTarget {
  readonly delayMs: number
}

/**
 * The object store does what it is asked at once, and says so late: a client that gives up first does not know
 * that it was done. Proof: the best time of a signed request from each zone, against a baseline whose own spread is
 * known.
 */
export const s3Latency = defineFault<z.output<typeof spec>, Target, StoreAndHits>({
  kind: 's3-latency',
  summary: 'The object store answers later.',
  deed: 'the object store answered late',
  dimension: 'object-store',
  needs: ['objectStore'],
  spec,
  looks: { before: 5, during: 3 },
  async choose({ topology }, { zones, operations, delayMs }, random) {
    const deed = `answers ${formatDuration(delayMs)} later`
    return { ...chooseStore(topology, { zones, operations, deed }, random), delayMs }
  },
  concern: ({ delayMs }) => concernOf('a delay', delayMs),
  inject: (driver, target, id) => storeOf(driver).delay(target.zones, id, target),
  probe: (driver, target, id, means) =>
    timeStore(driver, id, target, 3000 + 2 * target.delayMs, 3 * (means?.effort ?? 1)),
  baseline: combineReplies,
  doubt: (before, { delayMs, probe }) => {
    for (const [zone, reply] of Object.entries(before.replies)) {
      const doubt = doubtOf(`${probe} from ${zone}`, asTimed(reply), delayMs)
      if (doubt !== null) return doubt
    }
    return null
  },
  isEffective: (now, before, { delayMs }) =>
    Object.entries(now.replies).every(([zone, reply]) => {
      const was = before.replies[zone]
      if (was === undefined || !isServed(was) || !isServed(reply)) return false
      return reply.ms >= effectFloorMs(asTimed(reply), asTimed(was), delayMs)
    }),
  heal: (driver, { zones }, id) => storeOf(driver).clear(zones, id),
  isHealed: (now, before, { delayMs }) =>
    Object.entries(now.replies).every(([zone, reply]) => {
      const was = before.replies[zone]
      return (
        isServed(reply) &&
        (was === undefined || reply.ms < healedCeilingMs(asTimed(reply), asTimed(was), delayMs))
      )
    }),
  describe: ({ replies, hits }, before, { probe, delayMs }, when) => [
    ...describeReplies(replies, probe).map((seen, index) => {
      const [zone, reply] = Object.entries(replies)[index] ?? []
      const was = before.replies[zone ?? '']
      return reply && was && isServed(was)
        ? { ...seen, ...limitOf(asTimed(reply), asTimed(was), when, delayMs) }
        : seen
    }),
    ...describeHits(hits, 'answered later'),
  ],
})
