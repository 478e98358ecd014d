import { bytes } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import { scrolling } from '../../page/table.ts'
import type { Section } from '../../page/page.ts'
import { MIN_RUNS } from '../../score/repeats.ts'
import type { Comparison, ZoneMatrix } from '../comparison.ts'
import type { Column, ComparisonData } from './columns.ts'
import { causeTable } from './cause-table.ts'
import { spreadWords } from './spread-words.ts'

/** Where bytes went, zone by zone, side by side: same shades, same scale. */
export const zonesSection: Section<ComparisonData> = {
  id: 'zones',
  label: 'Zones',
  title: 'What crossed between zones',
  body: ({ comparison, columns }) => renderZones(comparison, columns),
}

function renderZones({ zoneMatrix }: Comparison, columns: readonly Column[]): Html {
  const shown = columns.flatMap(column => {
    const matrix = zoneMatrix[column.platform]
    return matrix ? [{ column, matrix }] : []
  })
  const largest = Math.max(1, ...shown.flatMap(({ matrix }) => medians(matrix)))
  return html`<p class="lead">Bytes that the platform and its clients moved in the whole run, medians over the repeats with the interval below; darker is more, on one scale for all. Traffic within a zone is in italics: it costs nothing. Counted are the payloads of connections, protocol and all; headers of TCP and IP, which a cloud bills too, are not in them.</p>
${shown.length === 0 && html`<p>Not measured: no run has bytes by zone.</p>`}
<div class="grids">${shown.map(({ column, matrix }) => grid(column, matrix, largest))}</div>
${
  shown.length > 0 &&
  html`<h3>Why they moved</h3>
${causeTable(
  zoneMatrix,
  shown.map(({ column }) => column),
)}`
}
<p class="source">comparison.json /zoneMatrix</p>`
}

function medians({ cells, toStore }: ZoneMatrix): number[] {
  return [
    ...cells.map(cell => cell.bytes.median ?? 0),
    ...toStore.flatMap(row => [row.toStoreBytes.median ?? 0, row.fromStoreBytes.median ?? 0]),
  ]
}

function grid({ name, tag }: Column, matrix: ZoneMatrix, largest: number): Html {
  const { zones, cells, toStore } = matrix
  const stored = toStore.length > 0
  const cellOf = (from: string, to: string) => cells.find(cell => cell.from === from && cell.to === to)
  const square = (spread: ZoneMatrix['crossed'] | undefined, own: boolean): Html => {
    const value = spread?.median ?? null
    const heat = Math.round(((value ?? 0) / largest) * 5)
    return html`<td class="heat${heat}${own && ' own'}" title="${spreadWords(spread, bytes)}">${
      value === null || !spread ? html`<small>not known</small>` : bytes(value)
    }${value !== null && spread && html`<small class="in">${shortInterval(spread)}</small>`}</td>`
  }
  return scrolling(
    `Bytes from zone to zone: ${name}`,
    html`<table class="grid">
<caption>${name}${tag && html` <span class="tag">${tag}</span>`}</caption>
<thead><tr><th scope="col"><span class="from">from ↓ to →</span></th>${zones.map(zone => html`<th scope="col">${zone}</th>`)}${
      stored && html`<th scope="col">store</th>`
    }</tr></thead>
<tbody>${zones.map(
      from =>
        html`<tr><th scope="row">${from}</th>${zones.map(to => square(cellOf(from, to)?.bytes, from === to))}${
          stored && square(toStore.find(row => row.zone === from)?.toStoreBytes, false)
        }</tr>`,
    )}${
      stored &&
      html`<tr><th scope="row">store</th>${zones.map(to => square(toStore.find(row => row.zone === to)?.fromStoreBytes, false))}<td><span class="hidden">not applicable</span></td></tr>`
    }</tbody></table>`,
  )
}

/** Within a square there is room for the bounds and one unit. */
function shortInterval({ low, high, values }: ZoneMatrix['crossed']): Html | string {
  if (low === null || high === null) return values.length < MIN_RUNS ? '' : 'no interval'
  if (low === high) return ''
  const [from = '', fromUnit] = bytes(low).split(' ')
  const [to = '', unit = ''] = bytes(high).split(' ')
  if (fromUnit !== unit) return `${bytes(low)}–${bytes(high)}`
  return html`${from}–${to}<span class="unit"> ${unit}</span>`
}
