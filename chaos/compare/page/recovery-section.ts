import { figure } from '../../page/chart.ts'
import { bytes, list } from '../../page/format.ts'
import { type Html, html } from '../../page/html.ts'
import type { Section } from '../../page/page.ts'
import type { Comparison, RecoveryBytesRow } from '../comparison.ts'
import type { Column, ComparisonData } from './columns.ts'
import { type BarGroup, barsHeight, barsOption } from './interval-bars.ts'
import { collapsible, platformTable } from './platform-table.ts'
import { spreadCell, spreadWords } from './spread-words.ts'

/** What had to be copied before everything was as before. */
export const recoverySection: Section<ComparisonData> = {
  id: 'recovery',
  label: 'Bytes moved',
  title: 'Bytes moved by recovery',
  body: ({ comparison, columns }) => renderRecovery(comparison, columns),
}

function renderRecovery({ recoveryBytes }: Comparison, columns: readonly Column[]): Html {
  const ran = columns.filter(column => column.ran)
  return html`${
    recoveryBytes.length === 0
      ? html`<p>Not measured: no run has bytes of a recovery.</p>`
      : html`<p class="lead">What had to be copied from healing until every replica was in sync, beyond what replication moves at the steady rate. Whiskers: the interval of the median over the repeats.</p>
${chart(recoveryBytes, ran)}
${collapsible('Gross, net and into the healed zones', table(recoveryBytes, ran))}`
  }`
}

function chart(rows: readonly RecoveryBytesRow[], columns: readonly Column[]): Html {
  const groups = rows.map(
    (row): BarGroup => ({
      title: `${row.subject} · ${row.kind}`,
      bars: columns.flatMap(column => {
        const moved = row.perPlatform[column.platform]
        if (!moved) return []
        const { role } = column.look
        const brokers = { label: column.short, role, spread: moved.net }
        const store = { label: '… and the store', role, hollow: true, spread: moved.storeNet }
        return moved.storeNet.median === null ? [brokers] : [brokers, store]
      }),
    }),
  )
  const told = rows.map(row => {
    const each = columns.map(
      column => `${column.name} ${spreadWords(row.perPlatform[column.platform]?.net, bytes)}`,
    )
    return `After ${row.subject}: ${list(each)}.`
  })
  return figure({
    id: 'recovery-chart',
    title: 'Bytes moved by recovery, by fault and platform',
    text: told.join(' '),
    caption: html`Filled: between brokers. Hollow: between brokers and the object store. Both beyond the steady rate.`,
    height: () => barsHeight(groups),
    draw: size => barsOption(groups, bytes, size),
  })
}

const KINDS = [
  ['net', 'net of the steady rate'],
  ['gross', 'gross'],
  ['intoHealedZonesNet', 'into the healed zones, net'],
  ['storeNet', 'between brokers and the object store, net'],
] as const

function table(rows: readonly RecoveryBytesRow[], columns: readonly Column[]): Html {
  return html`${platformTable({
    label: 'Bytes of each recovery by platform',
    first: 'Fault',
    columns,
    groups: rows.map(row =>
      KINDS.map(([key, words]) => ({
        label: row.subject,
        note: words,
        cell: ({ platform }: Column) => spreadCell(row.perPlatform[platform]?.[key], bytes),
      })),
    ),
  })}<p class="source">comparison.json /recoveryBytes</p>`
}
