import { z } from 'zod'
import { formatDuration } from '../core/units.ts'
import { defineFault } from './fault.ts'
import { chooseStore, storeOperations, type StoreTarget, storeZones } from './select-store.ts'
import {
  describeHits,
  describeReplies,
  isServed,
  readStoreAndHits,
  type StoreAndHits,
  storeOf,
} from './store-reading.ts'

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
 * that it was done. Proof: the best time of a signed request from each zone, before and during.
 */
export const s3Latency = defineFault<z.output<typeof spec>, Target, StoreAndHits>({
  kind: 's3-latency',
  summary: 'The object store answers later.',
  needs: ['objectStore'],
  spec,
  async choose({ topology }, { zones, operations, delayMs }, random) {
    const deed = `answers ${formatDuration(delayMs)} later`
    return { ...chooseStore(topology, { zones, operations, deed }, random), delayMs }
  },
  inject: (driver, target, id) => storeOf(driver).delay(target.zones, id, target),
  probe: (driver, target, id) => readStoreAndHits(driver, id, target, 3000 + 2 * target.delayMs, 3),
  isEffective: (now, before, { delayMs }) =>
    Object.entries(now.replies).every(
      // Timers may be early by a millisecond.
      ([zone, reply]) =>
        isServed(reply) && reply.ms >= delayMs - 1 && reply.ms > (msOf(before, zone) ?? 0) + delayMs / 2,
    ),
  heal: (driver, { zones }, id) => storeOf(driver).clear(zones, id),
  isHealed: (now, before, { delayMs }) =>
    Object.entries(now.replies).every(
      ([zone, reply]) => isServed(reply) && reply.ms < (msOf(before, zone) ?? 0) + Math.max(1, delayMs / 2),
    ),
  describe: ({ replies, hits }, _before, { probe }) => [
    ...describeReplies(replies, probe),
    ...describeHits(hits, 'answered later'),
  ],
})

const msOf = ({ replies }: StoreAndHits, zone: string): number | undefined => replies[zone]?.ms
