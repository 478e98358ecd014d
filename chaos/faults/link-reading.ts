import type { Observation } from '../core/journal-events.ts'
import { type Link, linkId, type LinkId } from '../core/topology.ts'
import type { Driver, Links, RoundTrip } from '../drivers/driver.ts'
import { required } from './broker-reading.ts'

/** By link: what one request over it saw. */
export type LinkReading = Readonly<Record<LinkId, RoundTrip>>

export function linksOf(driver: Driver): Links {
  return required(driver.links, 'links')
}

/**
 * The best of `tries` round trips over each link: on a busy machine the slowest says more about the machine
 * than about the link.
 */
export async function readRoundTrips(
  driver: Driver,
  links: readonly Link[],
  timeoutMs: number,
  tries = 1,
): Promise<LinkReading> {
  const best = async (link: Link) => {
    let result = await linksOf(driver).roundTrip(link, timeoutMs)
    for (let i = 1; i < tries && result.outcome === 'answered'; i++) {
      const next = await linksOf(driver).roundTrip(link, timeoutMs)
      if (next.outcome !== 'answered' || next.ms < result.ms) result = next
    }
    return result
  }
  return readEach(links, best)
}

export async function readEach<T>(
  links: readonly Link[],
  read: (link: Link) => Promise<T>,
): Promise<Record<LinkId, T>> {
  return Object.fromEntries(
    await Promise.all(links.map(async link => [linkId(link), await read(link)] as const)),
  )
}

export const everyAnswered = (reading: LinkReading): boolean =>
  Object.values(reading).every(trip => trip.outcome === 'answered')

/** What answered before answers again; what did not, another fault had taken away. */
export const allAnsweredAgain = (now: LinkReading, before: LinkReading): boolean =>
  Object.entries(now).every(
    ([link, trip]) =>
      trip.outcome === 'answered' ||
      (link in before && before[link as keyof LinkReading]?.outcome !== 'answered'),
  )

export function describeRoundTrips(reading: LinkReading): Observation[] {
  return Object.entries(reading).map(([link, trip]) =>
    trip.outcome === 'answered'
      ? { what: `round trip ${link}`, value: Math.round(trip.ms * 10) / 10, unit: 'ms' }
      : { what: `round trip ${link}`, value: trip.outcome },
  )
}
