import type { BarSeriesOption } from 'echarts'
import { LINES, type LineName } from '../../cost/model/bill-line.ts'
import { type ChartOption, type ChartSize, figure } from '../../report/chart.ts'
import { list, short } from '../../report/format.ts'
import { type Html, html } from '../../report/html.ts'
import { ROLES } from '../../report/palette.ts'
import { fillOf, LINE_LOOKS } from './bill-lines.ts'
import type { ComparedBill, ComparedCost } from '../comparison.ts'
import { type Column, lookOf, nameOf } from './columns.ts'
import { barsHeight, barsOption } from './interval-bars.ts'
import { behind, type Heading, type PlatformRow, platformTable } from './platform-table.ts'
import { usd } from './spread-words.ts'

/** A bill as a column: what is modelled and what was measured goes wherever its name goes. */
interface BillColumn extends Heading {
  readonly short: string
  readonly bill: ComparedBill
}

/** What it costs to run, and what it costs to recover: each line of the bill, for one stated workload. */
export function billSection(cost: ComparedCost, columns: readonly Column[]): Html {
  const bills = cost.bills.map(bill => billColumn(bill, columns))
  return html`<section id="cost" aria-labelledby="cost-h">
<h2 id="cost-h">What it costs a month</h2>
<p class="lead">A model over published prices for the workload “${cost.workload.workload}” in ${cost.workload.region}, not the lab’s own bill. Where a platform ran, the bytes across zones are what its runs measured for each byte.</p>
<dl class="given">${cost.stated.map(({ what, value }) => html`<div><dt>${what}</dt><dd>${value}</dd></div>`)}</dl>
${
  bills.length === 0
    ? html`<p>No bill was worked out.</p>`
    : html`${lineChart(bills)}${lineTable(bills)}
<h3>What it costs to recover</h3>
<p class="lead">One more of each, beside what is in the bill already. A plan that is affordable only while nobody replays is not a plan.</p>
${eventChart(bills)}${formulas(bills)}`
}
${boundaries(cost)}
<p class="source">comparison.json /cost; workload ${cost.workload.file}, prices ${cost.prices.file}</p>
</section>`
}

function billColumn(bill: ComparedBill, columns: readonly Column[]): BillColumn {
  const column = columns.find(one => one.platform === bill.platform)
  const name = nameOf(columns, bill.platform)
  const tags = [
    ...(bill.ran ? (column?.tag ? [column.tag] : []) : ['the model alone: not run']),
    ...(bill.ran
      ? [
          bill.crossingsFrom === 'measured'
            ? 'bytes across zones as measured'
            : 'bytes across zones by formula',
        ]
      : []),
  ]
  const tag = tags.join('; ')
  return {
    name,
    tag,
    label: `${name} (${tag})`,
    short: `${column?.short ?? name}${bill.ran ? '' : ', model'}`,
    bill,
  }
}

const lineOf = ({ bill }: BillColumn, name: LineName): number =>
  bill.lines.find(line => line.line === name)?.usdPerMonth ?? 0

const ROW = 52
const LEGEND = { wide: 64, narrow: 138 }

function lineChart(bills: readonly BillColumn[]): Html {
  const told = bills.map(column => {
    const largest = LINES.toSorted((a, b) => lineOf(column, b) - lineOf(column, a)).slice(0, 3)
    const words = largest.map(name => `${LINE_LOOKS[name].words.toLowerCase()} ${usd(lineOf(column, name))}`)
    return `${column.label}: ${usd(column.bill.totalUsdPerMonth)} a month, most of it ${list(words)}.`
  })
  return figure({
    id: 'bill-chart',
    title: 'Bill a month by line and platform',
    text: told.join(' '),
    height: size => LEGEND[size.kind] + bills.length * ROW + 28,
    draw: size => lineOption(bills, size),
  })
}

function lineOption(bills: readonly BillColumn[], size: ChartSize): ChartOption {
  const wide = size.kind === 'wide'
  const [left, right] = wide ? [150, 90] : [4, 62]
  const most = Math.max(1, ...bills.map(({ bill }) => bill.totalUsdPerMonth))
  const pixels = (size.width - left - right) / most
  const used = LINES.filter(name => bills.some(column => lineOf(column, name) > 0))
  const series = used.map((name): BarSeriesOption => {
    const { words } = LINE_LOOKS[name]
    return {
      name: words,
      type: 'bar',
      stack: 'bill',
      silent: true,
      barWidth: 24,
      data: bills.map(column => lineOf(column, name)),
      itemStyle: { ...fillOf(name), borderColor: ROLES.surface, borderWidth: 1 },
      label: {
        show: true,
        color: ROLES.ink,
        backgroundColor: ROLES.surface,
        padding: [2, 4],
        borderRadius: 3,
        fontSize: 11,
        // Only where it fits; the table has them all.
        formatter: ({ value }) => (Number(value) * pixels > words.length * 6.6 + 16 ? words : ''),
      },
    }
  })
  return {
    legend: {
      left: 0,
      top: 0,
      itemWidth: 24,
      itemHeight: 13,
      itemGap: wide ? 18 : 10,
      data: used.map(name => LINE_LOOKS[name].words),
      textStyle: { color: ROLES.ink, fontSize: 12 },
      selectedMode: false,
    },
    grid: { left, right, top: LEGEND[size.kind] - 8, height: bills.length * ROW },
    xAxis: {
      type: 'value',
      min: 0,
      max: most,
      splitNumber: wide ? 6 : 3,
      axisLabel: {
        color: ROLES.muted,
        fontSize: 11,
        formatter: (value: number) => `$${short(value)}`,
        showMaxLabel: false,
      },
      splitLine: { lineStyle: { color: ROLES.line, opacity: 0.55 } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: bills.map(column => column.short),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: wide
        ? { color: ROLES.ink, fontSize: 13 }
        : {
            color: ROLES.ink,
            fontSize: 12,
            inside: true,
            align: 'left',
            verticalAlign: 'bottom',
            padding: [0, 0, 14, -6],
          },
    },
    series: [...series, totals(bills)],
  }
}

/** Nothing to see of itself: it carries the sum at the end of each bar. */
function totals(bills: readonly BillColumn[]): BarSeriesOption {
  return {
    type: 'bar',
    stack: 'bill',
    silent: true,
    data: bills.map(() => 0),
    label: {
      show: true,
      position: 'right',
      color: ROLES.ink,
      fontSize: 13,
      fontWeight: 600,
      formatter: ({ dataIndex }) => usd(bills[dataIndex]?.bill.totalUsdPerMonth ?? 0),
    },
  }
}

function lineTable(bills: readonly BillColumn[]): Html {
  const row = (
    label: string,
    value: (bill: ComparedBill) => string,
    leads = false,
  ): PlatformRow<BillColumn> => ({
    label,
    leads,
    cell: ({ bill }) => value(bill),
  })
  return platformTable<BillColumn>({
    label: 'Bill a month by line and platform',
    first: 'A month',
    columns: bills,
    groups: [
      LINES.map(name => ({ label: LINE_LOOKS[name].words, cell: column => usd(lineOf(column, name)) })),
      [row('Total', bill => usd(bill.totalUsdPerMonth), true)],
      [
        row('Cost of one more replay', bill => usd(bill.usdPerReplay)),
        row('Cost of one lost broker', bill => usd(bill.usdPerBrokerLoss)),
        row('Brokers', bill => String(bill.brokers)),
      ],
    ],
  })
}

function eventChart(bills: readonly BillColumn[]): Html {
  const group = (title: string, of: (bill: ComparedBill) => number) => ({
    title,
    bars: bills.map(({ short: label, bill }) => ({
      label,
      role: lookOf(bill.platform).role,
      spread: { median: of(bill), low: null, high: null },
    })),
  })
  const groups = [
    group('One more replay', bill => bill.usdPerReplay),
    group('One lost broker', bill => bill.usdPerBrokerLoss),
  ]
  const told = bills.map(
    ({ label, bill }) =>
      `${label}: ${usd(bill.usdPerReplay)} for one more replay, ${usd(bill.usdPerBrokerLoss)} for one lost broker.`,
  )
  return figure({
    id: 'events-chart',
    title: 'Cost of one more replay and of one lost broker',
    text: told.join(' '),
    height: () => barsHeight(groups),
    draw: size => barsOption(groups, usd, size),
  })
}

function formulas(bills: readonly BillColumn[]): Html {
  const shown = (value: number): string => String(Number(value.toPrecision(6)))
  return behind(
    'How each line was worked out, and from what',
    html`${bills.map(
      ({ label, bill }) =>
        html`<h4>${label}</h4><div class="scroll" role="region" aria-label="Lines of the bill: ${label}" tabindex="0"><table>
<thead><tr><th scope="col">Line</th><th scope="col" class="n">A month</th><th scope="col">Formula</th><th scope="col">From</th></tr></thead>
<tbody>${bill.lines.map(
          line =>
            html`<tr><th scope="row">${LINE_LOOKS[line.line].words}</th><td class="n">${usd(line.usdPerMonth)}</td><td>${line.formula}</td><td>${line.inputs
              .map(({ name, value, unit }) => `${name} ${shown(value)} ${unit}`.trim())
              .join('; ')}</td></tr>`,
        )}</tbody></table></div>`,
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
