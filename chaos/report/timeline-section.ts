import { figure } from '../page/chart.ts'
import { clockTime, list, ms, plural, short } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import { deadlinesOf, fleetLine, limitsOf, withHoles } from './fleet-lines.ts'
import { incidents, TOOL_BOUND } from './incidents.ts'
import { momentLink } from './moments.ts'
import type { Incident, Panel } from '../page/panels.ts'
import type { ReportData } from './report-data.ts'
import { saidId, saidInstants } from './said-section.ts'
import { stackDrawing, valueTable } from './stack-values.ts'

/** Load, latency, backlog, lag and replication under one another, with the faults through all of them. */
export const timelineSection: Section<ReportData> = {
  id: 'timeline',
  label: 'Timeline',
  title: 'What happened, second by second',
  body: renderTimeline,
}

function renderTimeline(data: ReportData): Html {
  const events = incidents(data)
  const panels = timelinePanels(data, events)
  const told = saidInstants(data)
  return html`<p class="lead">Tinted spans are faults, from intent to healing, replays, and steps of a move or an upgrade; a notch marks the proof of the effect. A dashed line across is a limit; one that stands is when a gate asks for good service again. Times count from the drill’s own zero.</p>
${figure({
  id: 'timeline-chart',
  title: 'Timeline of the run',
  text: describe(data, events),
  caption: incidentList(data, events),
  ...stackDrawing(panels, events, data),
  values: valueTable(panels, data, 'the timeline', {
    id: 'timeline-chart',
    hasMoments: true,
    toldAt: t => (told.has(t) ? saidId(data, t) : null),
  }),
})}`
}

function timelinePanels(data: ReportData, events: readonly Incident[]): Panel[] {
  const perSecond = (key: 'acked' | 'failed' | 'unknown') =>
    fleetLine(data, row => (row[key] * 1000) / row.intervalMs)
  const latency = (key: 'p50' | 'p99' | 'max') =>
    fleetLine(data, row => (row.latency.n === 0 ? null : row.latency[key]))
  const panels: Panel[] = [
    {
      title: 'Records per second',
      shortTitle: 'Records/s',
      height: 130,
      deadlines: deadlinesOf(data, events),
      lines: [
        { name: 'acknowledged', role: 'blue', points: perSecond('acked'), shape: 'area' },
        { name: 'failed', role: 'vermilion', points: perSecond('failed') },
        { name: 'unknown', role: 'purple', points: perSecond('unknown'), dashed: true },
      ],
    },
    {
      title: 'Latency from the intended send time',
      shortTitle: 'Latency',
      height: 120,
      log: true,
      format: ms,
      limits: [
        { value: data.measurements.slowAfterMs, label: `slow: over ${ms(data.measurements.slowAfterMs)}` },
        ...limitsOf(data, 'produce-p99-ms'),
      ],
      lines: [
        { name: 'p50', role: 'blue', points: latency('p50') },
        { name: 'p99', role: 'orange', points: latency('p99') },
        { name: 'max', role: 'muted', points: latency('max'), dashed: true },
      ],
    },
    {
      title: 'Records waiting at the edge',
      shortTitle: 'Waiting at the edge',
      height: 70,
      lines: [
        { name: 'buffered', role: 'green', points: fleetLine(data, row => row.buffered), shape: 'area' },
      ],
    },
    ...lagPanels(data),
    clusterPanel(data),
    ...stepPanels(data),
  ]
  return panels
}

/** A row of the time axis for each step that a person or a script took. */
function stepPanels({ measurements, to }: ReportData): Panel[] {
  return (measurements.operatorSteps ?? []).map(({ what, startedAt, finishedAt, ok }) => ({
    title: `Step: ${what}`,
    height: 14,
    max: 1,
    format: value => (value === 1 ? 'under way' : ''),
    hasScale: false,
    lines: [
      {
        name: ok === true ? 'done' : ok === false ? 'NOT done' : 'no end told',
        role: ok === true ? ('green' as const) : ('vermilion' as const),
        shape: 'area' as const,
        points: [
          [startedAt, 1],
          [finishedAt ?? to, 1],
          [(finishedAt ?? to) + 1, null],
        ] as const,
      },
    ],
  }))
}

/** One for each of several replays at once. */
const REPLAY_ROLES = ['sky', 'orange', 'green', 'muted'] as const

function lagPanels(data: ReportData): Panel[] {
  const rows = data.samples.consumers.rows.filter(row => row.t >= data.from && row.t <= data.to)
  const of = (consumer: 'tail' | 'recovery') => rows.filter(row => row.consumer === consumer)
  const readers = [...new Set(of('recovery').map(({ reader }) => reader ?? 'recovery'))]
  const recovery = of('recovery').filter(row =>
    data.measurements.replays.some(
      replay => row.t >= replay.startedAt && row.t <= (replay.finishedAt ?? data.to),
    ),
  )
  const isLagKnown = recovery.some(row => row.lagRecords !== null)
  return [
    {
      title: 'Lag of live dashboards (tail consumer)',
      shortTitle: 'Tail lag',
      height: 70,
      format: value => `${short(value)} s`,
      limits: limitsOf(data, 'tail-lag-during-replay-seconds'),
      lines: [
        {
          name: 'seconds behind',
          role: 'blue',
          shape: 'area',
          points: withHoles(
            of('tail').map(row => [row.t, row.lagSeconds] as const),
            3000,
          ),
        },
      ],
    },
    ...(recovery.length === 0
      ? []
      : [
          {
            // A short replay on a busy machine may be over before brokers say where logs end.
            ...(isLagKnown
              ? { title: 'Replay: records still to read', shortTitle: 'Replay to read' }
              : { title: 'Replay: records read so far', shortTitle: 'Replay read' }),
            height: 60,
            lines: readers.map((reader, index) => ({
              name: readers.length > 1 ? reader : isLagKnown ? 'remaining' : 'read',
              role: REPLAY_ROLES[index % REPLAY_ROLES.length] ?? 'sky',
              ...(readers.length === 1 && { shape: 'area' as const }),
              points: recovery
                .filter(row => (row.reader ?? 'recovery') === reader)
                .map(row => [row.t, isLagKnown ? row.lagRecords : row.records] as const),
            })),
          },
        ]),
  ]
}

/** Whether every replica was in sync, and every partition had a leader. */
export function clusterPanel(data: ReportData): Panel {
  const rows = data.samples.cluster.rows.filter(row => row.t >= data.from && row.t <= data.to)
  // Four samples a second draw many equal points; the corners are enough for a step line.
  const corners = (key: 'underReplicated' | 'offline') =>
    rows
      .filter(
        (row, index) =>
          index === 0 ||
          index === rows.length - 1 ||
          rows[index - 1]?.[key] !== row[key] ||
          rows[index + 1]?.[key] !== row[key],
      )
      .map(row => [row.t, row[key]] as const)
  return {
    title: 'Partitions not fully replicated',
    shortTitle: 'Replicas',
    height: 70,
    lines: [
      { name: 'under-replicated', role: 'orange', points: corners('underReplicated'), shape: 'step' },
      { name: 'leaderless', role: 'vermilion', points: corners('offline'), shape: 'step' },
    ],
  }
}

function describe(data: ReportData, events: readonly Incident[]): string {
  const { fleet } = data.measurements
  const load =
    fleet.ackedPerSecond.value === null
      ? 'The load was not measured'
      : `${plural(Math.round(fleet.ackedPerSecond.value), 'record')} a second were acknowledged on average`
  const told = events.map(
    event =>
      `${event.label} from ${clockTime(event.fromMs - data.zero)} to ${clockTime(event.toMs - data.zero)}`,
  )
  return `${load}. ${told.length > 0 ? `${list(told)}.` : 'Nothing was broken.'}`
}

/** What stands on the axis, one line each; what this program was in the way of, in one. */
export function incidentList(data: ReportData, events: readonly Incident[]): Html {
  const span = ({ fromMs, toMs }: Incident) => html`${momentLink(data, fromMs)} to ${momentLink(data, toMs)}`
  const ofTool = events.filter(({ label }) => label === TOOL_BOUND)
  const longest = ofTool.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))[0]
  return html`<ol class="incidents">${events
    .filter(event => !ofTool.includes(event))
    .map(event => {
      const proven =
        event.role === 'action'
          ? ''
          : event.provenMs === null
            ? ' · effect not proven'
            : ` · effect proven ${ms(event.provenMs - event.fromMs)} after intent`
      return html`<li value="${event.number}"><b>${event.label}</b> ${event.summary} <span class="when">${span(event)}${proven}</span></li>`
    })}${
    longest &&
    html`<li value="${longest.number}"><b>${TOOL_BOUND}</b> ${longest.summary}${ofTool.length > 1 ? ` (the longest of ${ofTool.length} times)` : ''} <span class="when">${ofTool.map((one, index) => html`${index === 0 ? '' : index === ofTool.length - 1 ? ' and ' : ', '}${span(one)}`)}</span></li>`
  }</ol>`
}
