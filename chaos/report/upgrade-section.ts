import { figure } from '../page/chart.ts'
import { bytes, count, list, ms, shown } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import type { Panel } from '../page/panels.ts'
import { table } from '../page/table.ts'
import type { UpgradeMeasurement, UpgradeStep } from '../record/upgrade-measurement.ts'
import { fleetLine } from './fleet-lines.ts'
import { incidents } from './incidents.ts'
import type { ReportData } from './report-data.ts'
import { stackDrawing, valueTable } from './stack-values.ts'
import { clusterPanel } from './timeline-section.ts'

/** The upgrade and the way back: what they cost first, then the steps on the time axis, then each by itself. */
export const upgradeSection: Section<ReportData> = {
  id: 'upgrade',
  label: 'Upgrade',
  title: 'What the upgrade and the way back cost',
  when: ({ measurements }) => measurements.upgrade !== undefined,
  body: data => (data.measurements.upgrade ? render(data, data.measurements.upgrade) : html``),
}

const NAMES: Readonly<Record<string, string>> = {
  'rolling-upgrade': 'upgrade',
  finalize: 'finalizing',
  downgrade: 'way back',
}
const nameOf = (kind: string): string => NAMES[kind] ?? kind

function render(data: ReportData, upgrade: UpgradeMeasurement): Html {
  const { steps, examples } = upgrade
  const more = [
    ...examples.lost.map(id => `${id} is lost`),
    ...examples.repeated.map(id => `${id} is there twice`),
  ]
  return html`<p class="lead">${lead(upgrade)}</p>
${table({
  label: 'The upgrade and the way back in numbers',
  rows: [upgrade],
  columns: [
    ['From', ({ from }) => from ?? 'not known'],
    ['To', ({ to }) => to],
    ['Lost', ({ lost }) => shown(lost, count), 'n'],
    ['Stored again', ({ repeated }) => shown(repeated, count), 'n'],
    ['Worst step without service', ({ unavailable }) => shown(unavailable, ms), 'n'],
    ['Longest step', ({ step }) => shown(step, ms), 'n'],
    ['Longest action', ({ action }) => shown(action, ms), 'n'],
  ],
})}
${steps.length > 0 ? chart(data, upgrade) : ''}
${steps.length > 0 ? stepTable(upgrade) : ''}
${more.length > 0 ? html`<p class="note">For example ${list(more)}.</p>` : ''}
<p class="source">journal.jsonl · history/*.jsonl · samples/cluster.jsonl · samples/links.jsonl → measurements.json /upgrade</p>`
}

function lead({ actions, steps, to, from }: UpgradeMeasurement): string {
  if (actions.length === 0) return `No broker was given ${to}: the timeline did not come so far.`
  const told = actions.map(({ kind, ok, took, id }) => {
    const failed = steps.find(step => step.id === id && !step.ok)
    if (ok === null) return `how the ${nameOf(kind)} ended is not known`
    return ok
      ? `the ${nameOf(kind)} took ${shown(took, ms)}`
      : `the ${nameOf(kind)} stopped at the step ${failed?.step ?? 'that the journal does not name'}`
  })
  const words = `From ${from ?? 'an unknown release'} to ${to}: ${list(told)}.`
  const stopped = steps.find(({ ok }) => !ok)
  return stopped ? `${words} ${sentence(stopped.proof)}` : words
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`

const STEP_COLUMNS: Parameters<typeof table<UpgradeStep>>[0]['columns'] = [
  ['Step', ({ step, to, node }) => (node === null ? step : `${step} to ${to}`)],
  ['Done', ({ ok }) => (ok ? 'yes' : 'NO')],
  ['It took', ({ tookMs }) => ms(tookMs), 'n'],
  ['To end', ({ parts }) => (parts ? ms(parts.stopMs) : ''), 'n'],
  ['To serve', ({ parts }) => (parts ? ms(parts.serveMs) : ''), 'n'],
  ['To be in sync', ({ parts }) => (parts ? ms(parts.syncMs) : ''), 'n'],
  [
    'Without service',
    ({ unavailable, worstPartition }) =>
      `${shown(unavailable, ms)}${worstPartition === null ? '' : ` (${worstPartition})`}`,
    'n',
  ],
  ['Lost', ({ lost }) => shown(lost, count), 'n'],
  ['Stored again', ({ repeated }) => shown(repeated, count), 'n'],
  ['Leaders moved', ({ leaderMoves }) => shown(leaderMoves, count), 'n'],
  [
    'Between brokers',
    ({ replicationBytes }) => (replicationBytes === null ? 'not known' : bytes(replicationBytes)),
    'n',
  ],
]

function stepTable({ steps, actions }: UpgradeMeasurement): Html {
  const action = [
    'Action',
    ({ id }: UpgradeStep) => nameOf(actions.find(one => one.id === id)?.kind ?? id),
  ] as const
  return html`<h3>Step by step</h3>
<p class="lead">A step’s cost is what was felt from its beginning until the next thing was done.</p>
${table({ label: 'What each step cost', rows: steps, columns: [action, ...STEP_COLUMNS] })}
<h3>What was seen of each step</h3>
${table({
  label: 'Proof of each step',
  rows: steps,
  columns: [
    action,
    ['Step', ({ step }) => step],
    ['By', ({ owner }) => owner],
    ['What was seen', ({ proof }) => proof],
    ['Journal', ({ line }) => `line ${line}`],
  ],
})}`
}

/** Which release brokers had when, and what devices felt of it. */
function chart(data: ReportData, { steps, from, to }: UpgradeMeasurement): Html {
  const perSecond = (key: 'failed' | 'unknown') => fleetLine(data, row => (row[key] * 1000) / row.intervalMs)
  const isIn = ([t]: readonly [number, unknown]) => t >= data.from && t <= data.to
  const newer = brokersWith(to, steps)
  const all = new Set(steps.flatMap(({ node }) => node ?? [])).size
  const whole = (points: readonly (readonly [number, number])[]) => {
    const last = points.at(-1)?.[1] ?? 0
    return [[data.from, 0] as const, ...points.filter(isIn), [data.to, last] as const]
  }
  const panels: Panel[] = [
    {
      title: 'Brokers by the release that they were seen with',
      shortTitle: 'Brokers by release',
      height: 70,
      lines: [
        { name: to, role: 'blue', points: whole(newer), shape: 'step' },
        {
          name: from ?? 'the older release',
          role: 'muted',
          points: whole(newer).map(([t, brokers]) => [t, all - brokers] as const),
          shape: 'step',
          dashed: true,
        },
      ],
    },
    {
      title: 'Records per second that were not acknowledged at once',
      shortTitle: 'Not acknowledged/s',
      height: 80,
      lines: [
        { name: 'failed', role: 'vermilion', points: perSecond('failed') },
        { name: 'unknown', role: 'purple', points: perSecond('unknown'), dashed: true },
      ],
    },
    clusterPanel(data),
  ]
  const told = list(
    steps.map(({ step, tookMs, ok }) => `the step ${step} ${ok ? 'took' : 'failed after'} ${ms(tookMs)}`),
  )
  return figure({
    id: 'upgrade-chart',
    title: 'The steps on the time axis',
    text: sentence(told),
    ...stackDrawing(panels, incidents(data), data),
    values: valueTable(panels, data, 'the upgrade', { id: 'upgrade-chart' }),
  })
}

/** How many brokers were seen with the release, from each step on. */
function brokersWith(release: string, steps: readonly UpgradeStep[]): (readonly [number, number])[] {
  const has = new Set<number>()
  return steps.flatMap(({ node, ok, at, release: seen }) => {
    if (node === null || !ok) return []
    if (seen === release) has.add(node)
    else has.delete(node)
    return [[at, has.size] as const]
  })
}
