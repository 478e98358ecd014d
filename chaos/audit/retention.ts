import { formatSpan } from '../core/units.ts'
import type { Catalog } from './catalog.ts'
import type { Findings } from './findings.ts'
import type { AuditResult } from '../record/audit-file.ts'
import type { AuditPart } from '../record/audit-part.ts'
import type { RetentionSettings } from './retention-settings.ts'
import type { AgesAtRead, PartitionBounds } from './shard-reader.ts'

export type RetentionResult = NonNullable<AuditResult['retention']>
/** With the number of the partition, by which those of several parts are in the order of one. */
export type RetentionOfPart = AuditPart['retention']
type Overdue = RetentionResult['overdue'][number]

export interface RetentionEvidence {
  readonly catalog: Catalog
  readonly findings: Findings
  readonly bounds: ReadonlyMap<number, PartitionBounds>
  readonly ages: ReadonlyMap<number, AgesAtRead>
  /** By topic; null where the run does not say. */
  readonly settings: ReadonlyMap<string, RetentionSettings> | null
}

/**
 * Whether records went when they were due. Kafka deletes segments from the oldest on, each by the latest time that a
 * record in it carries: one record with a time in the future keeps its segment, and all that come after.
 */
export function checkRetention(evidence: RetentionEvidence): RetentionOfPart {
  const { catalog, settings, bounds, ages } = evidence
  if (settings === null) return none('the run does not say how its topics and brokers were configured')
  if (ages.size === 0 && [...bounds.values()].some(({ low, high }) => high > low))
    return none('the final read does not say how old its records were')
  const notJudged = new Map<string, number>()
  const overdue: RetentionOfPart['overdue'] = []
  let judged = 0
  for (const [partition, { low }] of bounds) {
    if (!catalog.isOwn(partition)) continue
    const topic = catalog.topics[catalog.topicOf(partition)]?.name ?? ''
    const terms = settings.get(topic)
    if (!terms) continue
    const own = ages.get(partition)
    const found = own ? overdueIn(own, terms) : null
    if (own && found) {
      overdue.push([partition, found])
      tell(evidence, partition, found)
    } else if (low === 0) {
      const why = `${topic}: nothing was old enough to be gone (${inWords(terms)})`
      if (!notJudged.has(why)) notJudged.set(why, partition)
      continue
    }
    judged += 1
  }
  return { judged, notJudged: [...notJudged].map(([why, at]) => [at, why]), overdue }
}

const none = (why: string): RetentionOfPart => ({ judged: 0, notJudged: [[0, why]], overdue: [] })

const inWords = ({ retentionMs, slackMs }: RetentionSettings): string =>
  `retention ${formatSpan(retentionMs)}, then the segment must be closed, and brokers look within ${formatSpan(slackMs)}`

/** null: the oldest record may still be there. */
function overdueIn(ages: AgesAtRead, terms: RetentionSettings): Overdue | null {
  const { oldest, marks, readAtWallMs } = ages
  const { retentionMs, closesAfterMs, closesAfterBytes, slackMs } = terms
  const full = marks.find(([, bytes]) => bytes >= closesAfterBytes)?.[2] ?? Number.POSITIVE_INFINITY
  const closedAt = Math.min(oldest.sent + closesAfterMs, full)
  if (closedAt + retentionMs + slackMs >= readAtWallMs) return null
  // It holds if it kept its segment at every look, and only if it is in the oldest segment.
  const holders = ages.ahead.filter(
    ({ stamp, sent }) => stamp + retentionMs >= readAtWallMs && sent <= closedAt,
  )
  const holder = holders.length === 0 ? null : holders.reduce((a, b) => (b.stamp > a.stamp ? b : a))
  const found = {
    partition: `${ages.topic}/${ages.partition}`,
    records: Math.max(1, marks.findLast(([, , sent]) => sent + retentionMs < readAtWallMs)?.[0] ?? 0),
    retentionMs,
    oldestMs: readAtWallMs - oldest.sent,
    oldestOffset: oldest.offset,
    heldBy: holder && { record: holder.id, offset: holder.offset, aheadMs: holder.stamp - holder.sent },
  }
  return { ...found, what: overdueWords(found) }
}

function tell({ catalog, findings }: RetentionEvidence, partition: number, found: Overdue): void {
  const { heldBy } = found
  const record = heldBy && catalog.values.intern(catalog.topicOf(partition), heldBy.record)
  const describe = () => ({
    what: found.what,
    handles: record === null ? [] : [record],
    offsets: [heldBy?.offset ?? found.oldestOffset],
    places: [],
    traceValues: record !== null,
  })
  findings.add('retention-not-effective', partition, describe, found.records)
}

function overdueWords({ partition, records, heldBy, retentionMs, oldestMs }: Omit<Overdue, 'what'>): string {
  const device = heldBy && /^(d\d+)\//.exec(heldBy.record)?.[1]
  const whose = device ? `device ${device}’s record` : 'the record'
  const held = heldBy
    ? `held by ${whose} at offset ${heldBy.offset}, whose time is ${formatSpan(heldBy.aheadMs)} ahead`
    : 'no record’s time explains it'
  const count = records === 1 ? '1 record is' : `${records.toLocaleString('en')} records are`
  return (
    `retention not effective on partition ${partition}: ${held}; at least ${count} older than the retention of ` +
    `${formatSpan(retentionMs)}, the oldest ${formatSpan(oldestMs)}`
  )
}
