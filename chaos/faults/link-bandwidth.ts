import { z } from 'zod'
import type { TargetBase } from './fault.ts'
import { defineFault } from './fault.ts'
import { everyAnswered, type LinkReading, linksOf, readEach } from './link-reading.ts'
import { chooseLinks, linkSelector } from './select-links.ts'

const spec = z.strictObject({
  links: linkSelector,
  kilobytesPerSecond: z.number().int().min(1).max(1_000_000).describe('Of each connection, each way.'),
})

interface Target extends TargetBase {
  readonly kilobytesPerSecond: number
}

/** A second's worth of bytes is sent over each link; narrower links take longer. */
const probeBytes = (target: Target) => Math.min(600_000, Math.max(10_000, target.kilobytesPerSecond * 1000))
const leastMs = (target: Target) => (probeBytes(target) / (target.kilobytesPerSecond * 1000)) * 1000

/** Narrows every connection on the chosen links. Proof: how long a known number of bytes takes, before and during. */
export const linkBandwidth = defineFault<z.output<typeof spec>, Target, LinkReading>({
  kind: 'link-bandwidth',
  summary: 'Every connection on the chosen links is limited to so many kilobytes a second.',
  needs: ['links'],
  spec,
  async choose(driver, { links, kilobytesPerSecond }, random) {
    return { ...chooseLinks(driver.topology, links, random), kilobytesPerSecond }
  },
  inject: (driver, target, id) =>
    linksOf(driver).narrow(target.links, id, { bytesPerSecond: target.kilobytesPerSecond * 1000 }),
  probe: (driver, target) =>
    readEach(target.links, link =>
      linksOf(driver).transfer(link, probeBytes(target), 5000 + 3 * leastMs(target)),
    ),
  isEffective: (now, before, target) =>
    everyAnswered(now) &&
    Object.entries(now).every(([link, trip]) => {
      const usual = before[link as keyof LinkReading]?.ms ?? Number.POSITIVE_INFINITY
      return trip.ms >= 0.8 * leastMs(target) && trip.ms > usual
    }),
  heal: (driver, { links }, id) => linksOf(driver).clear(links, id),
  isHealed: (now, _before, target) =>
    everyAnswered(now) && Object.values(now).every(trip => trip.ms < 0.6 * leastMs(target)),
  describe: (now, _before, target) =>
    Object.entries(now).map(([link, trip]) =>
      trip.outcome === 'answered'
        ? { what: `${probeBytes(target)} B over ${link}`, value: Math.round(trip.ms), unit: 'ms' }
        : { what: `${probeBytes(target)} B over ${link}`, value: trip.outcome },
    ),
})
