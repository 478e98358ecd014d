import type { AuditPart } from '../record/audit-part.ts'
import { ANOMALIES, type Anomaly, type Counts } from '../record/audit-file.ts'
import type { Auditor } from './auditor.ts'
import type { Catalog } from './catalog.ts'

/** What was found, by topic: all that a verdict rests on. */
export interface Totals {
  readonly operations: number
  readonly topics: AuditPart['topics']
}

export function totalsOf(auditor: Auditor, catalog: Catalog): Totals {
  const tooSoon = new Map(auditor.removals.tooSoon().map(removed => [removed.topic, removed]))
  return {
    operations: auditor.operations,
    topics: catalog.topics.map(({ name, duplicates, keeping }, id) => {
      const soon = tooSoon.get(name)
      return {
        name,
        duplicates,
        isKept: keeping !== null,
        counts: auditor.counts[id] as Counts,
        found: foundIn(auditor, id),
        tooSoon: soon ? { windowMs: soon.windowMs, youngestMs: soon.youngestMs } : null,
      }
    }),
  }
}

function foundIn({ findings }: Auditor, topic: number): Partial<Record<Anomaly, number>> {
  const found: Partial<Record<Anomaly, number>> = {}
  for (const anomaly of ANOMALIES) {
    const count = findings.countOf(anomaly, topic)
    if (count > 0) found[anomaly] = count
  }
  return found
}
