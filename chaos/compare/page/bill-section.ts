import { findPlatform, platformTitle } from '../../platforms/index.ts'
import { LINES } from '../../record/cost-file.ts'
import { LINE_WORDS, quantity, usd } from '../../report/cost-words.ts'
import { list } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import { table } from '../../page/table.ts'
import type { Section } from '../../page/page.ts'
import type { ComparedBill, ComparedCost } from '../comparison.ts'
import { type BillColumn, eventChart, lineChart, lineOf } from './bill-chart.ts'
import { type Column, modelOf, type ComparisonData } from './columns.ts'
import { collapsible, type PlatformRow, platformTable } from './platform-table.ts'

/** What it costs to run, and what it costs to recover: each line of the bill, for one stated workload. */
export const billSection: Section<ComparisonData> = {
  id: 'cost',
  label: 'Cost',
  title: 'What it costs a month',
  body: ({ comparison, columns }) => renderBill(comparison.cost, columns),
}

function renderBill(cost: ComparedCost, columns: readonly Column[]): Html {
  const bills = cost.bills.map(bill => billColumn(bill, columns))
  return html`<p class="lead">A model over published prices for the workload “${cost.workload.workload}” in ${cost.workload.region}, not the lab’s own bill.${
    cost.workload.example &&
    html` <b>The workload is the example that this program ships, not yours:</b> give your own with <code>--workload</code>.`
  } ${footing(cost.bills)}${variants(bills)}</p>
<dl class="given">${cost.stated.map(({ what, value }) => html`<div><dt>${what}</dt><dd>${value}</dd></div>`)}</dl>
${
  bills.length === 0
    ? html`<p>No bill was worked out.</p>`
    : html`${lineChart(bills)}${lineTable(bills)}
<h3>What it costs to recover</h3>
<p class="lead">One more of each, beside what is in the bill already; and what is paid all month so that a replay can run beside the usual load. A plan that is affordable only while nobody replays is not a plan.</p>
${eventChart(bills)}${measuredTable(cost, columns)}${formulas(bills)}`
}
${boundaries(cost)}
<p class="source">comparison.json /cost; workload ${cost.workload.file}, prices ${cost.prices.file}</p>`
}

/** All bills of a table stand on the same ground, or say where they do not. */
function footing(bills: readonly ComparedBill[]): string {
  const measured = bills.filter(bill => bill.crossingsFrom === 'measured').length
  if (measured === 0) return 'Bytes across zones are by the usual formula, for all of them.'
  if (measured === bills.length)
    return 'Bytes across zones are what the runs measured for each byte, for all of them.'
  return 'Bytes across zones are as measured for some and by the usual formula for others, so small differences mean nothing.'
}

/** What no run stands behind; and a product's other form, which may be half of the price. */
function variants(bills: readonly BillColumn[]): string {
  const alone = bills.filter(({ bill, tag }) => tag !== null && !bill.ran).map(({ name }) => name)
  const forms = bills.filter(({ bill }) => findPlatform(bill.platform)?.variantOf)
  const both =
    forms.length > 0
      ? ` ${list(forms.map(({ bill }) => platformTitle(findPlatform(bill.platform)?.variantOf ?? '')))} is priced in both of its forms, whichever was asked for.`
      : ''
  return alone.length === 0 ? both : ` ${list(alone)}: the model alone, nothing of it ran.${both}`
}

function billColumn(bill: ComparedBill, columns: readonly Column[]): BillColumn {
  const { name, tag, short } = modelOf(columns, bill.platform)
  return { name, tag, label: tag === null ? name : `${name} (${tag})`, short, bill }
}

function lineTable(bills: readonly BillColumn[], region = 'Bill a month by line and platform'): Html {
  const row = (
    label: string,
    value: (bill: ComparedBill) => Html | string,
    leads = false,
  ): PlatformRow<BillColumn> => ({
    label,
    leads,
    cell: ({ bill }) => value(bill),
  })
  return platformTable<BillColumn>({
    label: region,
    first: 'A month',
    columns: bills,
    groups: [
      LINES.map(name => ({ label: LINE_WORDS[name], cell: column => usd(lineOf(column, name)) })),
      [row('Total', bill => usd(bill.totalUsdPerMonth), true)],
      [
        row('Cost of one more replay', bill => parts(bill.usdPerReplay, bill.labour.usdPerReplay)),
        row('Cost of one lost broker', bill => parts(bill.usdPerBrokerLoss, bill.labour.usdPerBrokerLoss)),
        row('Machines kept ready for replays, a month', bill => usd(bill.readyUsdPerMonth)),
        row('Brokers', bill => String(bill.brokers)),
      ],
    ],
  })
}

const parts = (all: number, labour: number): Html =>
  html`${usd(all)}<small>${usd(Number((all - labour).toFixed(2)))} the platform, ${usd(labour)} labour</small>`

/** Apart from the others: a bill as measured is not to be set against one by the formula. */
function measuredTable({ measuredBills, bills }: ComparedCost, columns: readonly Column[]): Html {
  if (measuredBills.length === 0 || bills.every(bill => bill.crossingsFrom === 'measured')) return html``
  return collapsible(
    'The bills of those that ran, with bytes across zones as measured',
    html`<p class="lead">Small batches, as in the lab, make bytes across zones more than they are in production. Compare these with each other only.</p>${lineTable(
      measuredBills.map(bill => billColumn(bill, columns)),
      'Bills with bytes across zones as measured',
    )}`,
  )
}

function formulas(bills: readonly BillColumn[]): Html {
  return collapsible(
    'How each line was worked out, and from what',
    html`${bills.map(
      ({ label, bill }) =>
        html`<h4>${label}</h4>${table({
          label: `Lines of the bill: ${label}`,
          kind: 'roomy',
          rows: bill.lines,
          columns: [
            ['Line', ({ line }) => LINE_WORDS[line]],
            ['A month', ({ usdPerMonth }) => usd(usdPerMonth), 'n'],
            ['Formula', ({ formula }) => formula],
            [
              'From',
              ({ inputs }) =>
                inputs.map(({ name, value, unit }) => `${name} ${quantity(value, unit)}`.trim()).join('; '),
            ],
          ],
        })}`,
    )}`,
  )
}

function boundaries({ extrapolated, notExtrapolated, notCounted }: ComparedCost): Html {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['Extrapolated from small runs', extrapolated],
    ['Not extrapolated', notExtrapolated],
    ['In no bill', notCounted],
  ]
  return html`${lists.map(
    ([title, lines]) =>
      lines.length > 0 &&
      html`<h3>${title}</h3><ul class="notes">${lines.map(line => html`<li>${line}</li>`)}</ul>`,
  )}`
}
