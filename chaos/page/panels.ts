import type { CustomSeriesOption, LineSeriesOption } from 'echarts'
import type { ChartOption, ChartSize } from './chart.ts'
import { clockTime, short } from './format.ts'
import { ROLES, type Role } from './palette.ts'

/** A fault or an action as a bar on the time axis. `number` ties the picture to the list below it. */
export interface Incident {
  readonly number: number
  readonly id: string
  readonly label: string
  readonly role: 'fault' | 'action'
  readonly fromMs: number
  readonly toMs: number
  /** When its effect was proven; null where it was not, or for an action. */
  readonly provenMs: number | null
  readonly summary: string
}

/** What the axis shows, and which moment it calls 0:00; milliseconds of the run. */
export interface TimeRange {
  readonly zero: number
  readonly from: number
  readonly to: number
}

/** One small chart in a stack; all share one time axis. */
export interface Panel {
  readonly title: string
  /** On a phone; @default title */
  readonly shortTitle?: string
  readonly height: number
  readonly log?: boolean
  readonly lines: readonly PanelLine[]
  readonly format?: (value: number) => string
  /** Whether its values have an axis with words; not where they are only there or not. @default true */
  readonly hasScale?: boolean
  /** The top of its axis, so that panels of several runs compare; @default what its own lines need */
  readonly max?: number
  /** Drawn across it: what a gate allows, or what counts as slow. */
  readonly limits?: readonly { readonly value: number; readonly label: string }[]
  /** Lines that stand in it: until when something must have happened. */
  readonly deadlines?: readonly { readonly t: number; readonly label: string }[]
  /** What is tinted in it; @default what the lane shows */
  readonly events?: readonly Incident[]
}
export interface PanelLine {
  readonly name: string
  readonly role: Role
  /** `[t, value]`; a null value is a hole in the line. */
  readonly points: readonly (readonly [t: number, value: number | null])[]
  readonly shape?: 'line' | 'area' | 'step'
  readonly dashed?: boolean
}

const LANE_HEIGHT = 40
const TITLE_HEIGHT = 30
const GAP = 14
const AXIS_HEIGHT = 24
/** The smallest latency that a log axis shows. */
const LOG_FLOOR = 1

export function stackHeight(panels: readonly Panel[]): number {
  return LANE_HEIGHT + panels.reduce((sum, panel) => sum + TITLE_HEIGHT + panel.height + GAP, 0) + AXIS_HEIGHT
}

/** How far the plots stand from the sides of the picture. */
export const plotSides = (size: ChartSize): { readonly left: number; readonly right: number } =>
  size.kind === 'wide' ? { left: 52, right: 16 } : { left: 48, right: 8 }

/** Panels under one another, with the incidents on a lane above and tinted through all of them. */
export function stackOption(
  panels: readonly Panel[],
  events: readonly Incident[],
  time: TimeRange,
  size: ChartSize,
): ChartOption {
  const { left, right } = plotSides(size)
  // A plot that makes room for wider labels would not stand under the one above it.
  const sides = { left, right, outerBoundsMode: 'none' as const }
  const x = (t: number) => (t - time.zero) / 1000
  const range = { min: x(time.from), max: x(time.to) }
  let top = LANE_HEIGHT
  const tops = panels.map(panel => {
    const at = top + TITLE_HEIGHT
    top = at + panel.height + GAP
    return at
  })
  return {
    title: panels.map((panel, index) => panelTitle(panel, (tops[index] ?? 0) - TITLE_HEIGHT + 6, size)),
    grid: [
      { ...sides, top: 4, height: LANE_HEIGHT - 8 },
      ...panels.map((panel, index) => ({ ...sides, top: tops[index] ?? 0, height: panel.height })),
    ],
    xAxis: [
      { gridIndex: 0, type: 'value', show: false, ...range },
      ...panels.map((_, index) => timeAxis(index + 1, index === panels.length - 1, range, size)),
    ],
    yAxis: [
      { gridIndex: 0, type: 'value', show: false, min: 0, max: 1 },
      ...panels.map((panel, index) => valueAxis(panel, index + 1)),
    ],
    series: [
      laneSeries(events, x, size, range, left + right),
      ...panels.flatMap((panel, index) =>
        panel.lines.map((line, order) =>
          lineSeries(panel, line, index + 1, x, order === 0 ? (panel.events ?? events) : [], order === 0),
        ),
      ),
    ],
  }
}

export function timeAxis(
  gridIndex: number,
  labelled: boolean,
  range: { readonly min: number; readonly max: number },
  size: ChartSize,
) {
  const ticks = roundTimes(range, size)
  return {
    gridIndex,
    type: 'value' as const,
    ...range,
    axisLine: { show: labelled, lineStyle: { color: ROLES.line } },
    axisTick: { show: labelled, customValues: ticks, lineStyle: { color: ROLES.line } },
    splitLine: { show: false },
    axisLabel: {
      show: labelled,
      customValues: ticks,
      color: ROLES.muted,
      formatter: (value: number) => clockTime(value * 1000),
    },
  }
}

/** Ticks that people count in, about as many as there is room for. */
function roundTimes(range: { readonly min: number; readonly max: number }, size: ChartSize): number[] {
  const wanted = (range.max - range.min) / (size.kind === 'wide' ? 14 : 5)
  const step = [5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find(each => each >= wanted) ?? 3600
  const first = Math.ceil(range.min / step) * step
  return Array.from(
    { length: Math.floor((range.max - first) / step) + 1 },
    (_, index) => first + index * step,
  )
}

function valueAxis(panel: Panel, gridIndex: number) {
  const format = panel.format ?? short
  const common = {
    gridIndex,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: ROLES.line, opacity: 0.55 } },
    axisLabel: { show: panel.hasScale ?? true, color: ROLES.muted, fontSize: 11, formatter: format },
  }
  if (panel.log) {
    const top =
      panel.max ?? Math.max(10, ...panel.lines.flatMap(line => line.points.map(([, value]) => value ?? 0)))
    return {
      ...common,
      type: 'log' as const,
      logBase: 10,
      min: LOG_FLOOR,
      max: 10 ** Math.ceil(Math.log10(top)),
    }
  }
  const values = panel.lines.flatMap(line => line.points.map(([, value]) => value ?? 0))
  const top = Math.max(0, ...values)
  // A limit that is near shows in the picture; one that is far away would flatten what was measured.
  const near = (panel.limits ?? []).map(({ value }) => value).filter(value => value > top && value <= 3 * top)
  // A line that stays at zero needs an axis all the same.
  const flat = top === 0
  return {
    ...common,
    type: 'value' as const,
    min: 0,
    splitNumber: 2,
    ...(flat ? { max: 1, interval: 1 } : {}),
    ...(near.length > 0 ? { max: Math.max(...near) * 1.1 } : {}),
    ...(panel.max === undefined ? {} : { max: panel.max, interval: panel.max / 2 }),
  }
}

function panelTitle(panel: Panel, top: number, size: ChartSize) {
  const name = size.kind === 'narrow' ? (panel.shortTitle ?? panel.title) : panel.title
  const [titleSize, keySize] = size.kind === 'wide' ? [13, 12] : [12, 11]
  const room =
    roomFor(name, titleSize) + panel.lines.reduce((sum, line) => sum + 38 + roomFor(line.name, keySize), 10)
  // Of one line, its title says what it is: a key that is cut off says nothing.
  const isNamed = panel.lines.length > 1 || room <= size.width
  const keys = panel.lines.map(
    (line, index) => `{c${index}|${line.dashed ? '┅' : '━'}}{k${index}|${isNamed ? line.name : ''}}`,
  )
  return {
    text: `{t|${name}}${keys.join('')}`,
    left: 0,
    top,
    padding: 0,
    textStyle: {
      fontSize: 12,
      rich: {
        t: {
          color: ROLES.ink,
          fontSize: titleSize,
          fontWeight: 600 as const,
          width: roomFor(name, titleSize) + 10,
        },
        ...Object.fromEntries(
          panel.lines.flatMap((line, index) => [
            [`c${index}`, { color: ROLES[line.role], fontSize: 12, width: 18 }],
            [`k${index}`, { color: ROLES.muted, fontSize: keySize, width: roomFor(line.name, keySize) + 10 }],
          ]),
        ),
      },
    },
  }
}

/** Nobody knows the reader's font here: enough for a wide one, so that labels never touch. */
function roomFor(text: string, fontSize: number): number {
  return Math.ceil(text.length * fontSize * 0.6)
}

function lineSeries(
  panel: Panel,
  line: PanelLine,
  index: number,
  x: (t: number) => number,
  events: readonly Incident[],
  isFirst: boolean,
): LineSeriesOption {
  const floor = panel.log ? LOG_FLOOR : 0
  return {
    type: 'line',
    xAxisIndex: index,
    yAxisIndex: index,
    data: line.points.map(([t, value]) => [x(t), value === null ? null : Math.max(floor, value)]),
    symbol: 'none',
    silent: true,
    emphasis: { disabled: true },
    ...(line.shape === 'step' ? { step: 'end' as const } : {}),
    lineStyle: { color: ROLES[line.role], width: 1.6, ...(line.dashed ? { type: [5, 3] } : {}) },
    ...(line.shape === 'area' ? { areaStyle: { color: ROLES[line.role], opacity: 0.14 } } : {}),
    ...(isFirst ? limitLines(panel, x) : {}),
    ...(events.length > 0 ? { markArea: { silent: true, data: tints(events, x) } } : {}),
  }
}

function limitLines(
  { limits = [], deadlines = [] }: Panel,
  x: (t: number) => number,
): Pick<LineSeriesOption, 'markLine'> {
  if (limits.length + deadlines.length === 0) return {}
  const label = { color: ROLES.vermilion, fontSize: 11, padding: 0 }
  return {
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: { color: ROLES.vermilion, width: 1, type: [4, 3] },
      data: [
        ...limits.map(one => ({
          yAxis: one.value,
          label: { ...label, position: 'insideEndTop' as const, formatter: one.label },
        })),
        ...deadlines.map(one => ({
          xAxis: x(one.t),
          label: { ...label, position: 'insideEndTop' as const, rotate: 90, formatter: one.label },
        })),
      ],
    },
  }
}

function tints(events: readonly Incident[], x: (t: number) => number) {
  return events.map(event => {
    const start = { xAxis: x(event.fromMs), itemStyle: { color: ROLES[event.role], opacity: 0.09 } }
    return [start, { xAxis: x(event.toMs) }] as [typeof start, { xAxis: number }]
  })
}

/** Between two texts of the lane. */
const TEXT_GAP = 3

/**
 * What stands above each bar: its number, with its name where there is room; nothing where it would run into another
 * one's. Faults come first: they are what a reader looks for.
 * @param at where on the line an instant is, in pixels @param end where the line ends
 */
export function laneTexts(
  events: readonly Incident[],
  at: (t: number) => number,
  end: number,
): readonly string[] {
  const texts = events.map(() => '')
  const taken: (readonly [from: number, to: number])[] = []
  const place = (index: number, text: string): boolean => {
    const from = at(events[index]?.fromMs ?? 0)
    const to = from + text.length * 7.2
    if (taken.some(([left, right]) => from < right + TEXT_GAP && left < to + TEXT_GAP)) return false
    texts[index] = text
    taken.push([from, to])
    return true
  }
  const order = [...events.keys()].toSorted((a, b) => rankOf(events[a]) - rankOf(events[b]) || a - b)
  for (const index of order) {
    const event = events[index]
    if (!event) continue
    const next = events[index + 1]
    const full = `${event.number} ${event.label}`
    const room = (next ? at(next.fromMs) : end) - at(event.fromMs)
    if (room <= full.length * 6.6 + 8 || !place(index, full)) place(index, String(event.number))
  }
  return texts
}

const rankOf = (event: Incident | undefined): number => (event?.role === 'fault' ? 0 : 1)

/** The lane of bars above the panels: from intent to healing, with a notch where the effect was proven. */
export function laneSeries(
  events: readonly Incident[],
  x: (t: number) => number,
  size: ChartSize,
  range: { readonly min: number; readonly max: number },
  margins: number,
): CustomSeriesOption {
  const pixels = (size.width - margins) / (range.max - range.min)
  const texts = laneTexts(events, t => (x(t) - range.min) * pixels, size.width - margins)
  return {
    type: 'custom',
    xAxisIndex: 0,
    yAxisIndex: 0,
    silent: true,
    data: events.map(event => [x(event.fromMs), x(event.toMs)]),
    renderItem: (params, api) => {
      const event = events[params.dataIndex]
      if (!event) return null
      const [left = 0, top = 0] = api.coord([x(event.fromMs), 0.34])
      const right = api.coord([x(event.toMs), 0])[0] ?? left
      const proven = event.provenMs === null ? null : (api.coord([x(event.provenMs), 0])[0] ?? null)
      return {
        type: 'group',
        children: [
          {
            type: 'rect',
            shape: { x: left, y: top, width: Math.max(2, right - left), height: 8, r: 2 },
            style: { fill: ROLES[event.role], opacity: 0.85 },
          },
          ...(proven === null
            ? []
            : [
                {
                  type: 'rect' as const,
                  shape: { x: proven, y: top - 3, width: 1.5, height: 14 },
                  style: { fill: ROLES.ink },
                },
              ]),
          {
            type: 'text',
            style: {
              x: left,
              y: top - 17,
              text: texts[params.dataIndex] ?? '',
              fill: ROLES.ink,
              fontSize: 12,
              fontWeight: 600,
            },
          },
        ],
      }
    },
  }
}
