import { figure } from '../page/chart.ts'
import { count, list, ms, plural, short, shown } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import type { Panel, PanelLine } from '../page/panels.ts'
import { ZONE_ROLES } from '../page/palette.ts'
import { table } from '../page/table.ts'
import type { ConnectorsSample } from '../record/samples.ts'
import type { SinkExample, SinkMeasurement, SinkUnderFault } from '../record/sink-measurement.ts'
import { incidents, withEvents } from './incidents.ts'
import type { ReportData } from './report-data.ts'
import { stackDrawing, valueTable } from './stack-values.ts'
import { limitsOf, withHoles } from './fleet-lines.ts'

/** Sinks into a database: what they lagged, wrote and said of themselves, and every record against every row. */
export const sinksSection: Section<ReportData> = {
  id: 'sinks',
  label: 'Connectors',
  title: 'What connectors wrote, and when they wrote again',
  when: ({ measurements }) => (measurements.sinks ?? []).length > 0,
  body: renderSinks,
}

function renderSinks(data: ReportData): Html {
  const sinks = data.measurements.sinks ?? []
  const under = sinks.flatMap(({ connector, faults }) => faults.map(fault => ({ connector, ...fault })))
  return html`<p class="lead">A task that says RUNNING may write nothing for a long time, and a worker that died reads RUNNING for 20 s. So lag and rows are what to look at; the states of tasks stand below them.</p>
${chart(data)}
<h3>Every record against every row</h3>
<p class="lead">A record that is stored twice under one id is one row with upsert: fewer rows than records are no loss by themselves.</p>
${table({
  label: 'Records and rows of each sink',
  rows: sinks,
  columns: [
    ['Sink', ({ connector, mode }) => `${connector} (${mode})`],
    ['Stored', ({ stored }) => shown(stored, count), 'n'],
    ['Committed', ({ committed }) => shown(committed, count), 'n'],
    ['Rows', ({ rows }) => shown(rows, count), 'n'],
    ['Dead letters', ({ deadLetters }) => shown(deadLetters, count), 'n'],
    ['Not repaired', ({ unrepaired }) => shown(unrepaired, count), 'n'],
    ['Missing', ({ missing }) => shown(missing, count), 'n'],
    ['Not delivered', ({ undelivered }) => shown(undelivered, count), 'n'],
    ['Rows again', ({ repeated }) => shown(repeated, count), 'n'],
    ['Same id again', ({ doubled }) => shown(doubled, count), 'n'],
    ['Out of order', ({ reordered }) => shown(reordered, count), 'n'],
    ['Rebalances', ({ rebalances }) => shown(rebalances, count), 'n'],
  ],
})}
${sinks.map(findings)}
${sinks.map(inTheEnd)}
${under.length > 0 && underFaults(under)}
<p class="source">${sinks.map(({ file }) => file).join(' · ')} · history/stored.jsonl · samples/connectors.jsonl → measurements.json /sinks</p>`
}

function underFaults(rows: readonly (SinkUnderFault & { readonly connector: string })[]): Html {
  return html`<h3>Under each fault</h3>
<p class="lead">Times count from the proven effect. Between RUNNING and the first row a partition waits for a session to end, or for a retry.</p>
${table({
  label: 'Each sink under each fault',
  rows,
  columns: [
    ['Fault', ({ fault }) => fault],
    ['Sink', ({ connector }) => connector],
    ['Committed before', ({ committedBefore }) => sum(committedBefore), 'n'],
    ['And after', ({ committedAfter }) => sum(committedAfter), 'n'],
    ['Every task RUNNING after', ({ runningMs }) => shown(runningMs, ms), 'n'],
    ['Every partition had a new row after', ({ firstRowMs }) => shown(firstRowMs, ms), 'n'],
    ['The last of them', ({ worstPartition }) => worstPartition ?? 'not known'],
    ['Most rows in a second', ({ peakRowsPerSecond }) => shown(peakRowsPerSecond, short), 'n'],
    ['Rebalances', ({ rebalances }) => shown(rebalances, count), 'n'],
  ],
})}`
}

const sum = (offsets: SinkUnderFault['committedBefore']): string =>
  offsets === null ? 'not known' : count(Object.values(offsets).reduce((total, next) => total + next, 0))

const FINDINGS = [
  ['missing', 'committed and neither a row nor a dead letter'],
  ['undelivered', 'stored, not committed in the end, and no row'],
  ['repeated', 'written as one more row'],
  ['reordered', 'first written after a later one of its device'],
  ['unexplained', 'a row of no stored record'],
  ['doubled', 'a row with an id that another has'],
  ['wronglyAside', 'put aside although it can be read'],
  ['unrepaired', 'put aside, and nothing stored was made of it'],
] as const

/** Where to look first. */
function findings({ connector, examples }: SinkMeasurement): Html | string {
  const found = FINDINGS.filter(([name]) => (examples[name] ?? []).length > 0)
  if (found.length === 0) return ''
  return html`<ul>${found.map(
    ([name, words]) =>
      html`<li>${connector}, ${words}: <code>${(examples[name] ?? []).slice(0, 3).map(placeOf).join(', ')}</code></li>`,
  )}</ul>`
}

const ENDS: Readonly<Record<string, string>> = {
  still: 'had committed nothing more for',
  moving: 'was still committing, and had last done so before',
}

/** What a worker said of its tasks where one does not run, or the sink did not catch up: then it is why. */
function inTheEnd({ connector, end }: SinkMeasurement): Html | string {
  if (!end || (end.how === 'caught-up' && end.tasks.every(task => task.state === 'RUNNING'))) return ''
  const { how, idleMs, state, tasks } = end
  return html`<h3>Where ${connector} stood in the end</h3>
<p class="lead">${how === 'caught-up' ? 'It had committed everything, by those of its tasks that were left.' : `It was behind, and ${ENDS[how] ?? how} ${ms(idleMs)}.`} The connector itself read ${state ?? 'nothing: no worker answered'}.</p>
${table({
  label: `Tasks of ${connector} in the end`,
  rows: tasks,
  columns: [
    ['Task', ({ id }) => String(id), 'n'],
    ['State', task => task.state],
    ['Worker', ({ worker }) => (worker === null ? 'nobody' : String(worker))],
    ['Why', ({ why }) => why || '–'],
  ],
})}`
}

const placeOf = ({ topic, partition, offset, id }: SinkExample): string =>
  `${topic}/${partition} offset ${offset} (${id})`

function chart(data: ReportData): Html | string {
  const rows = data.samples.connectors?.rows ?? []
  const names = (data.measurements.sinks ?? []).map(({ connector }) => connector)
  if (rows.length === 0) return html`<p>Sinks were not sampled.</p>`
  const panels = sinkPanels(data, names)
  const events = incidents(data)
  const text = describe(data, names)
  return figure({
    id: 'sinks-chart',
    title: 'Lag, rows and tasks of each sink',
    text,
    caption: withEvents(text, events),
    ...stackDrawing(panels, events, data),
    values: valueTable(panels, data, 'sinks', { id: 'sinks-chart' }),
  })
}

function describe({ samples }: ReportData, names: readonly string[]): string {
  const most = names.map(name => {
    const lags = (samples.connectors?.rows ?? []).flatMap(row =>
      row.connector === name ? (lagOf(row) ?? []) : [],
    )
    return lags.length === 0
      ? `the lag of ${name} was not known`
      : `${name} was at most ${plural(Math.max(...lags), 'record')} behind`
  })
  return `${list(most)}.`
}

function sinkPanels(data: ReportData, names: readonly string[]): Panel[] {
  const lines = (
    pick: (row: ConnectorsSample, before: ConnectorsSample | undefined) => number | null,
  ): PanelLine[] =>
    names.map((name, index) => {
      const { rows = [], periodMs = 1000 } = data.samples.connectors ?? {}
      const own = rows.filter(row => row.connector === name && row.t >= data.from && row.t <= data.to + 1000)
      const points = own.map((row, at) => [row.t, pick(row, own[at - 1])] as const)
      return {
        name,
        role: ZONE_ROLES[index % ZONE_ROLES.length] ?? 'blue',
        points: withHoles(points, 3 * periodMs),
      }
    })
  return [
    { title: 'Records stored and not committed', shortTitle: 'Lag', height: 110, lines: lines(lagOf) },
    { title: 'Rows in the table', shortTitle: 'Rows', height: 90, lines: lines(row => row.rows) },
    {
      title: 'Rows written per second',
      shortTitle: 'Rows/s',
      height: 90,
      limits: limitsOf(data, 'sink-rows-per-second-peak'),
      lines: lines(rateOf),
    },
    {
      title: 'Tasks that are said to run',
      shortTitle: 'Tasks',
      height: 60,
      lines: lines(({ state, tasks }) =>
        state === null ? null : tasks.filter(task => task.state === 'RUNNING').length,
      ).map(line => ({ ...line, shape: 'step' as const })),
    },
    {
      title: 'Rebalances since the beginning',
      shortTitle: 'Rebalances',
      height: 60,
      lines: lines(({ generation }) => generation).map(line => ({ ...line, shape: 'step' as const })),
    },
  ]
}

function lagOf({ committed, ends }: ConnectorsSample): number | null {
  if (committed === null || ends === null) return null
  return Object.entries(ends).reduce(
    (lag, [partition, end]) => lag + Math.max(0, end - (committed[partition] ?? 0)),
    0,
  )
}

function rateOf(row: ConnectorsSample, before: ConnectorsSample | undefined): number | null {
  if (!before || row.writes === null || before.writes === null || row.t <= before.t) return null
  return ((row.writes - before.writes) * 1000) / (row.t - before.t)
}
