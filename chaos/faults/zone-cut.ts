import { z } from 'zod'
import { CUT_LINKS, type CutLinks, cutMode } from './cut-links.ts'
import { defineFault } from './fault.ts'
import { isCutOff, type LinkReading } from './link-reading.ts'
import { chooseLinks, direction, traffic, zoneSelector } from './select-links.ts'

const spec = z.strictObject({
  zone: zoneSelector,
  direction,
  traffic,
  mode: cutMode,
  objectStore: z
    .enum(['cut', 'keep'])
    .default('cut')
    .describe(
      'cut: the zone loses the object store too, which is a service of the region; keep: it does not.',
    ),
})

/**
 * The links between a zone and the others carry nothing, nor does its way to the object store, which is in no zone
 * (unless it is kept). The zone's broker lives, and its clients reach it.
 * Proof: from every affected source no request over a cut link gets a reply, on a new connection or on one from
 * before, where before each look got one; past the links those brokers answer.
 */
export const zoneCut = defineFault<z.output<typeof spec>, CutLinks, LinkReading>({
  kind: 'zone-cut',
  summary: 'All links between a zone and the others are cut; what is inside the zone goes on.',
  deed: 'a zone was cut off',
  dimension: 'zone-loss',
  needs: ['links'],
  spec,
  ...CUT_LINKS,
  async choose({ topology }, { mode, objectStore, ...selector }, random) {
    const links = topology.links.filter(link => objectStore === 'cut' || link.listener !== 's3')
    return { ...chooseLinks({ ...topology, links }, selector, random), mode }
  },
  takesAway: ({ topology }, { zones }) =>
    topology.nodes.filter(node => zones.includes(node.zone)).map(node => node.id),
  // Where two cuts overlap, some links carry nothing already; those that did carry something are the proof.
  isEffective: (now, before, { mode }) =>
    Object.values(before).some(trip => trip.outcome === 'answered') && isCutOff(now, before, mode),
})
