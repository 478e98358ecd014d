import { z } from 'zod'
import { defineFault } from './fault.ts'
import { chooseStore, storeLinks, type StoreTarget, storeZones } from './select-store.ts'
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
  mode: z
    .enum(['silent', 'refuse'])
    .default('silent')
    .describe('silent: bytes vanish and connections stay; refuse: connections end and new ones are refused.'),
})

interface Target extends StoreTarget {
  readonly mode: 'silent' | 'refuse'
}

/** Two faults, and in a report they must not read as one. */
const DEEDS = { silent: 'silent', refuse: 'refused' } as const

/**
 * The object store is out of reach. Refused and silent are two faults: clients back off from what refuses, and
 * may be back long after the store is; they wait for what is silent, and are back at once. Proof: a signed
 * request from each zone is refused or gets no answer, where before it was served. How many tries of the platform
 * were in vain is counted beside it, until the way is open again.
 */
export const s3Outage = defineFault<z.output<typeof spec>, Target, StoreAndHits>({
  kind: 's3-outage',
  summary: 'The object store cannot be reached from the chosen zones.',
  deed: 'the object store was out of reach',
  dimension: 'object-store',
  needs: ['objectStore'],
  spec,
  async choose({ topology }, { zones, mode }, random) {
    const target = chooseStore(topology, { zones, operations: 'all', deed: DEEDS[mode] }, random)
    return { ...target, links: storeLinks(topology, target.zones), mode }
  },
  inject: (driver, { zones, mode }, id) => storeOf(driver).cut(zones, id, { mode }),
  probe: (driver, target, id) => knockOnStore(driver, id, target, 1500, 3),
  baseline: combineReplies,
  // Where two outages overlap, some zones have lost the store already; those that had it are the proof.
  isEffective: (now, before, { mode }) =>
    Object.values(before.replies).some(isServed) &&
    Object.values(now.replies).every(reply => reply.outcome === (mode === 'silent' ? 'silent' : 'refused')),
  heal: (driver, { zones }, id) => storeOf(driver).clear(zones, id),
  isHealed: (now, before) => allServedAgain(now.replies, before.replies),
  describe: ({ replies, hits }, _before, { probe, mode }) => [
    ...describeReplies(replies, probe),
    ...describeHits(hits, mode === 'silent' ? 'sent in vain' : 'refused'),
  ],
})
