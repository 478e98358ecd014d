import { figure } from '../../page/chart.ts'
import { usd } from '../../report/cost-words.ts'
import { list } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import { table } from '../../page/table.ts'
import type { Section } from '../../page/page.ts'
import { isPrice } from '../../cost/model/levers.ts'
import type { ComparedBreakEven, ComparedCost } from '../comparison.ts'
import { SAME_PART } from '../../cost/model/lines-meet.ts'
import {
  breakEvenHeight,
  breakEvenOption,
  type Crossing,
  isMarked,
  leverTitle,
  numberOf,
  placeOf,
} from './break-even-chart.ts'
import { type Column, modelOf, type ComparisonData } from './columns.ts'
import { collapsible } from './platform-table.ts'
import { sensitivityPart } from './sensitivity-part.ts'
import { capital } from './top-section.ts'

const SAME_PERCENT = SAME_PART * 100

/** The levers that are drawn; the others are told in words. */
const DRAWN = ['ingest', 'retention', 'fan-out']

/** Where the platforms' lines cross, as one thing grows and everything else stays. */
export const breakEvenSection: Section<ComparisonData> = {
  id: 'break-even',
  label: 'Break-even',
  title: 'Where the cheaper one changes',
  body: ({ comparison, columns }) => renderBreakEven(comparison.cost, columns),
}

function renderBreakEven({ bills, ...cost }: ComparedCost, columns: readonly Column[]): Html {
  const ordered = cost.breakEvens.map(one => ({
    ...one,
    crossings: one.crossings.toSorted((a, b) => a.factor - b.factor),
  }))
  const breakEvens = ordered.filter(one => !isPrice(one))
  const drawn = DRAWN.flatMap(lever => breakEvens.filter(one => one.lever === lever && one.curves.length > 0))
  const models = bills.map(bill => modelOf(columns, bill.platform))
  const alone = models.filter(model => model.alone).map(model => model.name)
  return html`<p class="lead">Bill a month as one thing grows and everything else stays as stated; both axes are logarithmic, and the upright line is what the workload states. A number marks where the cheaper of two bills changes. Bills within ${SAME_PERCENT}% count as the same; they go up in steps, since the number of brokers is whole and the same in every zone.${
    alone.length > 0 && ` ${list(alone)}: by the model alone, without a run.`
  }</p>
${
  drawn.length > 0 &&
  figure({
    id: 'break-even-chart',
    title: 'Bill a month over ingest, retention and fan-out',
    text: breakEvens
      .filter(one => DRAWN.includes(one.lever))
      .map(one =>
        `${capital(one.lever)}: ${cheapestWords(one, columns)} ${one.crossings.map(crossing => `${crossingWords(one, crossing, columns)}.`).join(' ')}`.trim(),
      )
      .join(' '),
    caption: html`Numbers as in the list below.`,
    height: size => breakEvenHeight(drawn.length, size),
    draw: size => breakEvenOption(drawn, columns, size),
  })
}
${drawn.length > 0 && collapsible('The lines in numbers', html`${drawn.map(one => pointTable(one, columns))}`)}
<h3>All crossings</h3>
${breakEvens.length === 0 ? html`<p>None was looked for.</p>` : html`<ul class="plain">${[...drawn, ...breakEvens.filter(one => !drawn.includes(one))].map(one => leverItem(one, drawn, columns))}</ul>`}
${sensitivityPart(
  { bills, sensitivities: cost.sensitivities },
  ordered.filter(isPrice).map(one => ({
    lever: one.lever,
    words: one.crossings.map(crossing => crossingWords(one, crossing, columns)),
  })),
  columns,
)}
<p class="source">comparison.json /cost/breakEvens, with the points of each line, and /cost/sensitivities</p>`
}

const totalAt = (point: ComparedBreakEven['curves'][number]['points'][number] | undefined): string =>
  point ? usd(point.usdPerMonth) : 'not known'

function pointHead(point: ComparedBreakEven['curves'][number]['points'][number] | undefined): Html {
  const place = point && String(Number(placeOf(point).toPrecision(3)))
  return html`${place}${point?.factor === 1 && html`<small>stated</small>`}`
}

/** Some points of each line, the stated one among them: what the drawing shows, in numbers. */
function pointTable(one: ComparedBreakEven, columns: readonly Column[]): Html {
  const [first] = one.curves
  if (!first) return html``
  const every = Math.max(1, Math.round(first.points.length / 8))
  const shown = first.points.flatMap((point, index) =>
    index % every === 0 || point.factor === 1 || index === first.points.length - 1 ? [index] : [],
  )
  const title = leverTitle(one)
  return table({
    label: `Bill a month over ${title}`,
    rows: shown,
    columns: [
      [title, index => pointHead(first.points[index])],
      ...one.curves.map(
        curve =>
          [
            modelOf(columns, curve.platform).short,
            (index: number) => totalAt(curve.points[index]),
            'n',
          ] as const,
      ),
    ],
  })
}

function leverItem(
  one: ComparedBreakEven,
  drawn: readonly ComparedBreakEven[],
  columns: readonly Column[],
): Html {
  const number = (crossing: Crossing): Html | false =>
    drawn.includes(one) && isMarked(crossing) && html`<b class="mark">${numberOf(crossing, drawn)}</b> `
  return html`<li><b>${capital(one.lever)}.</b> ${cheapestWords(one, columns)} ${one.crossings.map(
    crossing => html`${number(crossing)}${crossingWords(one, crossing, columns)}. `,
  )}</li>`
}

/** Who is the cheapest of all, and from where to where. */
function cheapestWords(
  { cheapest, crossings, ...about }: ComparedBreakEven,
  columns: readonly Column[],
): string {
  const named = ({ platform }: (typeof cheapest)[number]): string => modelOf(columns, platform).label
  const [first, ...others] = cheapest
  if (!first) return ''
  const none = crossings.length === 0 ? '; no two bills cross' : ''
  if (others.length === 0) return `Cheapest throughout: ${named(first)}${none}.`
  const from = others.map(
    one => `from ${amount(about, { value: one.from, factor: one.fromFactor })} on ${named(one)}`,
  )
  return `Cheapest: ${named(first)}; ${from.join('; ')}.`
}

const amount = (
  { unit, lever }: Pick<ComparedBreakEven, 'unit' | 'lever'>,
  { value, factor }: { readonly value: number | null; readonly factor: number },
): string =>
  value === null
    ? `${Number(factor.toPrecision(2))} × the stated ${lever}`
    : `${Number(value.toPrecision(3))} ${unit}`

function crossingWords(one: ComparedBreakEven, crossing: Crossing, columns: readonly Column[]): string {
  const { cheaperBelow: below, cheaperAbove: above, platforms, same, usdPerMonth } = crossing
  const name = (platform: (typeof platforms)[number]): string => modelOf(columns, platform).name
  const both = list(platforms.map(name))
  const from = same && amount(one, { value: same.from, factor: same.fromFactor })
  const to = same && amount(one, { value: same.to, factor: same.toFactor })
  if (below === null && above === null) return `${both} cost the same throughout`
  if (below === null && above !== null) return `${both} cost the same up to ${to}, ${name(above)} less above`
  if (below !== null && above === null)
    return `${both} cost the same from ${from} on, ${name(below)} less below`
  if (below === null || above === null) return ''
  if (below === above)
    return `${both} cost the same from ${from} to ${to}, ${name(below)} less on either side`
  const flat = same === null ? '' : `; the same from ${from} to ${to}`
  return `${name(below)} costs less below ${amount(one, crossing)}, ${name(above)} above (${usd(usdPerMonth)} a month there${flat})`
}
