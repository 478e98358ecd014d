import type { BarSeriesOption } from 'echarts'
import { LINES, type LineName } from '../../record/cost-file.ts'
import { type ChartOption, type ChartSize, figure } from '../../page/chart.ts'
import { LINE_WORDS, usd } from '../../report/cost-words.ts'
import { list, short } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import { ROLES } from '../../page/palette.ts'
import type { ComparedBill } from '../comparison.ts'
import { fillOf } from './bill-lines.ts'
import { lookOf } from './columns.ts'
import { axisTop, barsHeight, barsOption } from './interval-bars.ts'
import type { Heading } from './platform-table.ts'

/** A bill as a column: what is modelled and what was measured goes wherever its name goes. */
export interface BillColumn extends Heading {
  readonly bill: ComparedBill
}

export const lineOf = ({ bill }: BillColumn, name: LineName): number =>
  bill.lines.find(line => line.line === name)?.usdPerMonth ?? 0

const ROW = 52
const LEGEND = { wide: 76, narrow: 150 }

export function lineChart(bills: readonly BillColumn[]): Html {
  const told = bills.map(column => {
    const largest = LINES.toSorted((a, b) => lineOf(column, b) - lineOf(column, a)).slice(0, 3)
    const words = largest.map(name => `${LINE_WORDS[name].toLowerCase()} ${usd(lineOf(column, name))}`)
    return `${column.name}: ${usd(column.bill.totalUsdPerMonth)} a month, most of it ${list(words)}.`
  })
  return figure({
    id: 'bill-chart',
    title: 'Bill a month by line and platform',
    text: told.join(' '),
    caption: html`Lines that are too thin for their name are in the table, with all others.`,
    height: size => LEGEND[size.kind] + bills.length * ROW + 28,
    draw: size => lineOption(bills, size),
  })
}

function lineOption(bills: readonly BillColumn[], size: ChartSize): ChartOption {
  const wide = size.kind === 'wide'
  const [left, right] = wide ? [162, 90] : [4, 62]
  const most = axisTop(Math.max(1, ...bills.map(({ bill }) => bill.totalUsdPerMonth)))
  const pixels = (size.width - left - right) / most
  const used = LINES.filter(name => bills.some(column => lineOf(column, name) > 0))
  const series = used.map((name): BarSeriesOption => {
    const words = LINE_WORDS[name]
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
        fontSize: 11,
        rich: { on: { backgroundColor: ROLES.surface, padding: [2, 4], borderRadius: 3 } },
        // Only where it fits; the table has them all.
        formatter: ({ value }) => (Number(value) * pixels > words.length * 6.6 + 16 ? `{on|${words}}` : ''),
      },
    }
  })
  return {
    legend: {
      left: 0,
      top: 0,
      itemWidth: 24,
      itemHeight: 13,
      itemGap: wide ? 18 : 12,
      // Its words are wider on some machines than is reckoned with.
      ...(wide ? {} : { width: size.width - 40 }),
      data: used.map(name => LINE_WORDS[name]),
      textStyle: { color: ROLES.ink, fontSize: wide ? 12 : 11 },
      selectedMode: false,
    },
    grid: { left, right, top: LEGEND[size.kind] - 8, height: bills.length * ROW },
    xAxis: {
      type: 'value',
      min: 0,
      max: most,
      interval: most / 4,
      axisLabel: {
        color: ROLES.muted,
        fontSize: 11,
        formatter: (value: number) => `$${short(value)}`,
      },
      axisTick: { show: false },
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

/** What people cost by the workload's own hours is drawn apart: it is stated, and the same for every platform. */
export function eventChart(bills: readonly BillColumn[]): Html {
  const group = (title: string, of: (bill: ComparedBill) => readonly [usd: number, labour: number]) => ({
    title,
    bars: bills.map(({ short: label, bill }) => {
      const [median, hollowEnd] = of(bill)
      const { role } = lookOf(
        bill.platform,
        bills.map(one => one.bill.platform),
      )
      return { label, role, hollowEnd, spread: { median, low: null, high: null } }
    }),
  })
  const groups = [
    group('One more replay', bill => [bill.usdPerReplay, bill.labour.usdPerReplay]),
    group('One lost broker', bill => [bill.usdPerBrokerLoss, bill.labour.usdPerBrokerLoss]),
    group('Kept ready for replays, a month', bill => [bill.readyUsdPerMonth, 0]),
  ]
  const told = bills.map(
    ({ name, bill }) =>
      `${name}: ${usd(bill.usdPerReplay)} for one more replay, ${usd(bill.labour.usdPerReplay)} of it labour; ${usd(bill.usdPerBrokerLoss)} for one lost broker, ${usd(bill.labour.usdPerBrokerLoss)} of it labour; ${usd(bill.readyUsdPerMonth)} a month for machines kept ready for replays.`,
  )
  return figure({
    id: 'events-chart',
    title: 'Cost of one more replay, of one lost broker, and of being ready for replays',
    text: told.join(' '),
    caption: html`Filled: what the platform makes of it, by the model at the prices below. Hollow: people, by the hours and the rate that the workload states; the same for every platform until a team has measured its own.`,
    height: () => barsHeight(groups),
    draw: size => barsOption(groups, usd, size),
  })
}
