import { z } from 'zod'
import { atLeastSo, chanceFrom, isPlausible, TAIL } from './chances.ts'
import { defineFault } from './fault.ts'
import { combineEach } from './combine-looks.ts'
import { chooseStore, storeOperations, type StoreTarget, storeZones } from './select-store.ts'
import { describeHits, eachZone, isServed, storeOf } from './store-reading.ts'

const spec = z.strictObject({
  zones: storeZones,
  share: z
    .number()
    .min(0.05)
    .max(1)
    .describe('The share of requests that is refused; each is drawn on its own, from the seed.')
    .meta({ examples: [0.2] }),
  operations: storeOperations,
})

interface Target extends StoreTarget {
  readonly share: number
}
/** By zone: how many signed requests of ours were sent, told to slow down, and served. */
type Seen = Readonly<Record<string, Counts>>
interface Counts {
  readonly asked: number
  readonly slowed: number
  readonly served: number
}
interface Reading {
  readonly seen: Seen
  readonly hits: Readonly<Record<string, number>>
}

/**
 * The object store refuses a share of the requests with 503 SlowDown, after it read their bodies. Proof: so many
 * signed requests from each zone that the share would leave none of them alone less than once in ten thousand
 * times; the number that is told to slow down must be one that the share gives more often than that, and that what
 * was there before does not.
 */
export const s3Throttle = defineFault<z.output<typeof spec>, Target, Reading>({
  kind: 's3-throttle',
  summary: 'The object store refuses a share of the requests (503 SlowDown).',
  deed: 'the object store refused requests',
  dimension: 'object-store',
  needs: ['objectStore'],
  spec,
  async choose({ topology }, { zones, operations, share }, random) {
    const deed = `${Math.round(share * 100)}% of the requests told to slow down`
    return { ...chooseStore(topology, { zones, operations, deed }, random), share }
  },
  inject: (driver, target, id) => storeOf(driver).throttle(target.zones, id, target),
  async probe(driver, { zones, probe, share }, id) {
    const store = storeOf(driver)
    const asked = requestsFor(share)
    const seen = await eachZone(zones, async zone => {
      const counts = { asked, slowed: 0, served: 0 }
      for (let i = 0; i < asked; i++) {
        const reply = await store.request(zone, probe, 3000)
        if (isServed(reply)) counts.served++
        else if (reply.status === 503) counts.slowed++
        // What is cut off answers nothing: one silence says as much as forty.
        else if (reply.outcome !== 'answered') break
      }
      return counts
    })
    return { seen, hits: await store.injected(id) }
  },
  baseline: looks => ({
    seen: combineEach(
      looks.map(look => look.seen),
      parts => ({ asked: sum(parts, 'asked'), slowed: sum(parts, 'slowed'), served: sum(parts, 'served') }),
    ),
    hits: looks.at(-1)?.hits ?? {},
  }),
  isEffective: (now, before, { share }) =>
    Object.entries(now.seen).every(([zone, { asked, slowed, served }]) => {
      const earlier = chanceOf(before.seen[zone])
      // Where another throttle was there first, it must not explain what is seen now.
      return (
        slowed + served === asked &&
        !atLeastSo(asked, slowed, earlier) &&
        isPlausible(asked, slowed, 1 - (1 - share) * (1 - earlier))
      )
    }),
  heal: (driver, { zones }, id) => storeOf(driver).clear(zones, id),
  isHealed: (now, before) =>
    Object.entries(now.seen).every(([zone, { asked, slowed, served }]) => {
      const earlier = before.seen[zone]
      if (slowed + served < asked) return earlier !== undefined && earlier.slowed + earlier.served < asked
      // Another throttle may have been there first, and its share is drawn too.
      return slowed === 0 || atLeastSo(asked, slowed, chanceOf(earlier))
    }),
  describe: ({ seen, hits }, _before, { probe }) => [
    ...Object.entries(seen).map(([zone, { asked, slowed }]) => ({
      what: `${probe} from ${zone} told to slow down`,
      value: `${slowed} of ${asked}`,
    })),
    ...describeHits(hits, 'told to slow down'),
  ],
})

const sum = (parts: readonly Counts[], key: keyof Counts): number =>
  parts.reduce((total, part) => total + part[key], 0)

/** Of a request to be told to slow down, as the baseline shows it; what was not known then is taken for never. */
const chanceOf = (counts: Counts | undefined): number =>
  counts === undefined ? 0 : chanceFrom(counts.slowed, counts.slowed + counts.served)

/** How many requests it takes that none of them is touched with a chance below the tail; at least twenty. */
export function requestsFor(share: number): number {
  return share === 1 ? 20 : Math.max(20, Math.ceil(Math.log(TAIL) / Math.log(1 - share)))
}
