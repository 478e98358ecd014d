import { SENSITIVITY_STEP } from '../../cost/model/sensitivity.ts'
import { list } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import type { ComparedCost } from '../comparison.ts'
import { type Column, modelOf } from './columns.ts'
import { type Heading, platformTable } from './platform-table.ts'
import { capital } from './top-section.ts'

const STEP = `${SENSITIVITY_STEP * 100}%`

type Moved = Pick<ComparedCost, 'bills' | 'sensitivities'>
type BillHeading = Heading & { readonly platform: ComparedCost['bills'][number]['platform'] }

/** How far each bill moves with one thing, and whether any of them changes who is the cheapest. */
export function sensitivityPart(
  moved: Moved,
  prices: readonly { readonly lever: string; readonly words: readonly string[] }[],
  columns: readonly Column[],
): Html {
  const { bills, sensitivities } = moved
  const levers = [...new Set(sensitivities.map(({ lever }) => lever))]
  if (levers.length === 0) return html``
  const crossing = prices.filter(({ words }) => words.length > 0)
  return html`<h3>When one thing is ${STEP} less, and ${STEP} more</h3>
<p>${whoIsCheapest(moved, columns)} ${
    prices.length === 0
      ? ''
      : crossing.length === 0
        ? 'With no single price at half or at double does the cheaper one of any two change.'
        : crossing.map(({ lever, words }) => html`<b>${capital(lever)}:</b> ${words.join('; ')}. `)
  }</p>
${platformTable<BillHeading>({
  label: `Bills when one thing is ${STEP} less and ${STEP} more`,
  first: 'The bill moves by',
  columns: bills.map(({ platform }) => ({ ...modelOf(columns, platform), platform })),
  groups: [
    levers.map(lever => ({
      label: capital(lever),
      cell: ({ platform }) => {
        const found = sensitivities.find(one => one.lever === lever && one.platform === platform)
        return found ? `${signed(found.percentAtLess)} / ${signed(found.percentAtMore)}` : 'not known'
      },
    })),
  ],
})}`
}

function whoIsCheapest({ bills, sensitivities }: Moved, columns: readonly Column[]): string {
  const [now] = bills.toSorted((a, b) => a.totalUsdPerMonth - b.totalUsdPerMonth)
  if (!now) return ''
  const others = [...new Set(sensitivities.map(({ lever }) => lever))].flatMap(lever => {
    const own = sensitivities.filter(one => one.lever === lever)
    return (['usdAtLess', 'usdAtMore'] as const).flatMap(at => {
      const [best] = own.toSorted((a, b) => a[at] - b[at])
      if (!best || best.platform === now.platform) return []
      const more = at === 'usdAtMore' ? 'more' : 'less'
      return [`${modelOf(columns, best.platform).label} with ${STEP} ${more} of ${lever}`]
    })
  })
  const { label } = modelOf(columns, now.platform)
  return others.length === 0
    ? `${label} stays the cheapest with each of these ${STEP} less or more.`
    : `${label} is the cheapest, but ${list(others)}.`
}

const signed = (percent: number): string => {
  const digits = Math.abs(percent).toFixed(1)
  return digits === '0.0' ? '±0%' : `${percent < 0 ? '−' : '+'}${digits}%`
}
