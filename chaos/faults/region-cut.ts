import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import type { Link } from '../core/topology.ts'
import { CUT_LINKS, type CutLinks, cutMode } from './cut-links.ts'
import { defineFault } from './fault.ts'
import { isCutOff, type LinkReading } from './link-reading.ts'

const spec = z.strictObject({ mode: cutMode })

/** Listeners of brokers that are dialled from outside the cluster: by devices and consumers, and from the other region. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['client', 'connect', 'processor', 'mirror'])

/**
 * Nobody outside reaches region a: neither clients nor the mirror in the other region. Its brokers live and keep what
 * they have. Proof: from every zone, and from the other region, no request over a cut link gets a reply, on a new
 * connection or on one from before, where before each look got one; past the links those brokers answer.
 */
export const regionCut = defineFault<z.output<typeof spec>, CutLinks, LinkReading>({
  kind: 'region-cut',
  summary: 'All ways into region a are cut, those of clients and those of the mirror; its brokers live.',
  deed: 'a region was cut off',
  dimension: 'region-loss',
  needs: ['links', 'regions'],
  spec,
  ...CUT_LINKS,
  async choose({ topology }, { mode }) {
    const links = topology.links.filter(({ listener }) => FROM_OUTSIDE.has(listener))
    const between = links.filter(({ listener }) => listener === 'mirror').length
    if (between === 0)
      throw new AftershockError('refused', 'there is no link to another region', {
        hint: 'add the key regions to the drill',
      })
    const summary = `every way into region a (${links.length} links, ${between} of them from region b)`
    return { summary, zones: [...topology.zones], nodes: [], links, mode }
  },
  takesAway: ({ topology }) => topology.nodes.map(({ id }) => id),
  isEffective: (now, before, { links, mode }) => crosses(links, before) && isCutOff(now, before, mode),
})

/** Where another cut has taken both kinds of links away, nothing is left to be seen to break. */
function crosses(links: readonly Link[], before: LinkReading): boolean {
  const answered = new Set(
    Object.entries(before).flatMap(([link, { outcome }]) => (outcome === 'answered' ? [link] : [])),
  )
  const some = (isMirror: boolean) =>
    links.some(
      ({ from, to, listener }) =>
        (listener === 'mirror') === isMirror && answered.has(`${from}>${to}:${listener}`),
    )
  return some(true) && some(false)
}
