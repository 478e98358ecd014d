import { z } from 'zod'
import { linkId, type LinkId } from '../core/topology.ts'
import { atLeastSo, chanceFrom, isPlausible } from './chances.ts'
import { defineFault, type TargetBase } from './fault.ts'
import { combineEach } from './combine-looks.ts'
import { linksOf, readEach } from './link-reading.ts'
import { chooseLinks, linkSelector } from './select-links.ts'

const spec = z.strictObject({
  links: linkSelector,
  everyMs: z.number().int().min(100).max(60_000).describe('How long a connection lives before it is reset.'),
  share: z.number().gt(0).max(1).default(1).describe('The share of connections that is touched.'),
})

interface Target extends TargetBase {
  readonly everyMs: number
  readonly share: number
}
type Reading = Readonly<Record<LinkId, Ended>>
interface Ended {
  readonly opened: number
  readonly ended: number
}

/** All links together; so many that the share cannot be missed, nor be taken for what ends by itself. */
const LEAST_HITS = 16
const connectionsOn = ({ links, share }: Target) =>
  Math.max(4, Math.ceil(LEAST_HITS / share / Math.max(1, links.length)))

/**
 * Connections die now and then. Proof: of connections of our own, left idle on each link, so many are reset as the
 * share gives, and as those that ended before it do not.
 */
export const linkReset = defineFault<z.output<typeof spec>, Target, Reading>({
  kind: 'link-reset',
  summary: 'Connections on the chosen links are reset again and again.',
  deed: 'connections were reset',
  dimension: 'slow-link',
  needs: ['links'],
  spec,
  looks: { before: 2, during: 2 },
  async choose(driver, { links, everyMs, share }, random) {
    return { ...chooseLinks(driver.topology, links, random), everyMs, share }
  },
  inject: (driver, target, id) =>
    linksOf(driver).reset(target.links, id, { afterMs: target.everyMs, share: target.share }),
  probe: (driver, target) =>
    readEach(target.links, link => linksOf(driver).idle(link, connectionsOn(target), target.everyMs + 500)),
  baseline: looks =>
    combineEach(looks, parts => ({ opened: sum(parts, 'opened'), ended: sum(parts, 'ended') })),
  isEffective: (now, before, { share, links }) => {
    const [seen, usual] = [all(now), all(before)]
    const chance = chanceFrom(usual.ended, usual.opened)
    // With all connections touched, no link may be spared.
    const isEverywhere = share < 1 || links.every(link => isAllEnded(now[linkId(link)]))
    return (
      isEverywhere &&
      !atLeastSo(seen.opened, seen.ended, chance) &&
      isPlausible(seen.opened, seen.ended, 1 - (1 - share) * (1 - chance))
    )
  },
  heal: (driver, { links }, id) => linksOf(driver).clear(links, id),
  isHealed: (now, before) => {
    const [seen, usual] = [all(now), all(before)]
    return seen.ended === 0 || atLeastSo(seen.opened, seen.ended, chanceFrom(usual.ended, usual.opened))
  },
  describe: now =>
    Object.entries(now).map(([link, seen]) => ({
      what: `idle connections reset on ${link}`,
      value: `${seen.ended} of ${seen.opened}`,
    })),
})

const sum = (parts: readonly Ended[], key: keyof Ended): number =>
  parts.reduce((total, part) => total + part[key], 0)

function all(reading: Reading): Ended {
  const parts = Object.values(reading)
  return { opened: sum(parts, 'opened'), ended: sum(parts, 'ended') }
}

const isAllEnded = (seen: Ended | undefined): boolean => seen !== undefined && seen.ended === seen.opened
