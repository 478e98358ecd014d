import { figure } from '../page/chart.ts'
import { list, ms, short } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import type { Section } from '../page/page.ts'
import type { Panel, PanelLine } from '../page/panels.ts'
import { ZONE_ROLES } from '../page/palette.ts'
import { BROKER_REQUEST_QUEUE, JVM_GC_SECONDS, JVM_HEAP_USED } from '../platforms/kafka/metrics.ts'
import { withHoles } from './fleet-lines.ts'
import { incidents, withEvents } from './incidents.ts'
import type { ReportData } from './report-data.ts'
import { stackDrawing, valueTable } from './stack-values.ts'

/** What the brokers’ processes needed, second by second, as far as it was sampled. */
export const brokersSection: Section<ReportData> = {
  id: 'brokers',
  label: 'Brokers',
  title: 'What brokers needed',
  when: data => brokerPanels(data).length > 0,
  body: renderBrokers,
}

function renderBrokers(data: ReportData): Html {
  const panels = brokerPanels(data)
  const events = incidents(data)
  const isThere = ({ key }: (typeof SAMPLED)[number]) => panels.some(({ title }) => title.startsWith(key))
  const missing = SAMPLED.filter(one => !isThere(one))
  const text = `Of each broker: ${list(SAMPLED.filter(isThere).map(({ words }) => words))}.`
  return html`<p class="lead">A line ends where its broker had no process. ${
    missing.length > 0 && `Not sampled here: ${list(missing.map(({ words }) => words))}.`
  }</p>
${figure({
  id: 'brokers-chart',
  title: 'What brokers needed',
  text,
  caption: withEvents(text, events),
  ...stackDrawing(panels, events, data),
  values: valueTable(panels, data, 'brokers', { id: 'brokers-chart' }),
})}
<p class="source">samples/nodes.jsonl, samples/broker-metrics.jsonl, samples/machine.jsonl</p>`
}

const TITLES = {
  cpu: 'CPU',
  heap: 'Java heap in use',
  pauses: 'Stopped for garbage collection',
  queue: 'Requests that no thread has taken up',
  disk: 'Read from the disk, beyond the page cache',
  cache: 'Files in memory (page cache)',
} as const
const SAMPLED = [
  { key: TITLES.cpu, words: 'CPU' },
  { key: TITLES.heap, words: 'the Java heap' },
  { key: TITLES.pauses, words: 'pauses for garbage collection' },
  { key: TITLES.queue, words: 'the request queue' },
  { key: TITLES.disk, words: 'reads beyond the page cache' },
  { key: TITLES.cache, words: 'the page cache of the machine' },
] as const

/** Short, for axes on a phone too. */
const inBytes = (value: number): string => (value >= 1e9 ? `${short(value / 1e9)}GB` : `${short(value)}B`)

type Point = readonly [t: number, value: number | null]

function brokerPanels(data: ReportData): Panel[] {
  const { nodes, brokerMetrics } = data.samples
  const nodeRows = (nodes?.rows ?? []).filter(({ t }) => t >= data.from && t <= data.to)
  const metricRows = (brokerMetrics?.rows ?? []).filter(({ t }) => t >= data.from && t <= data.to)
  const ids = data.header.nodes.map(({ id }) => id)
  const hole = 3 * Math.max(1000, nodes?.periodMs ?? 1000)
  const rate = (pick: (row: (typeof nodeRows)[number]) => number | null | undefined, each: number) =>
    linesOf(ids, id =>
      withHoles(
        ratesOf(
          nodeRows.filter(({ node }) => node === id),
          pick,
          each,
        ),
        hole,
      ),
    )
  const metricHole = 3 * Math.max(1000, brokerMetrics?.periodMs ?? 1000)
  const metric = (name: string) =>
    linesOf(ids, id =>
      withHoles(
        metricRows
          .filter(({ node, metrics }) => node === id && metrics[name] !== undefined)
          .map(({ t, metrics }) => [t, metrics[name] ?? null] as const),
        metricHole,
      ),
    )
  const panels: Panel[] = [
    {
      title: `${TITLES.cpu}, of one processor`,
      shortTitle: 'CPU',
      height: 90,
      format: value => `${Math.round(value)}%`,
      lines: rate(({ cpuSeconds }) => cpuSeconds, 100),
    },
    { title: TITLES.heap, shortTitle: 'Heap', height: 70, format: inBytes, lines: metric(JVM_HEAP_USED) },
    {
      title: `${TITLES.pauses}, in each second`,
      shortTitle: 'GC pauses',
      height: 60,
      format: ms,
      lines: linesOf(ids, id =>
        withHoles(
          ratesOf(
            metricRows.filter(({ node }) => node === id),
            pausedSeconds,
            1000,
          ),
          metricHole,
        ),
      ),
    },
    { title: TITLES.queue, shortTitle: 'Request queue', height: 60, lines: metric(BROKER_REQUEST_QUEUE) },
    {
      title: `${TITLES.disk}, a second`,
      shortTitle: 'Disk reads',
      height: 60,
      format: inBytes,
      lines: rate(({ diskReadBytes }) => diskReadBytes, 1),
    },
    {
      title: `${TITLES.cache} of the machine that all brokers share`,
      shortTitle: 'Page cache',
      height: 60,
      format: inBytes,
      lines: cacheLines(data),
    },
  ]
  return panels.filter(({ lines }) => lines.length > 0)
}

/** Elsewhere the machine that is sampled is not that of the brokers. */
function cacheLines({ header, samples, from, to }: ReportData): PanelLine[] {
  if (header.driver !== 'local') return []
  const { rows = [], periodMs = 1000 } = samples.machine ?? {}
  const line = (name: string, role: PanelLine['role'], key: 'pageCacheBytes' | 'dirtyBytes'): PanelLine[] => {
    const points = rows.filter(({ t }) => t >= from && t <= to).map(row => [row.t, row[key] ?? null] as const)
    const isKnown = points.some(([, value]) => value !== null)
    return isKnown ? [{ name, role, points: withHoles(points, 3 * periodMs) }] : []
  }
  return [...line('cached', 'sky', 'pageCacheBytes'), ...line('not on the disk yet', 'orange', 'dirtyBytes')]
}

/** Over all collectors. Cycles of ZGC and Shenandoah run beside the program; their pauses have names of their own. */
function pausedSeconds({ metrics }: { readonly metrics: Readonly<Record<string, number>> }): number | null {
  const told = Object.entries(metrics).filter(
    ([name]) => name.startsWith(`${JVM_GC_SECONDS}{`) && !/Cycles"/.test(name),
  )
  return told.length === 0 ? null : told.reduce((sum, [, seconds]) => sum + seconds, 0)
}

function linesOf(ids: readonly number[], pointsOf: (id: number) => readonly Point[]): PanelLine[] {
  return ids.flatMap((id, index) => {
    const points = pointsOf(id)
    const role = ZONE_ROLES[index % ZONE_ROLES.length] ?? 'muted'
    return points.some(([, value]) => value !== null) ? [{ name: `broker ${id}`, role, points }] : []
  })
}

/** By what a process has counted so far; one that was started again begins anew. @param each per unit and second */
function ratesOf<Row extends { readonly t: number }>(
  rows: readonly Row[],
  pick: (row: Row) => number | null | undefined,
  each: number,
): Point[] {
  return rows.flatMap((row, index): Point[] => {
    const before = rows[index - 1]
    const [now, then] = [pick(row), before && pick(before)]
    if (now === undefined || now === null) return [[row.t, null]]
    if (!before || then === undefined || then === null || now < then) return []
    return [[row.t, ((now - then) * each * 1000) / (row.t - before.t)]]
  })
}
