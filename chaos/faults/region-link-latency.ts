import { z } from 'zod'
import { defineLatency, delayKeys } from './latency-fault.ts'
import { linksBetweenRegions } from './select-links.ts'

const spec = z.strictObject(delayKeys)

/** Every byte between the regions takes longer, beside what the drill says of their distance. */
export const regionLinkLatency = defineLatency<z.output<typeof spec>>({
  kind: 'region-link-latency',
  summary: 'Round trips between the regions take longer.',
  deed: 'links between the regions were delayed',
  dimension: 'region-mirror',
  needs: ['links', 'regions'],
  spec,
  links: ({ topology }) => linksBetweenRegions(topology),
})
