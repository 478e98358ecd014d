import { type Html, html } from '../../page/html.ts'
import { scrolling, table } from '../../page/table.ts'
import type { Section } from '../../page/page.ts'
import { decimal, tierWords, unitWords } from '../../cost/price-words.ts'
import { chip } from '../../page/verdict-chip.ts'
import type { ComparedCost, ComparedCrossing } from '../comparison.ts'
import { type Column, nameOf, type ComparisonData } from './columns.ts'
import { spreadCell } from './spread-words.ts'

/** How far the bills can be trusted: prices that are old or uncertain, and the formula against what was measured. */
export const pricesSection: Section<ComparisonData> = {
  id: 'prices',
  label: 'Prices',
  title: 'How far to trust the bills',
  body: ({ comparison, columns }) => renderPrices(comparison.cost, columns),
}

function renderPrices(cost: ComparedCost, columns: readonly Column[]): Html {
  const { prices } = cost
  return html`<h3>Prices</h3>
<p>${
    prices.flagged.length === 0
      ? `All ${prices.used} prices that were used are recent and sourced, judged on ${prices.judgedOn}.`
      : html`<b>${prices.flagged.length} of ${prices.used}</b> prices that were used are flagged, judged on ${prices.judgedOn}; <code>aftershock prices refresh</code> brings today’s.`
  }</p>
${prices.flagged.length > 0 && priceTable(cost)}
<h3>Bytes across zones: measured against the usual formula</h3>
${cost.crossings.length === 0 ? html`<p>Nothing was measured to hold against the formula.</p>` : crossingTable(cost.crossings, columns)}`
}

const FLAG_WORDS = { stale: 'stale', 'low-confidence': 'low confidence' } as const

function priceTable({ prices }: ComparedCost): Html {
  return table({
    label: 'Flagged prices',
    kind: 'roomy',
    rows: prices.flagged,
    columns: [
      ['Price', ({ item }) => html`<code>${item}</code>`],
      ['USD', ({ price }) => decimal(price), 'n'],
      ['Per', ({ unit, tier }) => `${unitWords(unit)}${tierWords({ tier })}`],
      [
        'Flag',
        ({ flags }) =>
          html`${flags.map(({ flag, why }) => html`${chip('inconclusive', FLAG_WORDS[flag])} ${why}<br />`)}`,
      ],
      [`Source, in ${prices.file}`, ({ source, date }) => (date === null ? source : `${source}, ${date}`)],
    ],
  })
}

const JUDGED = {
  within: ['pass', 'within 10%'],
  explained: ['not-judged', 'explained'],
  flagged: ['inconclusive', 'flagged'],
  unknown: ['not-judged', 'not known'],
} as const

function crossingTable(crossings: readonly ComparedCrossing[], columns: readonly Column[]): Html {
  const ratio = (value: number): string => value.toFixed(2)
  const apart = ({ percent }: ComparedCrossing): string =>
    percent === null ? '–' : `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)}%`
  const called = ({ platform }: ComparedCrossing): Html => {
    const tag = columns.find(column => column.platform === platform)?.tag
    return html`${nameOf(columns, platform)}${tag && html`<small>${tag}</small>`}`
  }
  return html`<p>How many times a byte crosses zones. A deviation of more than 10% is explained by what was measured, or flagged.</p>
${scrolling(
  'Bytes across zones, measured and by formula',
  html`<table class="crossings roomy">
<thead><tr><th scope="col">For each</th><th scope="col">Platform</th><th scope="col" class="n">Measured</th><th scope="col" class="n">Formula</th><th scope="col" class="n">Least possible</th><th scope="col" class="n">Apart</th><th scope="col">Judged</th></tr></thead>
<tbody>${crossings.map(crossing => {
    const [verdict, word] = JUDGED[crossing.verdict]
    return html`<tr><th scope="row">${crossing.ratio}<small>per ${crossing.per}</small></th><td>${called(crossing)}</td><td class="n">${spreadCell(crossing.measured, ratio)}</td><td class="n">${ratio(crossing.formula)}</td><td class="n">${ratio(crossing.least)}</td><td class="n">${apart(crossing)}</td><td class="judgement">${chip(verdict, word)}<small>${crossing.why}</small></td></tr>`
  })}</tbody></table>`,
)}`
}
