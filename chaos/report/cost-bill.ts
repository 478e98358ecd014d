import type { CostFile, CostMeters } from '../record/cost-file.ts'
import { LINES } from '../record/cost-file.ts'
import { formatSpan } from '../core/units.ts'
import { platformTitle } from '../platforms/index.ts'
import { LINE_WORDS, quantity, usd } from './cost-words.ts'
import { plural } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { scrolling, table } from '../page/table.ts'

type Bill = CostFile['bills'][number]

/** The bill of the run's platform, its two events, its prices, and what it does and does not rest on. */
export function billPart(cost: CostFile, meters: CostMeters): Html {
  const bill = cost.bills.find(({ platform }) => platform === meters.platform)
  if (meters.software?.kind === 'stand-in')
    return html`<h3>What it costs a month</h3>
<p>What ran was a stand-in. What it did is not the doing of ${platformTitle(meters.platform)}, so no bill of that is shown here.</p>`
  if (!bill) return html`<h3>What it costs a month</h3><p>The model does not know this platform.</p>`
  const measured = cost.measuredBill
  return html`<h3>What ${platformTitle(bill.platform)} costs a month</h3>
<p class="lead">${workloadWords(cost)} A model over published prices, not the lab’s own bill.${measured && html` The second column has this run’s crossings per byte in place of the formula’s.`}</p>
${billTable(bill, measured)}
<p class="source">cost.json /bills, /measuredBill. Another workload: <code>npx . cost</code> with <code>--workload</code>.</p>
${workings(bill)}
${pricePart(cost, bill)}
${groundPart(cost)}`
}

function workloadWords({ workload }: CostFile): string {
  const { replays, brokerLossesPerYear } = workload
  return (
    `For the workload “${workload.workload}” in ${workload.region}: ${workload.ingestMbPerSecond} MB/s, ` +
    `${stated(workload.fanOut, 'consumer group')}, ${stated(workload.zones, 'zone')}, ` +
    `${stated(replays.perMonth, 'replay')} a month of ${formatSpan(replays.depth)}, ${stated(brokerLossesPerYear, 'lost broker')} a year.`
  )
}

/** As it was stated: half a replay a month is one in two. */
const stated = (value: number, one: string): string => `${value} ${value === 1 ? one : `${one}s`}`

function billTable(bill: Bill, measured: Bill | null): Html {
  const lineOf = ({ lines }: Bill, name: string) => lines.find(({ line }) => line === name)?.usdPerMonth ?? 0
  const share = (name: string) =>
    bill.totalUsdPerMonth === 0 ? '–' : `${Math.round((lineOf(bill, name) / bill.totalUsdPerMonth) * 100)}%`
  const row = (label: Html | string, value: (one: Bill) => number, part = '', kind = '') =>
    html`<tr class="${kind}"><th scope="row">${label}</th><td class="n">${usd(value(bill))}</td><td class="n aside">${part}</td>${
      measured && html`<td class="n">${usd(value(measured))}</td>`
    }</tr>`
  const event = (name: string) => html`${name}<small>beside what is in the bill</small>`
  const total = html`Total a month<small>${plural(bill.sizing.brokers, 'broker')}</small>`
  return scrolling(
    'The bill, line by line',
    html`<table class="matrix bill">
<thead><tr><td></td><th scope="col" class="n">By the formula</th><th scope="col" class="n aside">Share</th>${measured && html`<th scope="col" class="n">As measured</th>`}</tr></thead>
<tbody>${LINES.map(name => row(LINE_WORDS[name], one => lineOf(one, name), share(name)))}
${row(total, one => one.totalUsdPerMonth, '', 'sum')}
${row(event('One more replay'), one => one.usdPerReplay)}
${row(event('One lost broker'), one => one.usdPerBrokerLoss)}</tbody></table>`,
  )
}

function workings({ lines }: Bill): Html {
  return html`<details><summary>How each line was worked out</summary><ul class="notes">${lines.map(
    ({ line, formula, inputs }) =>
      html`<li><b>${LINE_WORDS[line]}</b>: ${formula}. ${inputs.length > 0 && html`<small>${inputs.map(({ name, value, unit }) => `${name} ${quantity(value, unit)}`).join('; ')}</small>`}</li>`,
  )}</ul></details>`
}

/** Of the prices that this platform's bill rests on; others are in cost.json. */
function pricePart({ prices }: CostFile, { lines }: Bill): Html {
  const items = new Set(lines.flatMap(line => line.prices.map(({ item }) => item)))
  const used = prices.used.filter(({ item }) => items.has(item))
  const flagged = used.filter(({ flags }) => flags.length > 0)
  const judged = `Prices are those of ${prices.file}, as old as they were on ${prices.judgedOn}, the day of the run.`
  return html`<h3>How sure the prices are</h3>
<p>${judged} ${
    flagged.length === 0
      ? 'Every price in this bill is recent and sourced.'
      : html`<b>${flagged.length} of the ${used.length} in this bill are flagged</b>: older than 180 days, without a date, or of low confidence. <code>npx . prices refresh</code> brings today’s.`
  }</p>
<details><summary>Every price in this bill</summary>
${table({
  label: 'Every price in this bill',
  rows: used,
  columns: [
    ['Price', ({ item }) => html`<code>${item}</code>`],
    ['USD', ({ price, unit }) => html`${plainNumber(price)}<br /><small>per ${unit}</small>`, 'n'],
    ['Last seen', ({ date }) => date ?? 'no date'],
    ['Confidence', ({ confidence }) => confidence],
    ['Flags', ({ flags }) => (flags.length === 0 ? '–' : flags.map(({ why }) => why).join('; '))],
  ],
})}</details>`
}

/** A price of a request has seven digits behind the point and must not be shown with an exponent. */
const plainNumber = (value: number): string => value.toFixed(9).replace(/\.?0+$/, '')

function groundPart({ extrapolated, notExtrapolated, notCounted }: CostFile): Html {
  const part = (title: string, lines: readonly string[]) =>
    html`<li><b>${title}</b><ul>${lines.map(line => html`<li>${line}</li>`)}</ul></li>`
  return html`<h3>What is taken from this run, and what is not</h3>
<ul class="notes grounds">${part('Taken from this small run', extrapolated)}${part('Not taken from it', notExtrapolated)}${part('Not in the bill', notCounted)}</ul>`
}
