import { figure } from '../page/chart.ts'
import { count, list, ms, plural, shown } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import { ZONE_ROLES } from '../page/palette.ts'
import type { Panel, PanelLine } from '../page/panels.ts'
import { table } from '../page/table.ts'
import type { SourceExample, SourceMeasurement } from '../record/source-measurement.ts'
import { incidents, withEvents } from './incidents.ts'
import type { ReportData } from './report-data.ts'
import { stackDrawing, valueTable } from './stack-values.ts'

/** Sources from a database: every row of an outbox against every record of its topic. */
export const sourcesSection: Section<ReportData> = {
  id: 'sources',
  label: 'Sources',
  title: 'What sources made of committed rows',
  when: ({ measurements }) => (measurements.sources ?? []).length > 0,
  body: renderSources,
}

function renderSources(data: ReportData): Html {
  const sources = data.measurements.sources ?? []
  return html`<p class="lead">An application writes rows to an outbox table, and one row in ten in a transaction that commits when rows with higher ids have long been committed. Who polls a table by id or by time passes over those.</p>
${chart(data, sources)}
${table({
  label: 'Rows and records of each source',
  rows: sources,
  columns: [
    ['Source', ({ source, exactlyOnce }) => `${source} (${writtenAs(exactlyOnce)})`],
    ['Rows', ({ rows }) => shown(rows, count), 'n'],
    ['Committed late', ({ lateCommits }) => shown(lateCommits, count), 'n'],
    ['Records', ({ records }) => shown(records, count), 'n'],
    ['Missing', ({ missing }) => shown(missing, count), 'n'],
    ['Of those, late', ({ missingLate }) => shown(missingLate, count), 'n'],
    ['Records again', ({ repeated }) => shown(repeated, count), 'n'],
    ['Out of order', ({ reordered }) => shown(reordered, count), 'n'],
    ['Of no row', ({ unexplained }) => shown(unexplained, count), 'n'],
    ['Longest from commit to record', ({ longestDelayMs }) => shown(longestDelayMs, ms), 'n'],
  ],
})}
${sources.map(findings)}
<p class="source">${sources.map(({ file }) => file).join(' · ')} → measurements.json /sources</p>`
}

function chart(data: ReportData, sources: readonly SourceMeasurement[]): Html | string {
  const known = sources.filter(({ bySecond }) => bySecond.length > 0)
  if (known.length === 0) return ''
  const lines = (column: 1 | 2 | 3): PanelLine[] =>
    known.map(({ source, bySecond }, index) => ({
      name: source,
      role: ZONE_ROLES[index % ZONE_ROLES.length] ?? 'blue',
      points: bySecond.flatMap(row =>
        row[0] >= data.from && row[0] <= data.to + 1000 ? [[row[0], row[column]] as const] : [],
      ),
    }))
  const panels: Panel[] = [
    {
      title: 'Committed rows that wait for their record',
      shortTitle: 'Waiting',
      height: 110,
      lines: lines(3),
    },
    { title: 'Rows committed per second', shortTitle: 'Rows/s', height: 70, lines: lines(1) },
    { title: 'First records per second', shortTitle: 'Records/s', height: 70, lines: lines(2) },
  ]
  const most = known.map(
    ({ source, bySecond }) =>
      `${source} had at most ${plural(Math.max(...bySecond.map(row => row[3])), 'row')} waiting`,
  )
  const events = incidents(data)
  const text = `${list(most)}.`
  return figure({
    id: 'sources-chart',
    title: 'Rows and records of each source',
    text,
    caption: withEvents(text, events),
    ...stackDrawing(panels, events, data),
    values: valueTable(panels, data, 'sources', { id: 'sources-chart' }),
  })
}

const writtenAs = (exactlyOnce: boolean | null): string =>
  exactlyOnce === null ? 'not known how' : exactlyOnce ? 'exactly once' : 'at least once'

const FINDINGS = [
  ['missing', 'committed, and no record'],
  ['repeated', 'one more record'],
  ['reordered', 'after a later row of its aggregate'],
  ['unexplained', 'a record of no row'],
] as const

/** Where to look first. */
function findings({ source, topic, examples }: SourceMeasurement): Html | string {
  const found = FINDINGS.filter(([name]) => examples[name].length > 0)
  if (found.length === 0) return ''
  const place = ({ id, aggregate, partition, offset }: SourceExample): string =>
    [
      ...(id === null ? [] : [`row ${id}${aggregate === null ? '' : ` of ${aggregate}`}`]),
      ...(partition === null ? [] : [`${topic}/${partition} offset ${offset}`]),
    ].join(' at ')
  return html`<ul>${found.map(
    ([name, words]) =>
      html`<li>${source}, ${words}: <code>${examples[name].slice(0, 3).map(place).join(', ')}</code></li>`,
  )}</ul>`
}
