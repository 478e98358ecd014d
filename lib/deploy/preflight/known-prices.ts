import { shellWord } from '../../../chaos/core/shell-word.ts'
import type { Check } from './check.ts'

/** Whether it is known what everything costs: the sum of a plan that lacks some is too low. */
export const knownPrices: Check<'prices'> = {
  name: 'prices',
  about: 'a price for everything that costs while it exists',
  lacks({ config, plan }) {
    const unpriced = [...new Set(plan.missing.map(({ item }) => item))]
    return [
      ...(unpriced.length === 0
        ? []
        : [
            {
              what: `the price table has nothing in ${config.region} for ${unpriced.join(', ')}`,
              mend: [
                `aftershock prices refresh --region ${shellWord(config.region)} --out prices.json`,
                'and then deploy with --prices prices.json; what that does not find is yours to add',
              ].join('\n'),
            },
          ]),
      ...plan.unclear.map(({ resource, why }) => ({
        what: `nobody knows what ${resource} costs: ${why}`,
        mend: 'lib/deploy/charges.ts has the rules by which kinds are priced',
      })),
    ]
  },
}
