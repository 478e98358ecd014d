import { z } from 'zod'
import { defineFault, type TargetBase } from './fault.ts'
import {
  allAnsweredAgain,
  combineLinks,
  describeAnswers,
  isCutOff,
  isSomebodyAway,
  knockOnLinks,
  type LinkReading,
  linksOf,
} from './link-reading.ts'
import { chooseLinks, direction, traffic, zoneSelector } from './select-links.ts'

const spec = z.strictObject({
  zone: zoneSelector,
  direction,
  traffic,
  mode: z
    .enum(['silent', 'refuse'])
    .default('silent')
    .describe('silent: bytes vanish, as in a partition; refuse: connections end and new ones are refused.'),
  objectStore: z
    .enum(['cut', 'keep'])
    .default('cut')
    .describe(
      'cut: the zone loses the object store too, which is a service of the region; keep: it does not.',
    ),
})

interface Target extends TargetBase {
  readonly mode: 'silent' | 'refuse'
}

/**
 * The links between a zone and the others carry nothing, nor does its way to the object store, which is in no zone
 * (unless it is kept). The zone's broker lives, and its clients reach it.
 * Proof: from every affected source no request over a cut link gets a reply, on a new connection or on one from
 * before, where before each look got one; past the links those brokers answer.
 */
export const zoneCut = defineFault<z.output<typeof spec>, Target, LinkReading>({
  kind: 'zone-cut',
  summary: 'All links between a zone and the others are cut; what is inside the zone goes on.',
  deed: 'a zone was cut off',
  dimension: 'zone-loss',
  needs: ['links'],
  spec,
  async choose({ topology }, { mode, objectStore, ...selector }, random) {
    const links = topology.links.filter(link => objectStore === 'cut' || link.listener !== 's3')
    return { ...chooseLinks({ ...topology, links }, selector, random), mode }
  },
  takesAway: ({ topology }, { zones }) =>
    topology.nodes.filter(node => zones.includes(node.zone)).map(node => node.id),
  inject: (driver, { links, mode }, id) => linksOf(driver).cut(links, id, { mode }),
  probe: (driver, { links }, _id, means) => knockOnLinks(driver, links, { timeoutMs: 1500, tries: 3, means }),
  baseline: combineLinks,
  // Where two cuts overlap, some links carry nothing already; those that did carry something are the proof.
  isEffective: (now, before, { mode }) =>
    Object.values(before).some(trip => trip.outcome === 'answered') && isCutOff(now, before, mode),
  heal: (driver, { links }, id) => linksOf(driver).clear(links, id),
  isHealed: allAnsweredAgain,
  isAway: isSomebodyAway,
  describe: describeAnswers,
})
