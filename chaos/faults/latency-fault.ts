import { z } from 'zod'
import type { Driver } from '../drivers/driver.ts'
import type { Random } from '../core/random.ts'
import { defineFault, type Fault, type TargetBase } from './fault.ts'
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
import { concernOf } from './timed-reading.ts'

/** How long, for every fault that delays links. */
export const delayKeys = {
  delayMs: z
    .number()
    .int()
    .positive()
    .max(60_000)
    .describe('Added to every round trip, half of it each way.'),
  jitterMs: z
    .number()
    .int()
    .min(0)
    .max(30_000)
    .default(0)
    .describe('The delay varies by up to this, up and down.'),
}

interface Delay {
  readonly delayMs: number
  /** @default 0 */
  readonly jitterMs?: number
}
type Target = TargetBase & Delay

/** What every round trip is longer by, at least. */
const addedMs = ({ delayMs, jitterMs = 0 }: Delay) => Math.max(0, delayMs - jitterMs)
const WHAT = 'round trip'

/** What one fault that delays links does that its like do not. */
export type OwnDelay<Spec> = Pick<
  Fault<Spec>,
  'kind' | 'summary' | 'deed' | 'dimension' | 'needs' | 'spec'
> & {
  readonly links: (driver: Driver, spec: Spec, random: Random) => TargetBase
}

/**
 * Delays every byte on the chosen links. Proof: the best round trip over each link, on new connections and on one from
 * before, against a baseline whose own spread is known.
 */
export const defineLatency = <Spec extends Delay>({ links: chosen, ...own }: OwnDelay<Spec>): Fault =>
  defineFault<Spec, Target, LinkReading>({
    looks: { before: 5, during: 3 },
    async choose(driver, spec, random) {
      const { delayMs, jitterMs } = spec
      return { ...chosen(driver, spec, random), delayMs, ...(jitterMs !== undefined && { jitterMs }) }
    },
    concern: spec => concernOf('a delay', addedMs(spec)),
    inject: (driver, target, id) => linksOf(driver).delay(target.links, id, { jitterMs: 0, ...target }),
    probe: (driver, { links, delayMs, jitterMs = 0 }, _id, means) =>
      timeLinks(driver, links, { bytes: 0, timeoutMs: 3000 + 2 * (delayMs + jitterMs), tries: 3, means }),
    baseline: combineLinks,
    doubt: (before, target) => doubtOfLinks(before, WHAT, () => addedMs(target)),
    isEffective: (now, before, target) => allSlower(now, before, () => addedMs(target)),
    heal: (driver, { links }, id) => linksOf(driver).clear(links, id),
    isHealed: (now, before, target) => allAsFastAgain(now, before, () => addedMs(target)),
    isAway: isSomebodyAway,
    describe: (now, before, target, when) =>
      describeTimes(now, before, when, { what: WHAT, addedMs: () => addedMs(target) }),
    ...own,
  })
