import type { SinkEvidence } from '../record/sink-evidence.ts'
import { auditRows, Found, type SinkAudit } from './sink-audit.ts'
import type { StoredRecord } from './stored-records.ts'

/** Beyond every offset that region a has. */
const AFTER_A = 2 ** 40

/**
 * A sink that went from region a to region b, over both logs and one table. A record is known by its topic and its id,
 * wherever it is stored; it counts as committed where the sink committed it in either region. What was committed and has no
 * row is missing: a place that was translated too far makes some of those. What a row has of another region's copy is
 * written twice, where the sink inserts.
 *
 * Devices' order is that of region a, and then that of what region b alone has.
 */
export function auditMovedSink(
  { offsets, left, rows }: Pick<SinkEvidence, 'offsets' | 'left' | 'rows'>,
  a: readonly StoredRecord[],
  b: readonly StoredRecord[],
): SinkAudit {
  const isCommittedIn = (line: typeof offsets | typeof left) => {
    const next = new Map(
      (line?.partitions ?? []).map(([topic, partition, , , committed]) => [
        `${topic}/${partition}`,
        committed ?? 0,
      ]),
    )
    return ({ topic, partition, offset }: StoredRecord) => offset < (next.get(`${topic}/${partition}`) ?? 0)
  }
  const [inA, inB] = [isCommittedIn(left), isCommittedIn(offsets)]
  const known = new Map<string, { readonly record: StoredRecord; isCommitted: boolean }>()
  const merged: StoredRecord[] = []
  const take = (record: StoredRecord, isCommitted: boolean, from: number) => {
    const key = `${record.topic} ${record.id}`
    const before = known.get(key)
    if (before) before.isCommitted ||= isCommitted
    else {
      known.set(key, { record, isCommitted })
      merged.push({ ...record, offset: from + record.offset })
    }
  }
  for (const record of a) take(record, inA(record), 0)
  for (const record of b) take(record, inB(record), AFTER_A)
  const ids = new Set(rows.map(([id]) => id))
  const missing = new Found()
  const undelivered = new Found()
  const missingBy = new Map<string, number>()
  let committed = 0
  for (const { record, isCommitted } of known.values()) {
    if (isCommitted) committed++
    if (ids.has(record.id)) continue
    if (!isCommitted) undelivered.add(record)
    else {
      missing.add(record)
      const key = `${record.topic}/${record.partition}`
      missingBy.set(key, (missingBy.get(key) ?? 0) + 1)
    }
  }
  return {
    stored: known.size,
    committed,
    missing,
    missingBy,
    undelivered,
    ...auditRows(rows, merged),
    // Sinks with dead letters stay in region a.
    wronglyAside: new Found(),
    unrepaired: new Found(),
  }
}
