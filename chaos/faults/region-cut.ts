import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import type { Link } from '../core/topology.ts'
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

const spec = z.strictObject({
  mode: z
    .enum(['silent', 'refuse'])
    .default('silent')
    .describe('silent: bytes vanish, as in a partition; refuse: connections end and new ones are refused.'),
})

interface Target extends TargetBase {
  readonly mode: 'silent' | 'refuse'
}

/** Listeners of brokers that are dialled from outside the cluster: by devices and consumers, and from the other region. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['client', 'connect', 'processor', 'mirror'])

/**
 * Nobody outside reaches region a: neither clients nor the mirror in the other region. Its brokers live and keep what
 * they have. Proof: from every zone, and from the other region, no request over a cut link gets a reply, on a new
 * connection or on one from before, where before each look got one; past the links those brokers answer.
 */
export const regionCut = defineFault<z.output<typeof spec>, Target, LinkReading>({
  kind: 'region-cut',
  summary: 'All ways into region a are cut, those of clients and those of the mirror; its brokers live.',
  deed: 'a region was cut off',
  dimension: 'region-loss',
  needs: ['links', 'regions'],
  spec,
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
  inject: (driver, { links, mode }, id) => linksOf(driver).cut(links, id, { mode }),
  probe: (driver, { links }, _id, means) => knockOnLinks(driver, links, { timeoutMs: 1500, tries: 3, means }),
  baseline: combineLinks,
  isEffective: (now, before, { links, mode }) => crosses(links, before) && isCutOff(now, before, mode),
  heal: (driver, { links }, id) => linksOf(driver).clear(links, id),
  isHealed: allAnsweredAgain,
  isAway: isSomebodyAway,
  describe: describeAnswers,
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
