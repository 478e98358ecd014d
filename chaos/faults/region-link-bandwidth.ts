import { z } from 'zod'
import { defineBandwidth, widthKeys } from './bandwidth-fault.ts'
import { linksBetweenRegions } from './select-links.ts'

const spec = z.strictObject(widthKeys)

/** Every connection between the regions is narrow: a mirror that cannot keep up falls behind. */
export const regionLinkBandwidth = defineBandwidth<z.output<typeof spec>>({
  kind: 'region-link-bandwidth',
  summary: 'Every connection between the regions is limited to a number of kilobytes a second.',
  deed: 'links between the regions were narrowed',
  dimension: 'region-mirror',
  needs: ['links', 'regions'],
  spec,
  links: ({ topology }) => linksBetweenRegions(topology),
})
