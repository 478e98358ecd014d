import type { ErrorMeasurement } from '../record/error-measurement.ts'
import type { Evidence } from './evidence.ts'

/** By what was said and by the broker that was asked, the most first. */
export function measureErrors({
  sendErrors,
  cluster,
}: Pick<Evidence, 'sendErrors' | 'cluster'>): ErrorMeasurement[] {
  const leaders = new Map<string, number>()
  let row = 0
  const found = new Map<string, ErrorMeasurement>()
  for (const { error, partition, second, parts, records, failedRecords, lastMs } of sendErrors) {
    for (; row < cluster.rows.length && (cluster.rows[row]?.t ?? 0) <= second; row += 1)
      for (const [name, { leader }] of Object.entries(cluster.rows[row]?.changes ?? {}))
        leaders.set(name, leader)
    const leader = leaders.get(partition) ?? -1
    const broker = leader < 0 ? null : leader
    const key = `${error} ${broker}`
    const one = found.get(key) ?? {
      error,
      broker,
      parts: 0,
      records: 0,
      failedRecords: 0,
      firstMs: second,
      lastMs,
      perSecond: [],
    }
    found.set(key, one)
    one.parts += parts
    one.records += records
    one.failedRecords += failedRecords
    one.lastMs = Math.max(one.lastMs, lastMs)
    const last = one.perSecond.at(-1)
    if (last?.[0] === second) last[1] += records
    else one.perSecond.push([second, records])
  }
  return [...found.values()].toSorted((a, b) => b.records - a.records || a.firstMs - b.firstMs)
}
