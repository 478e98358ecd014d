import { figure } from '../page/chart.ts'
import { count, plural } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import type { Panel } from '../page/panels.ts'
import { table } from '../page/table.ts'
import type { ErrorMeasurement } from '../record/error-measurement.ts'
import { incidents, withEvents } from './incidents.ts'
import { momentLink } from './moments.ts'
import type { ReportData } from './report-data.ts'
import { stackDrawing, valueTable } from './stack-values.ts'

/** As many lines as a picture carries; the table has all. */
const DRAWN = 5
const ROLES = ['vermilion', 'orange', 'purple', 'sky', 'green'] as const

/** What devices were told, or not told, by which broker, over time. */
export const errorsSection: Section<ReportData> = {
  id: 'errors',
  label: 'Errors',
  title: 'What sends ended with, and at which broker',
  when: ({ measurements }) => (measurements.errors ?? []).length > 0,
  body: renderErrors,
}

function renderErrors(data: ReportData): Html {
  const errors = data.measurements.errors ?? []
  const panels = errorPanels(errors, data)
  const events = incidents(data)
  const records = errors.reduce((sum, one) => sum + one.records, 0)
  const most = errors[0]
  const text = `${plural(records, 'record')} in sends that were not acknowledged${most ? `, most of them by ${nameOf(most)}` : ''}.`
  return html`<p class="lead">A send that was not acknowledged, by what was said, when it was sent, and by the broker that led its partition then as the cluster said last. A record that was sent again, and failed again, counts again: what was lost stands under durability.</p>
${figure({
  id: 'errors-chart',
  title: 'Records in sends that were not acknowledged, a second',
  text,
  caption: withEvents(text, events),
  ...stackDrawing(panels, events, data),
  values: valueTable(panels, data, 'errors', { id: 'errors-chart' }),
})}
${table({
  label: 'Errors',
  rows: errors,
  columns: [
    ['What was said', ({ error }) => html`<code>${error}</code>`],
    ['Broker', ({ broker }) => broker ?? 'no leader known', 'n'],
    ['Records', one => count(one.records), 'n'],
    ['Certainly not stored', one => count(one.failedRecords), 'n'],
    ['Parts of requests', ({ parts }) => count(parts), 'n'],
    ['First', ({ firstMs }) => momentLink(data, firstMs), 'n'],
    ['Last known', ({ lastMs }) => momentLink(data, lastMs), 'n'],
  ],
})}
<p class="source">history/ → measurements.json /errors</p>`
}

const nameOf = ({ error, broker }: ErrorMeasurement): string =>
  `${error} at ${broker === null ? 'no known leader' : `broker ${broker}`}`

function errorPanels(errors: readonly ErrorMeasurement[], { from, to }: ReportData): Panel[] {
  const lines = errors.slice(0, DRAWN).map((one, index) => ({
    name: nameOf(one),
    role: ROLES[index % ROLES.length] ?? ('muted' as const),
    points: everySecond(one, from, to),
  }))
  // Their names are long: each has a panel of its own, on one scale.
  const max = Math.max(1, ...lines.flatMap(({ points }) => points.map(([, value]) => value)))
  return lines.map(line => ({
    title: line.name,
    height: 46,
    max,
    lines: [{ ...line, name: 'records a second', shape: 'area' as const }],
  }))
}

/** A second of which nothing is told had none. */
function everySecond(
  { perSecond }: ErrorMeasurement,
  from: number,
  to: number,
): (readonly [number, number])[] {
  const told = new Map(perSecond)
  const points: (readonly [number, number])[] = []
  for (let t = Math.ceil(from / 1000) * 1000; t <= to; t += 1000) points.push([t, told.get(t) ?? 0])
  return points
}
