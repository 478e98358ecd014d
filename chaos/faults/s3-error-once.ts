import { z } from 'zod'
import { defineFault } from './fault.ts'
import { chooseStore, storeOperations, type StoreTarget, storeZones } from './select-store.ts'
import {
  allServedAgain,
  combineReplies,
  describeHits,
  describeReplies,
  isServed,
  knockOnStore,
  type StoreAndHits,
  storeOf,
} from './store-reading.ts'

const spec = z.strictObject({
  zones: storeZones,
  count: z.number().int().positive().max(1000).default(1).describe('How many requests of each zone fail.'),
  status: z
    .union([z.literal(500), z.literal(503)])
    .default(500)
    .describe('500: InternalError; 503: SlowDown.'),
  operations: storeOperations,
})

interface Target extends StoreTarget {
  readonly count: number
  readonly status: 500 | 503
}

/**
 * The next requests of each zone fail, and those after them do not: the error that every client must survive by
 * trying again. Proof: for as long as the fault is in force, a signed request of ours for the same operation gets
 * the error and takes none away from the platform. That the platform met its own is a count of the injector,
 * shown beside the proof: a fault that nobody ran into has tested nothing.
 */
export const s3ErrorOnce = defineFault<z.output<typeof spec>, Target, StoreAndHits>({
  kind: 's3-error-once',
  summary: 'The next `count` requests to the object store fail, and then none.',
  deed: 'requests to the object store failed',
  dimension: 'object-store',
  needs: ['objectStore'],
  spec,
  async choose({ topology }, { zones, operations, count, status }, random) {
    const requests = count === 1 ? 'the next request' : `the next ${count} requests`
    const deed = `${requests} of each zone answered with ${status}`
    return { ...chooseStore(topology, { zones, operations, deed }, random), count, status }
  },
  inject: (driver, target, id) => storeOf(driver).failNext(target.zones, id, target),
  probe: (driver, target, id) => knockOnStore(driver, id, target, 3000, 3),
  baseline: combineReplies,
  isEffective: (now, before, { status }) =>
    Object.values(before.replies).every(isServed) &&
    Object.values(now.replies).every(reply => reply.outcome === 'answered' && reply.status === status),
  heal: (driver, { zones }, id) => storeOf(driver).clear(zones, id),
  isHealed: (now, before) => allServedAgain(now.replies, before.replies),
  describe: ({ replies, hits }, _before, { probe, count }) => [
    ...describeReplies(replies, probe),
    ...describeHits(hits, `that failed, of ${count}`),
  ],
})
