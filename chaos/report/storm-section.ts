import { figure } from '../page/chart.ts'
import { count, ms, perSecond, plural, short, shown } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import type { Panel } from '../page/panels.ts'
import { table } from '../page/table.ts'
import type { FaultMeasurement } from '../record/measurements.ts'
import type { StormMeasurement } from '../record/storm-measurement.ts'
import { fleetLine, limitsOf } from './fleet-lines.ts'
import { incidents, withEvents } from './incidents.ts'
import type { ReportData } from './report-data.ts'
import { stackDrawing, valueTable } from './stack-values.ts'

/** What devices did to get their sessions back, and what gateways and brokers had of it. */
export const stormSection: Section<ReportData> = {
  id: 'storm',
  label: 'Reconnects',
  title: 'Did reconnecting become a storm?',
  body: renderStorm,
}

type Storming = FaultMeasurement & { readonly storm: StormMeasurement }

function renderStorm(data: ReportData): Html {
  const events = incidents(data)
  const panels = stormPanels(data)
  const storms = data.measurements.faults.filter(isStorm)
  return html`<p class="lead">${lead(data, storms)}</p>
${storms.length > 0 && stormTable(storms)}
${figure({
  id: 'storm-chart',
  title: 'Sessions, refusals, backlog and what reaches brokers',
  text: describe(data, storms),
  caption: withEvents(describe(data, storms), events),
  ...stackDrawing(panels, events, data),
  values: valueTable(panels, data, 'sessions, requests and connections', { id: 'storm-chart' }),
})}
<p class="source">samples/fleet.jsonl, samples/broker-metrics.jsonl → measurements.json /faults</p>`
}

const isStorm = (fault: FaultMeasurement): fault is Storming => (fault.storm?.sessionsLost.value ?? 0) > 0

function lead({ samples, header }: ReportData, storms: readonly Storming[]): string {
  const { sessions } = header.drill.fleet
  const cost =
    sessions?.maxAcceptPerSecond === undefined
      ? 'In this run a session cost a gateway nothing, and none was refused.'
      : `A gateway accepted ${count(sessions.maxAcceptPerSecond)} sessions a second, each after ${ms(sessions.handshakeMs)}; refusing one took it ${Math.round(sessions.refusalCost * 100)} % of accepting one.`
  if (storms.length > 0)
    return `Devices that lose their session seek another by their policy. ${cost} It is over when all are back and what they held is delivered; requests that are at their old rate while the backlog stays are not.`
  return samples.fleet.rows.some(row => row.sessionsLost !== undefined)
    ? 'No device lost its session: nothing is known of how they come back. Requests and connections from gateways to brokers, per second.'
    : 'Produce requests, connections from gateways to brokers, and sessions from devices to gateways, per second.'
}

function stormTable(storms: readonly Storming[]): Html {
  const seconds = (value: number): string => (value === 0 ? 'at once' : ms(value))
  const none = (value: number): string => (value === 0 ? 'none' : count(value))
  const rows: readonly (readonly [label: string, note: string, value: (fault: Storming) => string])[] = [
    ['Devices without a session', '', ({ storm }) => shown(storm.sessionsLost, count)],
    ['All sessions back', 'from healing', ({ storm }) => shown(storm.sessionsBackMs, seconds)],
    ['Backlog gone', 'from healing until nothing was overdue', ({ storm }) => shown(storm.drainMs, seconds)],
    ['Attempts', '', ({ storm }) => shown(storm.attempts, count)],
    ['… refused', 'more than a gateway accepts', ({ storm }) => shown(storm.refused, none)],
    ['… a second, peak', '', ({ peaks }) => shown(peaks.deviceConnectsPerSecond, perSecond)],
    [
      'Overdue at the edge, peak',
      '',
      ({ storm }) => shown(storm.overduePeak, value => plural(value, 'record')),
    ],
    ['Oldest record, peak', 'age before it was acknowledged', ({ storm }) => shown(storm.oldestMs, ms)],
    ['Thrown away at the edge', '', ({ storm }) => shown(storm.dropped, none)],
    ['Produce requests, peak', '', ({ peaks }) => shown(peaks.sendsPerSecond, perSecond)],
    ['Connections to brokers, peak', '', ({ peaks }) => shown(peaks.brokerConnectsPerSecond, perSecond)],
    [
      'Requests waiting at a broker, peak',
      'sampled once a second',
      ({ storm }) => shown(storm.requestQueue, none),
    ],
  ]
  return table({
    label: 'Storms',
    kind: 'matrix',
    rows,
    columns: [
      [null, ([label, note]) => html`${label}${note && html`<small>${note}</small>`}`],
      ...storms.map(fault => [fault.id, ([, , value]: (typeof rows)[number]) => value(fault), 'n'] as const),
    ],
  })
}

function stormPanels(data: ReportData): Panel[] {
  const each = (key: 'sends' | 'brokerConnects' | 'deviceConnects' | 'sessionsOpened' | 'sessionsRefused') =>
    fleetLine(data, row => {
      const value = row[key]
      return value === undefined ? null : (value * 1000) / row.intervalMs
    })
  const isCounted = data.samples.fleet.rows.some(row => row.sessions !== undefined)
  return [
    ...(isCounted ? sessionPanels(data, each) : []),
    {
      title: 'Produce requests per second',
      shortTitle: 'Requests/s',
      height: 70,
      lines: [{ name: 'requests', role: 'blue', points: each('sends'), shape: 'area' }],
    },
    {
      title: 'Connections opened per second',
      shortTitle: 'Connections/s',
      height: 80,
      lines: [
        { name: 'to brokers', role: 'orange', points: each('brokerConnects') },
        ...(isCounted
          ? []
          : [{ name: 'devices to gateways', role: 'green' as const, points: each('deviceConnects') }]),
      ],
      ...(!isCounted && { limits: limitsOf(data, 'device-connects-per-second-peak') }),
    },
  ]
}

function sessionPanels(
  data: ReportData,
  each: (key: 'deviceConnects' | 'sessionsOpened' | 'sessionsRefused') => Panel['lines'][number]['points'],
): Panel[] {
  return [
    {
      title: 'Devices that have a session',
      shortTitle: 'Sessions',
      height: 80,
      lines: [
        {
          name: 'sessions',
          role: 'green',
          points: fleetLine(data, row => row.sessions ?? null),
          shape: 'area',
        },
      ],
    },
    {
      title: 'Attempts of devices per second',
      shortTitle: 'Attempts/s',
      height: 90,
      lines: [
        { name: 'attempts', role: 'muted', points: each('deviceConnects') },
        { name: 'let in', role: 'green', points: each('sessionsOpened') },
        { name: 'refused', role: 'vermilion', points: each('sessionsRefused') },
      ],
      limits: limitsOf(data, 'device-connects-per-second-peak'),
    },
    {
      title: 'Records overdue at the edge',
      shortTitle: 'Backlog',
      height: 80,
      lines: [
        {
          name: 'due for over a second',
          role: 'orange',
          points: fleetLine(data, row => row.waiting?.overdue ?? null),
          shape: 'area',
        },
      ],
    },
  ]
}

function describe({ measurements }: ReportData, storms: readonly Storming[]): string {
  const { peaks } = measurements.fleet
  const peak = (name: string, value: number | null) =>
    `${name} ${value === null ? 'not measured' : `${short(value)}/s`}`
  const atPeak = `At the peak of the whole run: ${peak('produce requests', peaks.sendsPerSecond.value)}, ${peak('connections to brokers', peaks.brokerConnectsPerSecond.value)}.`
  const told = storms.map(({ id, storm }) => {
    const back = shown(storm.sessionsBackMs, ms)
    return `${id}: ${shown(storm.sessionsLost, value => plural(value, 'device'))} lost their session; all back after ${back}, backlog gone after ${shown(storm.drainMs, ms)}.`
  })
  return [...told, atPeak].join(' ')
}
