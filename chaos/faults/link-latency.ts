import { z } from 'zod'
import type { TargetBase } from './fault.ts'
import { defineFault } from './fault.ts'
import {
  describeRoundTrips,
  everyAnswered,
  type LinkReading,
  linksOf,
  readRoundTrips,
} from './link-reading.ts'
import { chooseLinks, linkSelector } from './select-links.ts'

const spec = z.strictObject({
  links: linkSelector,
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
})

interface Target extends TargetBase {
  readonly delayMs: number
  readonly jitterMs: number
}

/** Delays every byte on the chosen links. Proof: the best round trip over each link, before and during. */
export const linkLatency = defineFault<z.output<typeof spec>, Target, LinkReading>({
  kind: 'link-latency',
  summary: 'Round trips over the chosen links take longer.',
  needs: ['links'],
  spec,
  async choose(driver, { links, delayMs, jitterMs }, random) {
    return { ...chooseLinks(driver.topology, links, random), delayMs, jitterMs }
  },
  inject: (driver, target, id) => linksOf(driver).delay(target.links, id, target),
  probe: (driver, { links, delayMs, jitterMs }) =>
    readRoundTrips(driver, links, 3000 + 2 * (delayMs + jitterMs), 3),
  isEffective: (now, before, { delayMs, jitterMs }) =>
    everyAnswered(now) &&
    Object.entries(now).every(([link, trip]) => {
      const least = delayMs - jitterMs - 1
      return trip.ms >= least && trip.ms > (before[link as keyof LinkReading]?.ms ?? 0)
    }),
  heal: (driver, { links }, id) => linksOf(driver).clear(links, id),
  isHealed: (now, before, { delayMs, jitterMs }) =>
    everyAnswered(now) &&
    Object.entries(now).every(
      ([link, trip]) =>
        trip.ms < (before[link as keyof LinkReading]?.ms ?? 0) + Math.max(1, (delayMs - jitterMs) / 2),
    ),
  describe: describeRoundTrips,
})
