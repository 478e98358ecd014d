import { slowWords } from '../score/slow.ts'
import type { CustomSeriesOption } from 'echarts'
import { unionMs } from '../score/unavailability.ts'
import { type ChartOption, type ChartSize, figure } from '../page/chart.ts'
import { csvLink } from '../page/csv.ts'
import { ms, plural, short } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { table } from '../page/table.ts'
import type { Section } from '../page/page.ts'
import { incidents } from './incidents.ts'
import { momentLink } from './moments.ts'
import { ROLES, ZONE_ROLES } from '../page/palette.ts'
import { type Incident, laneSeries, timeAxis } from '../page/panels.ts'
import type { ReportData } from './report-data.ts'

const ROW = 20
const LANE = 40

/** When each partition could not be written: a row for each partition, in it a lane for each zone's clients. */
export const availabilitySection: Section<ReportData> = {
  id: 'availability',
  label: 'Availability',
  title: 'When could each partition not be written?',
  body: renderAvailability,
}

function renderAvailability(data: ReportData): Html {
  const partitions = partitionNames(data)
  const events = incidents(data)
  const { outages } = data.measurements
  return html`<p class="lead">A bar is a stretch without an acknowledgement in which sends failed or waited too long: ${slowWords(data.measurements)}.
Within a row, one lane for the clients of each zone: ${data.header.zones.map(
    (zone, index) =>
      html`<span class="key key-${ZONE_ROLES[index % ZONE_ROLES.length] ?? 'blue'}">${zone}</span> `,
  )}</p>
${figure({
  id: 'availability-chart',
  title: 'Unavailability of each partition by zone of the clients',
  text: describe(data, partitions),
  height: () => LANE + partitions.length * ROW + 30,
  draw: size => stripOption(data, partitions, events, size),
  values: stretches(data),
})}
${outages.length > 0 && worstTable(data, partitions)}`
}

/** A page stays light; `measurements.json` has all. */
const MOST_STRETCHES = 500

/** What was drawn, the longest first: each leads to its second in the timeline. */
function stretches(data: ReportData): Html {
  const { outages } = data.measurements
  const rows = outages
    .toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs) || a.fromMs - b.fromMs)
    .slice(0, MOST_STRETCHES)
  if (rows.length === 0) return html``
  const csv = csvLink(
    'availability-chart',
    ['partition', 'zone', 'from seconds', 'to seconds'],
    rows.map(({ partition, zone, fromMs, toMs }) => [
      partition,
      zone,
      (fromMs - data.zero) / 1000,
      (toMs - data.zero) / 1000,
    ]),
  )
  return html`<details><summary>Its values as a table</summary><p>${csv}${
    rows.length < outages.length && ` The ${rows.length} longest of ${short(outages.length)} stretches.`
  }</p>${table({
    label: 'Stretches without service',
    kind: 'values',
    rows,
    columns: [
      ['Partition', ({ partition }) => partition],
      ['Clients in', ({ zone }) => zone],
      ['From', ({ fromMs }) => momentLink(data, fromMs), 'n'],
      ['To', ({ toMs }) => momentLink(data, toMs), 'n'],
      ['For', ({ fromMs, toMs }) => ms(toMs - fromMs), 'n'],
    ],
  })}</details>`
}

/** All partitions that anybody wrote, also those that were always there. */
function partitionNames({ measurements }: ReportData): string[] {
  const recovered = measurements.faults.flatMap(fault => fault.everyone.partitions.map(row => row.partition))
  return [...new Set([...recovered, ...measurements.outages.map(outage => outage.partition)])].toSorted(
    (a, b) => a.localeCompare(b, 'en', { numeric: true }),
  )
}

function stripOption(
  data: ReportData,
  partitions: readonly string[],
  events: readonly Incident[],
  size: ChartSize,
): ChartOption {
  const left = size.kind === 'wide' ? 112 : 98
  const right = size.kind === 'wide' ? 16 : 8
  const x = (t: number) => (t - data.zero) / 1000
  const range = { min: x(data.from), max: x(data.to) }
  const height = partitions.length * ROW
  return {
    grid: [
      { left, right, top: 4, height: LANE - 8 },
      { left, right, top: LANE, height },
    ],
    xAxis: [{ gridIndex: 0, type: 'value', show: false, ...range }, timeAxis(1, true, range, size)],
    yAxis: [
      { gridIndex: 0, type: 'value', show: false, min: 0, max: 1 },
      {
        gridIndex: 1,
        type: 'category',
        data: [...partitions],
        inverse: true,
        axisLine: { show: false },
        axisTick: { show: false },
        splitLine: { show: true, lineStyle: { color: ROLES.line, opacity: 0.55 } },
        axisLabel: { color: ROLES.muted, fontSize: 11, interval: 0 },
      },
    ],
    series: [
      laneSeries(events, x, size, range, left + right),
      {
        type: 'line',
        xAxisIndex: 1,
        yAxisIndex: 1,
        data: [],
        silent: true,
        markArea: {
          silent: true,
          data: events.map(event => [
            { xAxis: x(event.fromMs), itemStyle: { color: ROLES[event.role], opacity: 0.09 } },
            { xAxis: x(event.toMs) },
          ]),
        },
      },
      barSeries(data, partitions, x),
    ],
  }
}

function barSeries(
  data: ReportData,
  partitions: readonly string[],
  x: (t: number) => number,
): CustomSeriesOption {
  const { zones } = data.header
  const shown = data.measurements.outages.filter(
    outage => outage.toMs >= data.from && outage.fromMs <= data.to,
  )
  const lane = (ROW - 6) / Math.max(1, zones.length)
  return {
    type: 'custom',
    xAxisIndex: 1,
    yAxisIndex: 1,
    silent: true,
    data: shown.map(outage => [x(outage.fromMs), partitions.indexOf(outage.partition), x(outage.toMs)]),
    renderItem: (params, api) => {
      const outage = shown[params.dataIndex]
      if (!outage) return null
      const row = partitions.indexOf(outage.partition)
      const [from = 0, middle = 0] = api.coord([x(Math.max(outage.fromMs, data.from)), row])
      const to = api.coord([x(Math.min(outage.toMs, data.to)), row])[0] ?? from
      const zone = Math.max(0, zones.indexOf(outage.zone))
      return {
        type: 'rect',
        shape: {
          x: from,
          y: middle - (ROW - 6) / 2 + zone * lane,
          width: Math.max(1.5, to - from),
          height: Math.max(2, lane - 1),
        },
        style: { fill: ROLES[ZONE_ROLES[zone % ZONE_ROLES.length] ?? 'blue'] },
      }
    },
  }
}

function describe({ measurements }: ReportData, partitions: readonly string[]): string {
  const hit = new Set(measurements.outages.map(outage => outage.partition)).size
  if (hit === 0) return `None of ${plural(partitions.length, 'partition')} was ever without service.`
  const longest = measurements.outages.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))[0]
  const detail = longest
    ? ` The longest stretch was ${ms(longest.toMs - longest.fromMs)}, on ${longest.partition} for clients in ${longest.zone}.`
    : ''
  return `${hit} of ${plural(partitions.length, 'partition')} were without service at some time for some clients.${detail}`
}

function worstTable({ measurements, header }: ReportData, partitions: readonly string[]): Html {
  const rows = partitions.map(partition => {
    const mine = measurements.outages.filter(outage => outage.partition === partition)
    return {
      partition,
      total: unionMs(mine),
      zones: header.zones.map(zone => unionMs(mine.filter(outage => outage.zone === zone))),
    }
  })
  const value = (total: number) => (total === 0 ? '–' : ms(total))
  return html`<details><summary>Time without service, by partition and zone</summary>
${table({
  label: 'Time without service by partition and zone',
  rows,
  columns: [
    ['Partition', ({ partition }) => partition],
    ['Some clients', ({ total }) => value(total), 'n'],
    ...header.zones.map(
      (zone, index) => [zone, ({ zones }: (typeof rows)[number]) => value(zones[index] ?? 0), 'n'] as const,
    ),
  ],
})}
<p class="source">measurements.json /outages, ${short(measurements.outages.length)} stretches</p></details>`
}
