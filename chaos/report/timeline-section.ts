import { figure } from '../page/chart.ts'
import { clockTime, list, ms, plural, short } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import { incidents } from './incidents.ts'
import { type Incident, type Panel, type PanelLine, stackHeight, stackOption } from '../page/panels.ts'
import type { ReportData } from './report-data.ts'
import { hoverValues, valueTable } from './stack-values.ts'

/** Load, latency, backlog, lag and replication under one another, with the faults through all of them. */
export const timelineSection: Section<ReportData> = {
  id: 'timeline',
  label: 'Timeline',
  title: 'What happened, second by second',
  body: renderTimeline,
}

function renderTimeline(data: ReportData): Html {
  const events = incidents(data)
  const panels = timelinePanels(data)
  return html`<p class="lead">Tinted spans are faults, from intent to healing, and the replay; a notch marks the proof of the effect. Times count from the drill’s own zero.</p>
${figure({
  id: 'timeline-chart',
  title: 'Timeline of the run',
  text: describe(data, events),
  caption: incidentList(data, events),
  height: () => stackHeight(panels),
  draw: size => stackOption(panels, events, data, size),
  hover: size => hoverValues(panels, data, size, stackHeight(panels)),
  values: valueTable(panels, data, 'the timeline'),
})}`
}

export const stormSection: Section<ReportData> = {
  id: 'storm',
  label: 'Reconnects',
  title: 'Did reconnecting become a storm?',
  body: renderStorm,
}

function renderStorm(data: ReportData): Html {
  const events = incidents(data)
  const panels = stormPanels(data)
  const { peaks } = data.measurements.fleet
  const peak = (name: string, value: number | null) =>
    `${name} ${value === null ? 'not measured' : `${short(value)}/s`}`
  return html`<p class="lead">Produce requests, connections from gateways to brokers, and sessions from devices to gateways, per second.</p>
${figure({
  id: 'storm-chart',
  title: 'Requests and connections per second',
  text: `At the peak: ${list([
    peak('produce requests', peaks.sendsPerSecond.value),
    peak('connections to brokers', peaks.brokerConnectsPerSecond.value),
    peak('device sessions', peaks.deviceConnectsPerSecond.value),
  ])}.`,
  height: () => stackHeight(panels),
  draw: size => stackOption(panels, events, data, size),
  hover: size => hoverValues(panels, data, size, stackHeight(panels)),
  values: valueTable(panels, data, 'requests and connections'),
})}`
}

/** The limits that gates set on one measurement, each once. */
function limitsOf({ scorecard }: ReportData, gate: string): NonNullable<Panel['limits']> {
  const checks = scorecard.rows
    .flatMap(row => row.checks)
    .filter(check => check.check === gate && check.limit)
  const byValue = new Map(checks.map(check => [check.limit?.value ?? 0, check.expected]))
  return [...byValue].map(([value, expected]) => ({ value, label: `allowed ${expected}` }))
}

type FleetRow = ReportData['samples']['fleet']['rows'][number]

function fleetLine(data: ReportData, pick: (row: FleetRow) => number | null): PanelLine['points'] {
  const { rows, periodMs } = data.samples.fleet
  return withHoles(
    rows
      .filter(row => row.t >= data.from && row.t <= data.to + periodMs)
      .map(row => [row.t, pick(row)] as const),
    3 * periodMs,
  )
}

/** A line must not pass over a stretch that nobody sampled. */
function withHoles(
  points: readonly (readonly [number, number | null])[],
  longerThanMs: number,
): (readonly [number, number | null])[] {
  return points.flatMap((point, index) => {
    const previous = points[index - 1]
    return previous && point[0] - previous[0] > longerThanMs
      ? [[previous[0] + 1, null] as const, point]
      : [point]
  })
}

function timelinePanels(data: ReportData): Panel[] {
  const perSecond = (key: 'acked' | 'failed' | 'unknown') =>
    fleetLine(data, row => (row[key] * 1000) / row.intervalMs)
  const latency = (key: 'p50' | 'p99' | 'max') =>
    fleetLine(data, row => (row.latency.n === 0 ? null : row.latency[key]))
  const panels: Panel[] = [
    {
      title: 'Records per second',
      shortTitle: 'Records/s',
      height: 130,
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
  ]
  return panels
}

function lagPanels(data: ReportData): Panel[] {
  const rows = data.samples.consumers.rows.filter(row => row.t >= data.from && row.t <= data.to)
  const of = (consumer: 'tail' | 'recovery') => rows.filter(row => row.consumer === consumer)
  const recovery = of('recovery').filter(row =>
    data.measurements.replays.some(
      replay => row.t >= replay.startedAt && row.t <= (replay.finishedAt ?? data.to),
    ),
  )
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
            title: 'Replay: records still to read',
            shortTitle: 'Replay to read',
            height: 60,
            lines: [
              {
                name: 'remaining',
                role: 'sky' as const,
                shape: 'area' as const,
                points: recovery.map(row => [row.t, row.lagRecords] as const),
              },
            ],
          },
        ]),
  ]
}

function clusterPanel(data: ReportData): Panel {
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

function stormPanels(data: ReportData): Panel[] {
  const perSecond = (key: 'sends' | 'brokerConnects' | 'deviceConnects') =>
    fleetLine(data, row => (row[key] * 1000) / row.intervalMs)
  return [
    {
      title: 'Produce requests per second',
      shortTitle: 'Requests/s',
      height: 70,
      lines: [{ name: 'requests', role: 'blue', points: perSecond('sends'), shape: 'area' }],
    },
    {
      title: 'Connections opened per second',
      shortTitle: 'Connections/s',
      height: 80,
      lines: [
        { name: 'to brokers', role: 'orange', points: perSecond('brokerConnects') },
        { name: 'devices to gateways', role: 'green', points: perSecond('deviceConnects') },
      ],
      limits: limitsOf(data, 'device-connects-per-second-peak'),
    },
  ]
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

function incidentList(data: ReportData, events: readonly Incident[]): Html {
  const at = (t: number) => clockTime(t - data.zero)
  return html`<ol class="incidents">${events.map(event => {
    const proven =
      event.role === 'action'
        ? ''
        : event.provenMs === null
          ? ' · effect not proven'
          : ` · effect proven ${ms(event.provenMs - event.fromMs)} after intent`
    return html`<li value="${event.number}"><b>${event.label}</b> ${event.summary} <span class="when">${at(event.fromMs)} to ${at(event.toMs)}${proven}</span></li>`
  })}</ol>`
}
