import { type PlatformId, nameOfId } from '../../platforms/platform-id.ts'
import {
  PLATFORM_NAMES,
  type PlatformName,
  findPlatform,
  platformTitle,
  shortPlatformTitle,
} from '../../platforms/index.ts'
import type { Role } from '../../page/palette.ts'
import type { ComparedPlatform, Comparison } from '../comparison.ts'

/** How a platform is told from the others in a drawing: by colour, by dash and by the shape of its points. */
export interface Look {
  readonly role: Role
  readonly dash: readonly number[] | 'solid'
  readonly symbol: 'circle' | 'rect' | 'triangle' | 'diamond'
}

/** A platform as every table and drawing of the page calls it. */
export interface Column {
  readonly platform: PlatformId
  /** A stand-in has no product's name here: it is none. */
  readonly name: string
  /** What must be said wherever the name stands; null for a product that ran. */
  readonly tag: string | null
  /** Name and tag, where there is no room for two lines. */
  readonly label: string
  /** For the axis of a drawing. */
  readonly short: string
  readonly ran: boolean
  readonly look: Look
  readonly compared: ComparedPlatform
}

/** What every section of the page is made from. */
export interface ComparisonData {
  readonly comparison: Comparison
  readonly columns: readonly Column[]
}

/** In the order of platforms, so that each looks the same in every comparison. */
const LOOKS: readonly Look[] = [
  { role: 'blue', dash: 'solid', symbol: 'circle' },
  { role: 'orange', dash: [7, 4], symbol: 'rect' },
  { role: 'green', dash: [2, 3], symbol: 'triangle' },
  { role: 'purple', dash: [9, 3, 2, 3], symbol: 'diamond' },
]
/** When there are none left. */
const LAST_LOOK: Look = { role: 'sky', dash: [1, 2], symbol: 'circle' }

/**
 * A further version of a platform takes the look of a platform that is not there: `among` are all that are drawn
 * together, in their order.
 */
export function lookOf(platform: PlatformId, among: readonly PlatformId[]): Look {
  const names = among.map(nameOfId)
  const isFirst = (id: PlatformId) => names.indexOf(nameOfId(id)) === among.indexOf(id)
  const own = (id: PlatformId) => LOOKS[PLATFORM_NAMES.indexOf(nameOfId(id))]
  if (!among.includes(platform) || isFirst(platform)) return own(platform) ?? LAST_LOOK
  const free = LOOKS.filter((_, place) => !names.includes(PLATFORM_NAMES[place] as PlatformName))
  const further = among.filter(id => !isFirst(id))
  return free[further.indexOf(platform)] ?? LAST_LOOK
}

/** Every platform that was asked for, in its order, also those that did not run. */
export function columnsOf({ platforms }: Pick<Comparison, 'platforms'>): Column[] {
  return platforms.map(compared => {
    const { platform } = compared
    const standIn = compared.software?.kind === 'stand-in'
    const router = findPlatform(platform)?.routesByZone ? ', zone router' : ''
    const name = standIn ? `Stand-in distribution${router}` : compared.name
    const tag = tagOf(compared)
    return {
      platform,
      name,
      tag,
      label: tag === null ? name : `${name} (${tag})`,
      short: standIn
        ? `Stand-in${router} (no product)`
        : `${shortPlatformTitle(platform)}${compared.software?.kind === 'reference' ? ' (reference)' : ''}`,
      ran: compared.status === 'run',
      look: lookOf(
        platform,
        platforms.map(one => one.platform),
      ),
      compared,
    }
  })
}

function tagOf({ status, software, platform }: ComparedPlatform): string | null {
  if (status !== 'run') return status === 'not-run' ? 'not run' : 'failed'
  if (software?.kind === 'reference') return 'with the lab’s reference store, no product'
  if (software?.kind === 'stand-in') return `stand-in, not ${platformTitle(platform)}`
  return null
}

/** The name for a sentence about a platform; for one that is not a column, its own. */
export function nameOf(columns: readonly Column[], platform: PlatformId): string {
  return columns.find(column => column.platform === platform)?.name ?? platformTitle(platform)
}

/** A platform as the cost model knows it. */
export interface Model {
  readonly name: string
  readonly tag: string | null
  /** For a sentence in which nothing else says that it did not run. */
  readonly label: string
  readonly short: string
  /** Nothing of it was run here: a stand-in is not the product whose bill this is. */
  readonly alone: boolean
}

/** The bill is a product's by published prices, whatever ran here; what ran is said beside it. */
export function modelOf(columns: readonly Column[], platform: PlatformId): Model {
  const column = columns.find(one => one.platform === platform)
  const standIn = column?.compared.software?.kind === 'stand-in'
  if (column?.ran && !standIn)
    return { name: column.name, tag: column.tag, label: column.name, short: column.short, alone: false }
  const name = platformTitle(platform)
  return {
    name,
    label: `${name} (not run)`,
    tag: standIn ? 'the model alone: a stand-in ran, not this' : 'the model alone: not run',
    short: `${shortPlatformTitle(platform)}, model`,
    alone: true,
  }
}
