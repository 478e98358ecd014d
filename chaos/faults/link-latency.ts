import { z } from 'zod'
import { defineLatency, delayKeys } from './latency-fault.ts'
import { chooseLinks, linkSelector } from './select-links.ts'

const spec = z.strictObject({ links: linkSelector, ...delayKeys })

/** Every byte on links between zones takes longer. */
export const linkLatency = defineLatency<z.output<typeof spec>>({
  kind: 'link-latency',
  summary: 'Round trips over the chosen links take longer.',
  deed: 'links were delayed',
  dimension: 'slow-link',
  needs: ['links'],
  spec,
  links: (driver, { links }, random) => chooseLinks(driver.topology, links, random),
})
