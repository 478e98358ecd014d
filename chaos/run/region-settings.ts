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

/**
 * Who may do what goes with the data: rules as brokers list them, and rights as brokers of region b tell them to each
 * principal itself. What region a allowed has to be allowed there, and what it refused, refused.
 * @param of region a as it is, or as it was before it was lost
 */
export const compareAccess = ({ regions }: RegionPlace, of: 'now' | 'before'): RegionStep => ({
  name: 'access',
  async work() {
    const a = of === 'now' ? await regions.accessOf('a') : regions.knownAccess()
    const b = await regions.accessOf('b')
    if (a === null && b === null)
      return { proof: 'neither region has an authorizer: there is no rule to be taken along' }
    if (a === null || b === null)
      throw new AftershockError('refused', 'one region asks who somebody is, and the other asks nobody', {
        hint: 'give both an authorizer first',
      })
    const lacks = without(a.rules, b.rules)
    const refused = without(a.rights, b.rights)
    const allowed = without(b.rights, a.rights)
    const wrong = [
      lacks.length > 0 && `it lacks ${lacks.length} rules: ${some(lacks)}`,
      refused.length > 0 && `it refuses ${refused.length} rights of region a: ${some(refused)}`,
      allowed.length > 0 && `it allows ${allowed.length} that region a refuses: ${some(allowed)}`,
    ].filter(one => one !== false)
    if (wrong.length > 0)
      throw new AftershockError('refused', `region b was asked: ${wrong.join('. And ')}`, {
        hint: WHAT_IS_SYNCED,
      })
    const unsaid = [...new Set([...a.unsaid, ...b.unsaid])]
    if (unsaid.length > 0)
      throw new AftershockError('unavailable', `no broker said what these may do: ${some(unsaid)}`)
    return {
      proof: `all ${a.rules.length} rules of region a are in region b, and its brokers told each principal the same ${b.rights.length} rights as those of region a`,
    }
  },
})

/** MirrorSourceConnector.java: `syncTopicAcls`, `shouldReplicateAcl` and `targetAclBinding`. */
const WHAT_IS_SYNCED =
  'the mirror’s own sync (`syncAcls`) takes rules of topics by their whole names, makes READ of ALL, and leaves out WRITE, prefixes, groups, transactional ids, the cluster and every password: make those from where they are kept (`access: carried` does)'

const without = (all: readonly string[], others: readonly string[]): readonly string[] => {
  const known = new Set(others)
  return all.filter(one => !known.has(one))
}

const some = (all: readonly string[]): string =>
  `${all.slice(0, SHOWN).join('; ')}${all.length > SHOWN ? '; …' : ''}`
