import type { HeaderFile } from '../record/run-header.ts'
import { known, type Measured, notKnown } from '../record/measured.ts'
import type { ReplayResult } from './replay-result.ts'
import type { ActionLife } from './timeline.ts'

type Row = ReplayResult['partitions'][string]

/** What is to be said of one partition. */
interface Found {
  readonly partition: string
  /** Certainly no fewer were not read. */
  readonly missing: number
  /** Why there may be more; null when there are not. */
  readonly doubt: 'not-compared' | 'compacted' | null
}

/**
 * Records that the replay should have read and did not, by content: a position that has reached the end says nothing of
 * what was gone on the way. Every offset from where it began to the end, as they were when the replay started, is a
 * record that is missing, unless it was read or something shows that there was none: it held a transaction marker or a
 * record of an aborted transaction, an answer passed over it where the topic is compacted, or what is stored has the same
 * checksum. Offsets that were asked for by number and were gone before are missing too.
 */
export function incompleteRecords(
  action: ActionLife,
  result: ReplayResult,
  header: HeaderFile,
  proof: (value: number) => Measured['from'][number],
): Measured {
  const rows = Object.entries(result.partitions)
  if (action.finishedAt === null) return notKnown('the replay never finished')
  if (rows.length === 0 || result.complete === null) {
    const said = result.error ?? result.reason
    return notKnown(
      said === null ? 'the replay did not say whether it read everything' : `the replay failed: ${said}`,
    )
  }
  if (rows.every(([, row]) => row.end !== null && row.end === row.oldest && row.records === 0 && !row.gone))
    return notKnown('there was nothing to read: every partition was empty')
  const found = rows.map(([partition, row]) => look(partition, row, result, isCompacted(header, partition)))
  const gone = rows.reduce((sum, [, row]) => sum + (row.gone ? row.gone.to - row.gone.from : 0), 0)
  const counted = found.reduce((sum, { missing }) => sum + missing, gone)
  const missing = result.complete ? counted : Math.max(1, counted)
  const doubts = found.filter(({ doubt }) => doubt !== null)
  if (missing > 0 || doubts.length === 0) return known(missing, proof(missing))
  return { value: null, why: whyInDoubt(doubts, rows.length), atLeast: 0, from: [proof(0)] }
}

function look(partition: string, row: Row, result: ReplayResult, compacted: boolean): Found {
  const compared = row.sha256 !== null && row.storedSha256 !== null
  const equal = compared && row.sha256 === row.storedSha256
  if (equal && result.complete !== false) return { partition, missing: 0, doubt: null }
  const left = (row.end ?? 0) - (row.oldest ?? 0) - (row.records ?? 0) - (row.markers ?? 0)
  const missing = Math.max(0, left - explainedHoles(row, left, { compacted, equal, result }))
  if (equal) return { partition, missing, doubt: null }
  if (!compared) return { partition, missing, doubt: 'not-compared' }
  if (!compacted) return { partition, missing: Math.max(1, missing), doubt: null }
  return { partition, ...afterCompaction(row, missing) }
}

/** Holes that an answer left although it was asked for what was there: compaction, where the topic has any. */
function explainedHoles(
  row: Row,
  left: number,
  { compacted, equal, result }: { compacted: boolean; equal: boolean; result: ReplayResult },
): number {
  if (!compacted && !equal) return 0
  if (row.holes !== null) return row.holes
  // Before holes were counted: of a replay that came to the end, all of it may be holes.
  return result.complete === true || equal ? left : 0
}

/** Compaction may have passed between the replay and the last read: then fewer are stored, and no more. */
function afterCompaction(row: Row, missing: number): Pick<Found, 'missing' | 'doubt'> {
  const { storedRecords, records, unread } = row
  if (storedRecords === null || records === null) return { missing, doubt: 'compacted' }
  if (storedRecords > records) return { missing: Math.max(missing, storedRecords - records), doubt: null }
  // As many as were read, and others: that is not what compaction does.
  if (storedRecords === records) return { missing: Math.max(1, missing), doubt: null }
  return { missing, doubt: unread === null ? 'compacted' : null }
}

function isCompacted(header: HeaderFile, partition: string): boolean {
  const topic = partition.slice(0, partition.lastIndexOf('/'))
  const topics = (header.drill as Partial<HeaderFile['drill']>).contract?.topics
  const cleanup = topics?.[topic]?.['cleanup']
  return typeof cleanup === 'string' && cleanup.includes('compact')
}

function whyInDoubt(doubts: readonly Found[], of: number): string {
  const counts = (doubt: Found['doubt']) => doubts.filter(found => found.doubt === doubt).length
  const [notCompared, compacted] = [counts('not-compared'), counts('compacted')]
  const parts = [
    ...(notCompared > 0
      ? [`checksums of ${notCompared} of ${of} partitions were not compared with what is stored`]
      : []),
    ...(compacted > 0
      ? [
          `${compacted} of ${of} partitions differ from what is stored, which compaction may have changed since`,
        ]
      : []),
  ]
  return parts.join('; ')
}
