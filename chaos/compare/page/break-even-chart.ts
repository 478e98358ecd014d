import type { LineSeriesOption } from 'echarts'
import type { ChartOption, ChartSize } from '../../page/chart.ts'
import { short } from '../../page/format.ts'
import { ROLES } from '../../page/palette.ts'
import type { ComparedBreakEven } from '../comparison.ts'
import { type Column, lookOf, modelOf } from './columns.ts'
import { capital } from './top-section.ts'

export type Crossing = ComparedBreakEven['crossings'][number]

/** `Ingest, MB/s`; what has no unit of its own counts in what is stated. */
export function leverTitle({ lever, unit }: ComparedBreakEven): string {
  return `${capital(lever)}, ${unit.startsWith('×') ? '× as stated' : unit}`
}

/** Where two lines run together to the end of the range there is no place to mark; the list has it in words. */
export const isMarked = ({ cheaperBelow, cheaperAbove }: Crossing): boolean =>
  cheaperBelow !== null && cheaperAbove !== null

/** From 1 on through all drawn levers, as the list has them. */
export function numberOf(crossing: Crossing, drawn: readonly ComparedBreakEven[]): number {
  return (
    drawn
      .flatMap(one => one.crossings)
      .filter(isMarked)
      .indexOf(crossing) + 1
  )
}

const BLOCK = 278
const LEGEND = { wide: 34, narrow: 68 }
const PLOT = 212

/** Side by side on a desk, one below the other on a phone. */
export function breakEvenHeight(count: number, { kind }: ChartSize): number {
  return LEGEND[kind] + (kind === 'wide' ? 1 : count) * BLOCK - 6
}

export function breakEvenOption(
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
      itemGap: 24,
      selectedMode: false,
      textStyle: { color: ROLES.ink, fontSize: 12 },
      data: [
        ...new Set(drawn.flatMap(one => one.curves.map(curve => modelOf(columns, curve.platform).short))),
      ],
    },
    title: drawn.map((one, index) => ({
      text: leverTitle(one),
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

export const placeOf = (one: { readonly value: number | null; readonly factor: number }): number =>
  one.value ?? one.factor

interface Extent {
  readonly min: number
  readonly max: number
}

function extent({ curves }: ComparedBreakEven): Extent {
  const values = curves.flatMap(curve => curve.points.map(placeOf))
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

function series(
  one: ComparedBreakEven,
  index: number,
  drawn: readonly ComparedBreakEven[],
  columns: readonly Column[],
): LineSeriesOption[] {
  const drawnTogether = one.curves.map(({ platform }) => platform)
  const lines = one.curves.map(({ platform, points }): LineSeriesOption => {
    const { role, dash, symbol } = lookOf(platform, drawnTogether)
    // About seven shapes a line are enough to tell it from the others.
    const every = Math.max(1, Math.round(points.length / 7))
    return {
      name: modelOf(columns, platform).short,
      type: 'line',
      xAxisIndex: index,
      yAxisIndex: index,
      silent: true,
      symbol,
      symbolSize: (_: unknown, { dataIndex }: { dataIndex: number }) => (dataIndex % every === 0 ? 7 : 0),
      data: points.map(point => [placeOf(point), point.usdPerMonth]),
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
    lineStyle: { width: 0, opacity: 0 },
    itemStyle: { color: ROLES.surface, borderColor: ROLES.ink, borderWidth: 1.5 },
    z: 5,
    data: clusters(one.crossings.filter(isMarked)).map(near => markOf(near, drawn)),
    ...(stated ? { markLine: statedLine(placeOf(stated)) } : {}),
  }
  return [...lines, marks]
}

/** Crossings that would be drawn over one another, together. They come in order. */
function clusters(crossings: readonly Crossing[]): Crossing[][] {
  const found: Crossing[][] = []
  for (const crossing of crossings) {
    const last = found.at(-1)
    const before = last?.at(-1)
    if (last && before && crossing.factor / before.factor < CLOSE && isNear(crossing, before))
      last.push(crossing)
    else found.push([crossing])
  }
  return found
}

/** About the width of a mark, on axes that span three decades or less in some two hundred pixels. */
const CLOSE = 1.7
const isNear = (a: Crossing, b: Crossing): boolean =>
  Math.abs(Math.log10(a.usdPerMonth / b.usdPerMonth)) < 0.15

function markOf(near: readonly Crossing[], drawn: readonly ComparedBreakEven[]) {
  const middle = near[Math.floor(near.length / 2)]
  const words = near.map(crossing => numberOf(crossing, drawn)).join(', ')
  return {
    value: middle ? [placeOf(middle), middle.usdPerMonth] : [],
    symbol: near.length === 1 ? 'circle' : 'roundRect',
    symbolSize: [17 + (words.length - 1) * 6, 17],
    label: {
      show: true,
      position: 'inside' as const,
      formatter: words,
      color: ROLES.ink,
      fontSize: 11,
      fontWeight: 600 as const,
    },
  }
}

function statedLine(value: number): NonNullable<LineSeriesOption['markLine']> {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: ROLES.muted, type: 'solid', width: 1 },
    label: { show: false },
    data: [{ xAxis: value }],
  }
}
