import type { LineSeriesOption } from 'echarts'
import { type ChartOption, type ChartSize, figure } from '../../report/chart.ts'
import { list, short } from '../../report/format.ts'
import { type Html, html } from '../../report/html.ts'
import { ROLES } from '../../report/palette.ts'
import type { ComparedBreakEven, ComparedCost } from '../comparison.ts'
import { type Column, lookOf, nameOf } from './columns.ts'
import { usd } from './spread-words.ts'

/** The levers that are drawn; the others are told in words. */
const DRAWN = ['ingest', 'retention', 'fan-out']

type Crossing = ComparedBreakEven['crossings'][number]

/** Where the platforms' lines cross, as one thing grows and everything else stays. */
export function breakEvenSection({ breakEvens, bills }: ComparedCost, columns: readonly Column[]): Html {
  const drawn = DRAWN.flatMap(lever => breakEvens.filter(one => one.lever === lever && one.curves.length > 0))
  const notRun = bills.filter(bill => !bill.ran).map(bill => nameOf(columns, bill.platform))
  return html`<section id="break-even" aria-labelledby="break-even-h">
<h2 id="break-even-h">Where the cheaper one changes</h2>
<p class="lead">Bill a month as one thing grows and everything else stays as stated; both axes are logarithmic, and the upright line is what the workload states. A number marks where two bills cross.${
    notRun.length > 0 && ` ${list(notRun)}: by the model alone, without a run.`
  }</p>
${
  drawn.length > 0 &&
  figure({
    id: 'break-even-chart',
    title: 'Bill a month over ingest, retention and fan-out',
    text: breakEvens
      .filter(one => DRAWN.includes(one.lever))
      .map(
        one =>
          `${capital(one.lever)}: ${one.crossings.length === 0 ? 'no crossing in the range' : list(one.crossings.map(crossing => crossingWords(one, crossing, columns)))}.`,
      )
      .join(' '),
    caption: html`Numbers as in the list below.`,
    height: size => LEGEND[size.kind] + (size.kind === 'wide' ? 1 : drawn.length) * BLOCK,
    draw: size => option(drawn, columns, size),
  })
}
<h3>All crossings</h3>
${breakEvens.length === 0 ? html`<p>None was looked for.</p>` : html`<ul class="plain">${[...drawn, ...breakEvens.filter(one => !drawn.includes(one))].map(one => leverItem(one, drawn, columns))}</ul>`}
<p class="source">comparison.json /cost/breakEvens, with the points of each line</p>
</section>`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function leverItem(
  one: ComparedBreakEven,
  drawn: readonly ComparedBreakEven[],
  columns: readonly Column[],
): Html {
  const number = (crossing: Crossing): Html | false =>
    drawn.includes(one) && html`<b class="mark">${numberOf(crossing, drawn)}</b> `
  return html`<li><b>${capital(one.lever)}.</b> ${
    one.crossings.length === 0
      ? 'No crossing in the range.'
      : one.crossings.map(crossing => html`${number(crossing)}${crossingWords(one, crossing, columns)}. `)
  }</li>`
}

function crossingWords(
  { unit, lever }: ComparedBreakEven,
  crossing: Crossing,
  columns: readonly Column[],
): string {
  const { value, factor, cheaperBelow, cheaperAbove, usdPerMonth } = crossing
  const at =
    value === null ? `${factor.toFixed(2)} × the stated ${lever}` : `${Number(value.toPrecision(3))} ${unit}`
  return `${nameOf(columns, cheaperBelow)} costs less below ${at}, ${nameOf(columns, cheaperAbove)} above (${usd(usdPerMonth)} a month there)`
}

/** From 1 on through all drawn levers, as the list has them. */
function numberOf(crossing: Crossing, drawn: readonly ComparedBreakEven[]): number {
  return drawn.flatMap(one => one.crossings).indexOf(crossing) + 1
}

const BLOCK = 300
const LEGEND = { wide: 34, narrow: 58 }
const PLOT = 212

function option(
  drawn: readonly ComparedBreakEven[],
  columns: readonly Column[],
  size: ChartSize,
): ChartOption {
  const wide = size.kind === 'wide'
  const share = wide ? size.width / drawn.length : size.width
  const [left, right] = wide ? [46, 18] : [46, 12]
  const all = drawn.flatMap(one => one.curves.flatMap(curve => curve.points.map(point => point.usdPerMonth)))
  const money = { min: Math.min(...all) * 0.9, max: Math.max(...all) * 1.1 }
  const place = (index: number) => ({
    left: (wide ? index * share : 0) + left,
    top: LEGEND[size.kind] + (wide ? 0 : index * BLOCK) + 26,
    width: share - left - right,
    height: PLOT,
  })
  return {
    legend: {
      left: 0,
      top: 0,
      itemWidth: 34,
      itemGap: 18,
      selectedMode: false,
      textStyle: { color: ROLES.ink, fontSize: 12 },
      data: [...new Set(drawn.flatMap(one => one.curves.map(curve => lineName(curve.platform, columns))))],
    },
    title: drawn.map((one, index) => ({
      text: `${capital(one.lever)}, ${one.unit}`,
      left: place(index).left - left,
      top: place(index).top - 26,
      padding: 0,
      textStyle: { color: ROLES.ink, fontSize: 13, fontWeight: 600 },
    })),
    grid: drawn.map((_, index) => place(index)),
    xAxis: drawn.map((one, index) => ({
      ...logAxis(index, extent(one)),
      axisLabel: labels(extent(one), short),
    })),
    yAxis: drawn.map((_, index) => ({
      ...logAxis(index, money),
      axisLabel: labels(money, value => `$${short(value)}`),
    })),
    series: drawn.flatMap((one, index) => series(one, index, drawn, columns)),
  }
}

const at = (one: { readonly value: number | null; readonly factor: number }): number =>
  one.value ?? one.factor

interface Extent {
  readonly min: number
  readonly max: number
}

function extent({ curves }: ComparedBreakEven): Extent {
  const values = curves.flatMap(curve => curve.points.map(at))
  return { min: Math.min(...values), max: Math.max(...values) }
}

function logAxis(gridIndex: number, { min, max }: Extent) {
  return {
    gridIndex,
    type: 'log' as const,
    min,
    max,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: ROLES.line, opacity: 0.55 } },
  }
}

function labels(range: Extent, format: (value: number) => string) {
  return {
    color: ROLES.muted,
    fontSize: 11,
    customValues: roundValues(range),
    formatter: (value: number) => format(value),
  }
}

/** Values that people read: tens, and twos and fives between them where there is room. */
function roundValues({ min, max }: Extent): number[] {
  const decades = Math.log10(max / min)
  const steps = decades > 2.2 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5]
  const first = Math.floor(Math.log10(min))
  const tens = Array.from({ length: Math.ceil(decades) + 2 }, (_, index) => 10 ** (first + index))
  return tens.flatMap(ten => steps.map(step => step * ten)).filter(value => value >= min && value <= max)
}

const lineName = (
  platform: ComparedBreakEven['curves'][number]['platform'],
  columns: readonly Column[],
): string => columns.find(column => column.platform === platform)?.short ?? nameOf(columns, platform)

function series(
  one: ComparedBreakEven,
  index: number,
  drawn: readonly ComparedBreakEven[],
  columns: readonly Column[],
): LineSeriesOption[] {
  const lines = one.curves.map(({ platform, points }): LineSeriesOption => {
    const { role, dash, symbol } = lookOf(platform)
    // About seven shapes a line are enough to tell it from the others.
    const every = Math.max(1, Math.round(points.length / 7))
    return {
      name: lineName(platform, columns),
      type: 'line',
      xAxisIndex: index,
      yAxisIndex: index,
      silent: true,
      symbol,
      symbolSize: (_: unknown, { dataIndex }: { dataIndex: number }) => (dataIndex % every === 0 ? 7 : 0),
      data: points.map(point => [at(point), point.usdPerMonth]),
      itemStyle: { color: ROLES[role] },
      lineStyle: { color: ROLES[role], width: 2, type: dash === 'solid' ? 'solid' : [...dash] },
    }
  })
  const stated = one.curves[0]?.points.find(point => point.factor === 1)
  const marks: LineSeriesOption = {
    type: 'line',
    xAxisIndex: index,
    yAxisIndex: index,
    silent: true,
    symbol: 'circle',
    symbolSize: 17,
    lineStyle: { width: 0, opacity: 0 },
    itemStyle: { color: ROLES.surface, borderColor: ROLES.ink, borderWidth: 1.5 },
    z: 5,
    data: one.crossings.map(crossing => ({
      value: [at(crossing), crossing.usdPerMonth],
      label: {
        show: true,
        position: 'inside' as const,
        formatter: String(numberOf(crossing, drawn)),
        color: ROLES.ink,
        fontSize: 11,
        fontWeight: 600 as const,
      },
    })),
    ...(stated ? { markLine: statedLine(at(stated)) } : {}),
  }
  return [...lines, marks]
}

function statedLine(value: number): NonNullable<LineSeriesOption['markLine']> {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: ROLES.muted, type: 'solid', width: 1 },
    label: { formatter: 'stated', color: ROLES.muted, fontSize: 11, position: 'insideEndTop', rotate: 0 },
    data: [{ xAxis: value }],
  }
}
