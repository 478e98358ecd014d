import { bytes, ms } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { table } from '../page/table.ts'
import type { Section } from '../page/page.ts'
import { STORE_PLACE } from '../score/link-bytes.ts'
import type { ReportData } from './report-data.ts'

type Grid = readonly [listener: string | null, title: string, note: string]

const gridsOf = (hasConnector: boolean, hasProcessor: boolean): readonly Grid[] => [
  [
    null,
    'All traffic',
    `the sum of the ${['three', 'four', 'five'][Number(hasConnector) + Number(hasProcessor)]}`,
  ],
  ['client', 'Produce and consume', 'listener client'],
  ['replication', 'Replication', 'listener replication'],
  ['control', 'Control', 'listener control: the KRaft quorum'],
  ...(hasConnector ? [['connect', 'Connector', 'between brokers and the worker'] as const] : []),
  ...(hasProcessor ? [['processor', 'Processor', 'between brokers and its instances'] as const] : []),
]

/** Bytes from zone to zone over the whole run, by cause, as the links' own meters counted them. */
export const trafficSection: Section<ReportData> = {
  id: 'traffic',
  label: 'Traffic',
  title: 'What crossed between zones',
  body: renderTraffic,
}

function renderTraffic({ measurements, header }: ReportData): Html {
  const { meter, why, cells } = measurements.matrix
  const total = (from: string, to: string, listener: string | null): number | null => {
    const mine = cells.filter(
      cell => cell.from === from && cell.to === to && (listener === null || cell.listener === listener),
    )
    return mine.length === 0 ? null : mine.reduce((sum, cell) => sum + (cell.bytes ?? 0), 0)
  }
  const crossing = cells
    .filter(cell => cell.from !== cell.to && !isStore(cell))
    .reduce((sum, cell) => sum + (cell.bytes ?? 0), 0)
  const has = (listener: string) => cells.some(cell => cell.listener === listener)
  const lead =
    meter === 'none'
      ? html`Not measured: ${why}.`
      : html`<b>${bytes(crossing)}</b> crossed from one zone to another, in the whole run. Counted by ${
          meter === 'exact'
            ? 'the link proxies, exactly, when all connections had ended'
            : html`the kernel’s sockets once a second, which may miss short connections (${why})`
        }.`
  return html`<p class="lead">${lead}</p>
${
  meter !== 'none' &&
  html`<div class="grids">${gridsOf(has('connect'), has('processor')).map(([listener, title, note]) =>
    grid(header.zones, title, note, (from, to) => total(from, to, listener)),
  )}</div>`
}
${meter !== 'none' && storeTable(header.zones, cells)}
<p class="source">${meter === 'exact' ? 'samples/link-totals.json /exact' : 'samples/links.jsonl'} → measurements.json /matrix</p>
${phaseTable(measurements)}`
}

type Cell = ReportData['measurements']['matrix']['cells'][number]

const isStore = ({ from, to }: Cell): boolean => from === STORE_PLACE || to === STORE_PLACE

/** The object store is in no zone: what goes there is billed as requests and storage, not as a crossing. */
function storeTable(zones: readonly string[], cells: readonly Cell[]): Html {
  const ways = cells.filter(isStore)
  if (ways.length === 0) return html``
  const sum = (pick: (cell: Cell) => boolean) =>
    ways.filter(pick).reduce((total, cell) => total + (cell.bytes ?? 0), 0)
  const row = (label: string, isMine: (zone: string) => boolean) =>
    html`<tr><th scope="row">${label}</th><td class="n">${bytes(sum(cell => isMine(cell.from)))}</td><td class="n">${bytes(sum(cell => isMine(cell.to)))}</td></tr>`
  return html`<h3>To the object store and back</h3>
<p class="lead">The store is in no zone, so none of this crosses from one zone to another; it is not in the sums above.</p>
<table class="compact"><thead><tr><th scope="col">Brokers in</th><th scope="col" class="n">To the store</th><th scope="col" class="n">From the store</th></tr></thead>
<tbody>${zones.map(zone => row(zone, one => one === zone))}</tbody>
<tfoot>${row('All zones', one => one !== STORE_PLACE)}</tfoot></table>`
}

function grid(
  zones: readonly string[],
  title: string,
  note: string,
  value: (from: string, to: string) => number | null,
): Html {
  const largest = Math.max(1, ...zones.flatMap(from => zones.map(to => value(from, to) ?? 0)))
  const shade = (cell: number | null) => Math.round(((cell ?? 0) / largest) * 5)
  return html`<table class="grid"><caption>${title} <small>${note}</small></caption>
<thead><tr><th scope="col"><span class="from">from ↓ to →</span></th>${zones.map(zone => html`<th scope="col">${zone}</th>`)}</tr></thead>
<tbody>${zones.map(
    from =>
      html`<tr><th scope="row">${from}</th>${zones.map(to => {
        const cell = value(from, to)
        return html`<td class="heat${shade(cell)}${from === to ? ' own' : ''}">${cell === null ? '–' : bytes(cell)}</td>`
      })}</tr>`,
  )}</tbody></table>`
}

function phaseTable({ phases, matrix }: ReportData['measurements']): Html {
  if (phases.length === 0 || matrix.meter === 'none') return html``
  const hasStore = phases.some(({ links }) => links.some(({ link }) => link.endsWith(':s3')))
  const hasConnector = phases.some(({ links }) => links.some(({ link }) => link.endsWith(':connect')))
  const hasProcessor = phases.some(({ links }) => links.some(({ link }) => link.endsWith(':processor')))
  const sum = (links: (typeof phases)[number]['links'], listener: string): string => {
    const mine = links.filter(link => link.link.endsWith(`:${listener}`))
    if (mine.length === 0 || mine.some(link => link.toNode === null || link.back === null))
      return 'not measured'
    return bytes(mine.reduce((total, link) => total + (link.toNode ?? 0) + (link.back ?? 0), 0))
  }
  const over = (head: string, listener: string) =>
    [head, ({ links }: (typeof phases)[number]) => sum(links, listener), 'n'] as const
  return html`<details><summary>Bytes on all links in each phase</summary>
${table({
  label: 'Bytes on all links in each phase',
  rows: phases,
  columns: [
    ['Phase', ({ name }) => name],
    ['Length', ({ fromMs, toMs }) => ms(toMs - fromMs), 'n'],
    over('Produce and consume', 'client'),
    over('Replication', 'replication'),
    over('Control', 'control'),
    ...(hasStore ? [over('Object store', 's3')] : []),
    ...(hasConnector ? [over('Connector', 'connect')] : []),
    ...(hasProcessor ? [over('Processor', 'processor')] : []),
  ],
})}
<p class="source">samples/links.jsonl: the kernel’s sockets, once a second; links within a zone are part of it. A broker that restarts or a link that is reset can leave a phase without a number.</p></details>`
}
