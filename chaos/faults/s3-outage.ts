import { z } from 'zod'
import { defineFault } from './fault.ts'
import { chooseStore, storeLinks, type StoreTarget, storeZones } from './select-store.ts'
import {
  allServedAgain,
  describeReplies,
  isServed,
  readStore,
  type StoreReading,
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

/**
 * The object store is out of reach. Refused and silent are two faults: clients back off from what refuses, and
 * may be back long after the store is; they wait for what is silent, and are back at once. Proof: a signed
 * request from each zone is refused or gets no answer, where before it was served.
 */
export const s3Outage = defineFault<z.output<typeof spec>, Target, StoreReading>({
  kind: 's3-outage',
  summary: 'The object store cannot be reached from the chosen zones.',
  needs: ['objectStore'],
  spec,
  async choose({ topology }, { zones, mode }, random) {
    const target = chooseStore(topology, zones, 'all', random)
    return { ...target, links: storeLinks(topology, target.zones), mode }
  },
  inject: (driver, { zones, mode }, id) => storeOf(driver).cut(zones, id, { mode }),
  probe: (driver, { zones, probe }) => readStore(driver, zones, probe, 1500),
  // Where two outages overlap, some zones have lost the store already; those that had it are the proof.
  isEffective: (now, before, { mode }) =>
    Object.values(before).some(isServed) &&
    Object.values(now).every(reply => reply.outcome === (mode === 'silent' ? 'silent' : 'refused')),
  heal: (driver, { zones }, id) => storeOf(driver).clear(zones, id),
  isHealed: allServedAgain,
  describe: (now, _before, { probe }) => describeReplies(now, probe),
})
