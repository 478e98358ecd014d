import { bytes, list } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import type { Section } from '../../page/page.ts'
import type { Comparison } from '../comparison.ts'
import type { Column, ComparisonData } from './columns.ts'
import { type PlatformRow, platformTable } from './platform-table.ts'
import { formatOf, spreadCell } from './spread-words.ts'

/** What the object store was asked, never without the rate at which that happened. */
export const storeSection: Section<ComparisonData> = {
  id: 'store',
  label: 'Object store',
  title: 'Requests to the object store',
  body: ({ comparison, columns }) => renderStore(comparison, columns),
}

function renderStore({ objectStore }: Comparison, columns: readonly Column[]): Html {
  const ran = columns.filter(column => column.ran)
  const metered = ran.filter(({ platform }) => objectStore[platform]?.why === null)
  const without = ran.filter(column => !metered.includes(column))
  return html`<p class="lead">How many there are depends on the ingest rate more than on bytes: a log object is written every so often, however little is in it. So a run’s requests hold for its own rate, and the bill below does not multiply them up.</p>
${metered.length > 0 && platformTable({ label: 'Requests by operation and platform', first: 'In the whole run', columns: metered, groups: groupsOf(objectStore, metered) })}
${without.length > 0 && html`<ul class="notes">${without.map(column => html`<li><b>${column.label}:</b> ${objectStore[column.platform]?.why ?? 'not metered'}</li>`)}</ul>`}
${metered.length > 0 && html`<p class="source">comparison.json /objectStore: ${list(metered.map(column => column.platform))}</p>`}`
}

function groupsOf(
  objectStore: Comparison['objectStore'],
  metered: readonly Column[],
): readonly (readonly PlatformRow[])[] {
  const operations = [
    ...new Set(
      metered.flatMap(({ platform }) => objectStore[platform]?.requests.map(one => one.operation) ?? []),
    ),
  ]
  const count = formatOf('count')
  return [
    [
      {
        label: 'At an ingest of',
        note: 'acknowledged, over the same time',
        cell: ({ platform }) => spreadCell(objectStore[platform]?.ingestBytesPerSecond, formatOf('bytes/s')),
      },
    ],
    operations.map(operation => ({
      label: operation,
      note: 'requests',
      cell: ({ platform }: Column) => {
        const found = objectStore[platform]?.requests.find(one => one.operation === operation)
        return found ? spreadCell(found.requests, count) : html`<span class="none">none</span>`
      },
    })),
    [
      { label: 'Failed requests', cell: ({ platform }) => spreadCell(objectStore[platform]?.failed, count) },
      {
        label: 'Bytes to the store',
        cell: ({ platform }) => spreadCell(objectStore[platform]?.toStoreBytes, bytes),
      },
      {
        label: 'Bytes from the store',
        cell: ({ platform }) => spreadCell(objectStore[platform]?.fromStoreBytes, bytes),
      },
      {
        label: 'Kept in the store at the end',
        cell: ({ platform }) => spreadCell(objectStore[platform]?.storedBytes, bytes),
      },
    ],
  ]
}
