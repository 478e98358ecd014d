import { ANOMALIES, type AuditExample, type AuditResult, type CountName } from '../record/audit-file.ts'

const COLUMNS: readonly (readonly [CountName, string])[] = [
  ['sends', 'sends'],
  ['acked', 'acked'],
  ['unknown', 'unknown'],
  ['stored', 'stored'],
  ['lost', 'lost'],
  ['unseen', 'unseen'],
  ['storedTwice', 'twice'],
  ['reordered', 'reordered'],
  ['gapsUnexplained', 'gaps'],
  ['dropped', 'dropped'],
]

/** The result, for people: verdict, why, counts by topic, and one example of each anomaly. */
export function renderAudit(result: AuditResult): string {
  const lines = [
    `audit: ${result.verdict}`,
    ...result.failures.flatMap(({ topic, what }) => (what === undefined ? [] : [`  ${topic}: ${what}`])),
    ...result.reasons.map(reason => `  not known: ${reason}`),
    ...causes(result),
  ]
  const topics = Object.entries(result.perTopic)
  // An open history may have hundreds of keys; its totals say enough.
  const rows =
    topics.length <= 12 ? [...topics, ...(topics.length > 1 ? [totalRow(result)] : [])] : [totalRow(result)]
  if (rows.length > 0) lines.push('', ...table(rows))
  const found = ANOMALIES.filter(anomaly => result.anomalyCounts[anomaly] > 0)
  if (found.length > 0) lines.push('')
  for (const anomaly of found) {
    const count = result.anomalyCounts[anomaly]
    const isFailing = result.failures.some(failure => failure.anomaly === anomaly)
    lines.push(`${isFailing ? 'FAILS' : 'counted'}  ${anomaly}: ${count.toLocaleString('en')}`)
    const [example] = result.anomalies[anomaly] ?? []
    const text = example ? renderExample(example) : []
    // A record that is lost leaves a gap, a duplicate is a device's: what proves both is shown once.
    if (!text.every(line => lines.includes(line))) lines.push(...text)
  }
  if (found.length === 0) lines.push('', 'No anomaly was found.')
  return `${lines.join('\n')}\n`
}

/** What became of records that are not stored, cause by cause. */
const CAUSES: readonly (readonly [CountName, string])[] = [
  ['lostWithLog', 'lost with the log of their partition, which began anew'],
  ['expiredByTime', 'expired by time'],
  ['expiredBySize', 'expired by size'],
  ['expiredByCompaction', 'expired by compaction'],
  ['failedNotStored', 'of which every attempt failed'],
  ['refused', 'refused and given up'],
  ['unknownNotStored', 'of unknown outcome and not stored'],
]

function causes({ counts }: AuditResult): string[] {
  const told = CAUSES.filter(([name]) => counts[name] > 0)
  if (told.length === 0) return []
  return [
    `  not stored: ${told.map(([name, what]) => `${counts[name].toLocaleString('en')} ${what}`).join(', ')}`,
  ]
}

type Row = readonly [name: string, counts: Readonly<Record<CountName, number>>]

const totalRow = (result: AuditResult): Row => ['all', result.counts]

function table(rows: readonly Row[]): string[] {
  const cells = rows.map(([name, counts]) => [
    name,
    ...COLUMNS.map(([column]) => counts[column].toLocaleString('en')),
  ])
  const all = [['', ...COLUMNS.map(([, title]) => title)], ...cells]
  const widths = all[0]?.map((_, i) => Math.max(...all.map(row => row[i]?.length ?? 0))) ?? []
  return all.map(row =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

function renderExample(example: AuditExample): string[] {
  const values = example.values.map(value => JSON.stringify(value)).join(', ')
  const subject = [example.partition ?? example.topic, values].filter(part => part !== '').join(' ')
  return [
    `         ${subject}: ${example.what}`,
    ...example.events.map(event => `           ${event.file}:${event.line}  ${event.process}  ${event.what}`),
  ]
}
