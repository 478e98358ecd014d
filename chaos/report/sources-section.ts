import { count, ms, shown } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import { table } from '../page/table.ts'
import type { SourceExample, SourceMeasurement } from '../record/source-measurement.ts'
import type { ReportData } from './report-data.ts'

/** Sources from a database: every row of an outbox against every record of its topic. */
export const sourcesSection: Section<ReportData> = {
  id: 'sources',
  label: 'Sources',
  title: 'What sources made of committed rows',
  when: ({ measurements }) => (measurements.sources ?? []).length > 0,
  body: renderSources,
}

function renderSources({ measurements }: ReportData): Html {
  const sources = measurements.sources ?? []
  return html`<p class="lead">An application writes rows to an outbox table, and one row in ten in a transaction that commits when rows with higher ids have long been committed. Who polls a table by id or by time passes over those.</p>
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
