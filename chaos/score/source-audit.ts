import type { OutboxRow, SourceEvidence, SourceRecord } from '../record/source-evidence.ts'
import type { SourceExample } from '../record/source-measurement.ts'

export interface SourceFinding {
  readonly count: number
  /** The first few. */
  readonly examples: readonly SourceExample[]
}

export interface SourceAudit {
  readonly lateCommits: number
  readonly missing: SourceFinding
  readonly missingLate: number
  readonly repeated: SourceFinding
  readonly reordered: SourceFinding
  readonly unexplained: SourceFinding
  /** Of each row, when it was committed and when its first record came, if it did: wall clocks, in milliseconds. */
  readonly times: readonly (readonly [committed: number, came: number | null])[]
  /** Of the rows that have a record; null where none has. */
  readonly longestDelay: { readonly ms: number; readonly id: number } | null
}

const EXAMPLES = 10

class Found {
  count = 0
  readonly examples: SourceExample[] = []

  add(row: OutboxRow | undefined, record: SourceRecord | undefined): void {
    this.count++
    if (this.examples.length === EXAMPLES) return
    this.examples.push({
      id: row?.[0] ?? record?.[2] ?? null,
      aggregate: row?.[1] ?? null,
      partition: record?.[0] ?? null,
      offset: record?.[1] ?? null,
    })
  }
}

/**
 * Every row of an outbox against every record of its topic, by id. Whoever polls by id or by time passes over a row that
 * is committed after a later one: it is missing, whatever the totals say.
 */
export function auditSource({ rows, records }: Pick<SourceEvidence, 'rows' | 'records'>): SourceAudit {
  const byId = new Map(rows.map(row => [row[0], row]))
  const [missing, repeated, reordered, unexplained] = [new Found(), new Found(), new Found(), new Found()]
  const seen = new Map<number, number>()
  const latest = new Map<string, number>()
  let longestDelay: SourceAudit['longestDelay'] = null
  for (const record of records.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const [partition, , id, timestamp] = record
    const row = id === null ? undefined : byId.get(id)
    if (!row) unexplained.add(undefined, record)
    else if (seen.has(row[0])) repeated.add(row, record)
    else {
      seen.set(row[0], timestamp)
      const [, aggregate, sequence, committed] = row
      const place = `${partition}/${aggregate}`
      if (sequence < (latest.get(place) ?? -1)) reordered.add(row, record)
      else latest.set(place, sequence)
      const ms = timestamp - committed
      if (longestDelay === null || ms > longestDelay.ms) longestDelay = { ms, id: row[0] }
    }
  }
  let highest = -1
  let lateCommits = 0
  let missingLate = 0
  for (const row of rows) {
    const isLate = row[0] < highest
    highest = Math.max(highest, row[0])
    if (isLate) lateCommits++
    if (seen.has(row[0])) continue
    missing.add(row, undefined)
    if (isLate) missingLate++
  }
  const times = rows.map(([id, , , committed]) => [committed, seen.get(id) ?? null] as const)
  return { lateCommits, missing, missingLate, repeated, reordered, unexplained, times, longestDelay }
}
