import { usesTieredStorage } from '../platforms/index.ts'
import { sampleProof } from './cluster-state.ts'
import type { Evidence } from './evidence.ts'
import { known, type Measured, notKnown } from '../record/measured.ts'
import type { RunTimeline } from './timeline.ts'

type Rows = Evidence['localLog']['rows']

/** Samples come each second; a longer silence of a partition's leader hides how old its segments became. */
const SILENCE_MS = 3000
const BOUNDS =
  'bounds: while a leader did not answer, its segments may have waited for as long, and gone before it was asked again'

/**
 * The greatest age of a closed segment that was not in the tier, while devices sent: from when it was last written to,
 * by the leader's disk, while the leader said that the tier ends before it. A segment that is still open is not late.
 */
export function tierUploadAge({ header, localLog }: Evidence, { steady, endsAt }: RunTimeline): Measured {
  if (!usesTieredStorage(header.platform)) return notKnown(`there is no tier on ${header.platform}`)
  const fromMs = steady?.fromMs ?? 0
  const toMs = endsAt ?? Number.POSITIVE_INFINITY
  const rows = localLog.rows.filter(row => row.t >= fromMs && row.t <= toMs && row.uploaded !== undefined)
  const partitions = [...new Set(rows.flatMap(row => Object.keys(row.uploaded ?? {})))].filter(name =>
    isTiered(header, name),
  )
  if (partitions.length === 0) return notKnown(localLog.trouble ?? 'leaders did not say what is in the tier')
  const ages = rows.flatMap(row => partitions.map(name => ({ row, ms: row.pendingMs?.[name] ?? 0 })))
  const worst = ages.toSorted((a, b) => b.ms - a.ms)[0]
  if (!worst) return notKnown('leaders did not say what is in the tier')
  const proof = sampleProof(localLog.file, worst.row, worst.ms)
  const why = silenceWords(header, localLog.rows, partitions, { fromMs, toMs: endsAt })
  if (why !== null) return { value: null, why, atLeast: worst.ms / 1000, from: [proof] }
  const most = Math.max(worst.ms, ...partitions.map(name => mostInSilence(rows, name)))
  const found = known(worst.ms / 1000, proof)
  if (most === worst.ms) return found
  const interval = {
    value: most / 1000,
    low: worst.ms / 1000,
    high: most / 1000,
    confidence: 1,
    n: rows.length,
    samples: [rows.length, rows.length] as [number, number],
    method: BOUNDS,
    why: null,
  }
  return { ...found, value: most / 1000, interval }
}

/** Why more may have waited than anybody saw: a partition whose leader never said, or no samples at an end of the span. */
function silenceWords(
  header: Evidence['header'],
  all: Rows,
  partitions: readonly string[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number | null },
): string | null {
  const unsaid = tieredPartitions(header).filter(name => !partitions.includes(name))
  if (unsaid.length > 0) return `no leader said what of ${unsaid.slice(0, 3).join(', ')} is in the tier`
  const [first, last] = [all[0]?.t ?? 0, all.at(-1)?.t ?? 0]
  const hole = first - fromMs > SILENCE_MS ? [fromMs, first] : null
  const end = toMs !== null && toMs - last > SILENCE_MS ? [last, toMs] : null
  const [from, to] = hole ?? end ?? []
  return from === undefined ? null : `leaders were not asked between ${from} and ${to} ms`
}

/** What the contract has; nothing where it does not say how many. */
function tieredPartitions(header: Evidence['header']): string[] {
  const topics = (header.drill as Partial<typeof header.drill>).contract?.topics ?? {}
  return Object.entries(topics).flatMap(([topic, { partitions }]) =>
    Array.from(
      { length: typeof partitions === 'number' ? partitions : 0 },
      (_, index) => `${topic}/${index}`,
    ).filter(name => isTiered(header, name)),
  )
}

/** What a segment of the partition may have come to while its leader did not answer; 0 where it always did. */
function mostInSilence(rows: Rows, partition: string): number {
  const answered = rows.filter(row => row.uploaded?.[partition] !== undefined)
  return Math.max(
    0,
    ...answered.map((row, index) => {
      const silence = (answered[index + 1]?.t ?? rows.at(-1)?.t ?? row.t) - row.t
      return silence > SILENCE_MS ? (row.pendingMs?.[partition] ?? 0) + silence : 0
    }),
  )
}

/** Kafka does not tier compacted topics. Of a topic that is not in the contract, whoever answered is believed. */
function isTiered(header: Evidence['header'], partition: string): boolean {
  const topic = partition.slice(0, partition.lastIndexOf('/'))
  const cleanup = (header.drill as Partial<typeof header.drill>).contract?.topics?.[topic]?.['cleanup']
  return typeof cleanup !== 'string' || !cleanup.includes('compact')
}
