import { z } from 'zod'
import { defineBandwidth, widthKeys } from './bandwidth-fault.ts'
import { chooseLinks, linkSelector } from './select-links.ts'

const spec = z.strictObject({ links: linkSelector, ...widthKeys })

/** Every connection on links between zones is narrow. */
export const linkBandwidth = defineBandwidth<z.output<typeof spec>>({
  kind: 'link-bandwidth',
  summary: 'Every connection on the chosen links is limited to a number of kilobytes a second.',
  deed: 'links were narrowed',
  dimension: 'slow-link',
  needs: ['links'],
  spec,
  links: (driver, { links }, random) => chooseLinks(driver.topology, links, random),
})
