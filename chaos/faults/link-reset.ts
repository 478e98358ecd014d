import { z } from 'zod'
import { linkId, type LinkId } from '../core/topology.ts'
import type { TargetBase } from './fault.ts'
import { defineFault } from './fault.ts'
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
type Reading = Readonly<Record<LinkId, { readonly opened: number; readonly ended: number }>>

const PROBE_CONNECTIONS = 4
const someEnded = (reading: Reading): boolean => Object.values(reading).some(seen => seen.ended > 0)

/** Connections die now and then. Proof: connections of our own, left idle on each link, are reset. */
export const linkReset = defineFault<z.output<typeof spec>, Target, Reading>({
  kind: 'link-reset',
  summary: 'Connections on the chosen links are reset again and again.',
  needs: ['links'],
  spec,
  async choose(driver, { links, everyMs, share }, random) {
    return { ...chooseLinks(driver.topology, links, random), everyMs, share }
  },
  inject: (driver, target, id) =>
    linksOf(driver).reset(target.links, id, { afterMs: target.everyMs, share: target.share }),
  probe: (driver, target) =>
    readEach(target.links, link => linksOf(driver).idle(link, PROBE_CONNECTIONS, target.everyMs + 500)),
  // With a share below one, a link may be spared by luck; with all connections touched, none may.
  isEffective: (now, before, target) =>
    !someEnded(before) &&
    (target.share === 1
      ? target.links.every(link => (now[linkId(link)]?.ended ?? 0) === PROBE_CONNECTIONS)
      : someEnded(now)),
  heal: (driver, { links }, id) => linksOf(driver).clear(links, id),
  isHealed: now => !someEnded(now),
  describe: now =>
    Object.entries(now).map(([link, seen]) => ({
      what: `idle connections reset on ${link}`,
      value: `${seen.ended} of ${seen.opened}`,
    })),
})
