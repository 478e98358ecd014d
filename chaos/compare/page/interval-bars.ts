import type { CustomSeriesOption, CustomSeriesRenderItemAPI } from 'echarts'
import type { ChartOption, ChartSize } from '../../page/chart.ts'
import { ROLES, type Role } from '../../page/palette.ts'
import type { Spread } from '../comparison.ts'
import type { Format } from './spread-words.ts'

export interface Bar {
  readonly label: string
  readonly role: Role
  /** Drawn hollow: the same platform in its other state. */
  readonly hollow?: boolean
  /** So much at the end of the bar is drawn hollow: it has another reason. */
  readonly hollowEnd?: number
  readonly spread: Pick<Spread, 'median' | 'low' | 'high'>
}
export interface BarGroup {
  readonly title: string
  readonly bars: readonly Bar[]
}

const TITLE = 26
const ROW = 24
const BAR = 13
const FOOT = 26

const rowsOf = (groups: readonly BarGroup[]) =>
  groups.flatMap(group => [
    { title: group.title, bar: null },
    ...group.bars.map(bar => ({ title: null, bar })),
  ])

export function barsHeight(groups: readonly BarGroup[]): number {
  return groups.reduce((sum, group) => sum + TITLE + group.bars.length * ROW, 0) + FOOT
}

/** Bars in groups under titles, each with its median in words and a whisker for the interval of the median. */
export function barsOption(groups: readonly BarGroup[], format: Format, size: ChartSize): ChartOption {
  const rows = rowsOf(groups)
  const wide = size.kind === 'wide'
  const left = wide ? 152 : 140
  const right = wide ? 110 : 66
  const height = barsHeight(groups) - FOOT
  let below = 0
  const tops = rows.map(row => {
    const top = below
    below += row.title === null ? ROW : TITLE
    return top
  })
  const drawn = rows.some(({ bar }) => (bar?.spread.median ?? 0) > 0)
  // Whiskers and words are drawn by hand, so the axis must be told how far they reach.
  const reach = Math.max(
    0,
    ...rows.map(({ bar }) => Math.max(bar?.spread.median ?? 0, bar?.spread.high ?? 0)),
  )
  return {
    grid: { left, right, top: 0, height },
    xAxis: {
      type: 'value',
      min: 0,
      max: drawn ? axisTop(reach) : 1,
      interval: drawn ? axisTop(reach) / 4 : 1,
      axisLabel: { color: ROLES.muted, fontSize: 11, formatter: format, hideOverlap: true },
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: ROLES.line, opacity: 0.55 } },
    },
    // In pixels from the top, so that titles and rows may differ in height.
    yAxis: { type: 'value', min: 0, max: height, inverse: true, show: false },
    series: [
      {
        type: 'custom',
        silent: true,
        clip: false,
        data: rows.map((row, index) => [row.bar?.spread.median ?? 0, tops[index] ?? 0]),
        renderItem: (params, api) => {
          const row = rows[params.dataIndex]
          const top = tops[params.dataIndex] ?? 0
          if (!row) return null
          return row.bar === null
            ? text(row.title, 0, top + 15, ROLES.ink, wide ? 13 : 12, 600)
            : barParts(row.bar, top, api, format, size)
        },
      } satisfies CustomSeriesOption,
    ],
  }
}

/** The next number that splits into four round parts. */
export function axisTop(value: number): number {
  const ten = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8].find(step => step * ten >= value) ?? 10) * ten
}

function text(content: string, x: number, y: number, fill: string, fontSize: number, fontWeight = 400) {
  return {
    type: 'text' as const,
    style: { text: content, x, y, fill, fontSize, fontWeight, verticalAlign: 'middle' as const },
  }
}

function barParts(bar: Bar, top: number, api: CustomSeriesRenderItemAPI, format: Format, size: ChartSize) {
  const { spread, role, hollow, hollowEnd = 0 } = bar
  const middle = top + ROW / 2
  // Less than nothing, net of a steady rate, is nothing to draw; its number says so.
  const at = (value: number): number => api.coord([Math.max(0, value), 0])[0] ?? 0
  const zero = at(0)
  const label = text(bar.label, 8, middle, ROLES.muted, size.kind === 'wide' ? 12 : 11)
  if (spread.median === null)
    return { type: 'group' as const, children: [label, text('not known', zero + 6, middle, ROLES.muted, 12)] }
  const end = at(spread.median)
  const { low, high } = spread
  const whisker =
    low === null || high === null
      ? []
      : [
          stroke(at(low), middle, at(high), middle),
          stroke(at(low), middle - 4, at(low), middle + 4),
          stroke(at(high), middle - 4, at(high), middle + 4),
        ]
  const words = text(
    format(spread.median),
    Math.max(end, high === null ? 0 : at(high)) + 8,
    middle,
    ROLES.ink,
    12,
    600,
  )
  const rect = (from: number, to: number, fill: string) => ({
    type: 'rect' as const,
    shape: { x: from, y: middle - BAR / 2, width: Math.max(1.5, to - from), height: BAR, r: 2 },
    style: { fill, stroke: ROLES[role], lineWidth: 1.5 },
  })
  const filledTo = at(spread.median - hollowEnd)
  const parts =
    hollowEnd > 0
      ? [rect(filledTo, end, ROLES.surface), ...(filledTo > zero ? [rect(zero, filledTo, ROLES[role])] : [])]
      : [rect(zero, end, hollow ? ROLES.surface : ROLES[role])]
  return { type: 'group' as const, children: [label, ...parts, ...whisker, words] }
}

function stroke(x1: number, y1: number, x2: number, y2: number) {
  return {
    type: 'line' as const,
    shape: { x1, y1, x2, y2 },
    style: { stroke: ROLES.ink, lineWidth: 1.5 },
  }
}
