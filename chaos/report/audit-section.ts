import { failureWords } from '../numbers/audit-advice.ts'
import { count } from '../page/format.ts'
import { type Html, html } from '../page/html.ts'
import { table } from '../page/table.ts'
import type { Section } from '../page/page.ts'
import type { ReportData } from './report-data.ts'
import { chip } from '../page/verdict-chip.ts'

/** What clients were told against what is stored, topic by topic; causes where something of them was counted. */
const COLUMNS: readonly (readonly [key: string, label: string, ifCounted?: true])[] = [
  ['acked', 'Acknowledged'],
  ['stored', 'Stored'],
  ['lost', 'Lost'],
  ['removedInWindow', 'Removed within the window', true],
  ['expiredByTime', 'Expired by time', true],
  ['expiredBySize', 'Expired by size', true],
  ['expiredByCompaction', 'Compacted', true],
  ['unread', 'Unread', true],
  ['failedNotStored', 'Every attempt failed', true],
  ['storedTwice', 'Stored twice'],
  ['repeatedOnPurpose', 'Repeated on purpose', true],
  ['repeatedByFirmware', 'Repeated by wrong firmware', true],
  ['sequenceRestarted', 'Sequence restarted', true],
  ['malformed', 'Malformed', true],
  ['repaired', 'Repaired', true],
  ['reordered', 'Out of order'],
  ['orderNotJudged', 'Order not judged', true],
  ['failedButStored', 'Failed but stored'],
  ['unknownStored', 'Unknown, stored'],
  ['unknownNotStored', 'Unknown, not stored'],
  ['dropped', 'Dropped at the edge'],
  ['refused', 'Refused'],
]

export const auditSection: Section<ReportData> = {
  id: 'audit',
  label: 'Audit',
  title: 'Audit: what clients were told against what is stored',
  body: renderAudit,
}

function renderAudit({ audit }: ReportData): Html {
  if (!audit) {
    return html`<p class="lead">${chip('inconclusive', 'not audited')} There is no audit.json in this run.</p>`
  }
  return html`<p class="lead">${chip(audit.verdict)} ${audit.reasons.length > 0 ? audit.reasons.join('; ') : (failureWords(audit) ?? 'Every partition was read whole and compared with every operation of every client.')}</p>
${topicTable(audit.perTopic ?? {})}
${anomalies(audit)}
<p class="source">audit.json</p>`
}

function topicTable(perTopic: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Html {
  const topics = Object.entries(perTopic)
  const present = COLUMNS.filter(([key, , ifCounted]) =>
    topics.some(([, counts]) => typeof counts[key] === 'number' && (!ifCounted || counts[key] > 0)),
  )
  if (present.length === 0) return html``
  const cell = (value: unknown) => (typeof value === 'number' ? count(value) : '–')
  const sum = (key: string) =>
    topics.reduce((total, [, counts]) => total + (typeof counts[key] === 'number' ? counts[key] : 0), 0)
  return table({
    label: 'Audit by topic',
    rows: topics,
    columns: [
      ['Topic', ([topic]) => topic],
      ...present.map(
        ([key, label]) => [label, ([, counts]: (typeof topics)[number]) => cell(counts[key]), 'n'] as const,
      ),
    ],
    foot: ['All', ...present.map(([key]) => cell(sum(key)))],
  })
}

function anomalies(audit: NonNullable<ReportData['audit']>): Html {
  const counted = Object.entries(audit.anomalyCounts ?? {}).filter(([, found]) => found > 0)
  const named =
    counted.length > 0
      ? counted
      : Object.entries(audit.anomalies).map(([name, found]) => [name, found.length] as const)
  const found = named.filter(([, number]) => number > 0)
  if (found.length === 0) return html`<p>No anomaly of any kind was found.</p>`
  return html`<ul class="notes">${found.map(
    ([name, number]) =>
      html`<li><b>${name}</b>: ${count(number)}${audit.judged?.[name] && ` (${judgedWords(audit, name, audit.judged[name])})`}</li>`,
  )}</ul>`
}

/** A kind that can fail an audit did not fail this one where every case of it has a cause that the contract allows. */
function judgedWords(audit: NonNullable<ReportData['audit']>, name: string, weight: string): string {
  if (weight === 'fails' && audit.failures?.every(failure => failure.anomaly !== name)) {
    return 'each explained, e.g. sent again after a time-out; none fails the audit'
  }
  return (
    {
      fails: 'fails the audit',
      inconclusive: 'leaves it open',
      counts: 'counted, expected of at-least-once clients',
    }[weight] ?? weight
  )
}
