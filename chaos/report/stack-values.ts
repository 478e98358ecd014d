import type { ChartSize } from '../page/chart.ts'
import { clockTime } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { table } from '../page/table.ts'
import { type Panel, type PanelLine, plotSides } from '../page/panels.ts'
import type { ReportData } from './report-data.ts'

type Span = Pick<ReportData, 'zero' | 'from' | 'to'>

/** One instant of a stack of panels, with what each line was then. */
interface Instant {
  readonly t: number
  readonly values: readonly (number | null)[]
}

/** A sample counts for an instant until the next one is due; older ones are a hole. */
const FRESH_MS = 3000
/** A page stays light: longer runs are read off in steps of several seconds. */
const MOST_INSTANTS = 240

/** What a pointer over the picture shows, second by second; no script is needed for it. */
export function hoverValues(panels: readonly Panel[], span: Span, size: ChartSize, height: number): Html {
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

/** The same values for keyboards, screen readers and copying. */
export function valueTable(panels: readonly Panel[], span: Span, what: string): Html {
  const lines = linesOf(panels)
  const instants = instantsOf(lines, span)
  if (instants.length === 0) return html``
  return html`<details><summary>Its values as a table</summary>${table({
    label: `Values of ${what}`,
    kind: 'values',
    rows: instants,
    columns: [
      ['Time', ({ t }) => clockTime(t - span.zero)],
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
  })}</details>`
}

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

function instantsOf(lines: readonly ShownLine[], { from, to }: Span): Instant[] {
  const step = Math.max(1000, Math.ceil((to - from) / MOST_INSTANTS / 1000) * 1000)
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
