import { AftershockError } from '../core/errors.ts'
import type { RegionPlace, RegionStep } from './region-steps.ts'

const SHOWN = 3

/** What a topic promises must be promised by its copy: how many partitions, what is kept and for how long. */
export const compareSettings = ({ regions }: RegionPlace): RegionStep => ({
  name: 'settings',
  async work() {
    const [a, b] = [await regions.settingsOf('a'), await regions.settingsOf('b')]
    const differences = Object.entries(a).flatMap(([topic, settings]) =>
      Object.entries(settings).flatMap(([name, value]) => {
        const there = b[topic]?.[name]
        return there === value ? [] : [`${topic}: ${name} is ${value} in a and ${there ?? 'nothing'} in b`]
      }),
    )
    if (differences.length > 0)
      throw new AftershockError(
        'refused',
        `${differences.length} settings differ: ${differences.slice(0, SHOWN).join('; ')}`,
        { hint: 'let the mirror sync them (`syncConfigs`), or set them by hand' },
      )
    const settings = Object.values(a).reduce((sum, one) => sum + Object.keys(one).length, 0)
    return { proof: `${settings} settings of ${Object.keys(a).length} topics are the same in both regions` }
  },
})

/** Rules of an authorizer go with the data, or whoever had a right has none there. */
export const compareAccess = ({ regions }: RegionPlace): RegionStep => ({
  name: 'access',
  async work() {
    const [a, b] = [await regions.accessOf('a'), await regions.accessOf('b')]
    if (a === null && b === null)
      return { proof: 'neither region has an authorizer: there is no rule to be taken along' }
    if (b === null)
      throw new AftershockError('refused', 'region a asks who somebody is, and region b asks nobody', {
        hint: 'give region b an authorizer first',
      })
    const missing = (a ?? []).filter(rule => !b.includes(rule))
    if (missing.length > 0)
      throw new AftershockError(
        'refused',
        `region b lacks ${missing.length} rules: ${missing.slice(0, SHOWN).join('; ')}`,
        { hint: 'let the mirror sync them (`syncAcls`), or add them by hand' },
      )
    return { proof: `all ${(a ?? []).length} rules of region a are in region b` }
  },
})
