import type { ChartOption, ChartSize } from '../page/chart.ts'
import { csvLink } from '../page/csv.ts'
import { clockTime } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { table } from '../page/table.ts'
import {
  type Incident,
  type Panel,
  type PanelLine,
  plotSides,
  stackHeight,
  stackOption,
} from '../page/panels.ts'
import { instantStep, momentId } from './moments.ts'
import type { ReportData } from './report-data.ts'

type Span = Pick<ReportData, 'zero' | 'from' | 'to'>

/** One instant of a stack of panels, with what each line was then. */
interface Instant {
  readonly t: number
  readonly values: readonly (number | null)[]
}

/** A sample counts for an instant until the next one is due; older ones are a hole. */
const FRESH_MS = 3000

/** How a stack of panels is drawn, with what a pointer over it shows: its part of a figure. */
export function stackDrawing(panels: readonly Panel[], events: readonly Incident[], span: Span) {
  const height = () => stackHeight(panels)
  return {
    height,
    draw: (size: ChartSize): ChartOption => stackOption(panels, events, span, size),
    hover: (size: ChartSize): Html => hoverValues(panels, span, size, height()),
  }
}

/** What a pointer over the picture shows, second by second; no script is needed for it. */
function hoverValues(panels: readonly Panel[], span: Span, size: ChartSize, height: number): Html {
  if (size.kind !== 'wide') return html``
  const lines = linesOf(panels)
  const { left, right } = plotSides(size)
  const width = (size.width - left - right) / (span.to - span.from)
  const instants = instantsOf(lines, span)
  return html`<g fill="transparent">${instants.map(({ t, values }, index) => {
    const x = left + (t - span.from) * width
    const next = instants[index + 1]?.t ?? span.to
    const told = lines.flatMap((line, at) => {
      const value = values[at]
      return value === null || value === undefined ? [] : [`${line.name} ${line.show(value)}`]
    })
    return html`<rect x="${x.toFixed(1)}" y="0" width="${Math.max(0, (next - t) * width).toFixed(1)}" height="${height}"><title>${clockTime(t - span.zero)}: ${told.join(', ')}</title></rect>`
  })}</g>`
}

interface ValueTable {
  /** Of the figure: what its file of values is called. */
  readonly id: string
  /** Whether times elsewhere in the page lead to its rows; one table of a page does. @default false */
  readonly hasMoments?: boolean
  /** Where more is told of an instant within the page; null: nowhere. @default nowhere */
  readonly toldAt?: (t: number) => string | null
}

/** The same values for keyboards, screen readers, copying and other programs. */
export function valueTable(
  panels: readonly Panel[],
  span: Span,
  what: string,
  { id, hasMoments = false, toldAt = () => null }: ValueTable,
): Html {
  const lines = linesOf(panels)
  const instants = instantsOf(lines, span)
  if (instants.length === 0) return html``
  return html`<details><summary>Its values as a table</summary><p>${csvOf(id, lines, instants, span)}</p>${table(
    {
      label: `Values of ${what}`,
      kind: 'values',
      rows: instants,
      ...(hasMoments && { idOf: ({ t }: Instant) => momentId(span, t) }),
      columns: [
        [
          'Time',
          ({ t }) => {
            const address = toldAt(t)
            const at = clockTime(t - span.zero)
            return address === null ? at : html`${at} <a href="#${address}">logs</a>`
          },
        ],
        ...lines.map(
          (line, index) =>
            [
              `${line.panel}: ${line.name}`,
              ({ values }: (typeof instants)[number]) => {
                const value = values[index] ?? null
                return value === null ? '–' : line.show(value)
              },
              'n',
            ] as const,
        ),
      ],
    },
  )}</details>`
}

const csvOf = (id: string, lines: readonly ShownLine[], instants: readonly Instant[], { zero }: Span): Html =>
  csvLink(
    id,
    ['seconds', ...lines.map(({ panel, name }) => `${panel}: ${name}`)],
    instants.map(({ t, values }) => [(t - zero) / 1000, ...values]),
  )

interface ShownLine {
  readonly panel: string
  readonly name: string
  readonly points: PanelLine['points']
  readonly show: (value: number) => string
}

function linesOf(panels: readonly Panel[]): ShownLine[] {
  return panels.flatMap(panel =>
    panel.lines.map(line => ({
      panel: panel.shortTitle ?? panel.title,
      name: line.name,
      points: line.points,
      show:
        panel.format ??
        ((value: number) => Number(value.toFixed(value < 10 ? 1 : 0)).toLocaleString('en-US')),
    })),
  )
}

function instantsOf(lines: readonly ShownLine[], span: Span): Instant[] {
  const { from, to } = span
  const step = instantStep(span)
  const at = lines.map(() => 0)
  const instants: Instant[] = []
  for (let t = from; t <= to; t += step) {
    const values = lines.map(({ points }, index) => {
      let i = at[index] ?? 0
      while (i + 1 < points.length && (points[i + 1]?.[0] ?? 0) <= t) i++
      at[index] = i
      const [when, value] = points[i] ?? [Number.NEGATIVE_INFINITY, null]
      return when <= t && t - when <= Math.max(FRESH_MS, step) ? value : null
    })
    if (values.some(value => value !== null)) instants.push({ t, values })
  }
  return instants
}
