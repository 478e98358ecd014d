import { sampleProof } from './cluster-state.ts'
import type { Evidence } from './evidence.ts'
import { type Measured, type ReplaySources, known, notKnown } from './measurements.ts'
import type { ReplayRead } from './replay-reads.ts'
import type { Span } from './timeline.ts'

/**
 * Where the records of a replay came from. Brokers with a tier tell the first offset that is on their own disk, once a
 * second, and it only grows. A record was read from the tier when it lay before that offset already when it was asked
 * for, and from the disk when it did not even when it had arrived; what is between two samples is counted apart.
 * On a shared platform no offset tells memory from store; there the bytes that the store gave out are all that is known.
 */
export function replaySources(evidence: Evidence, process: string, span: Span | null): ReplaySources {
  const { platform } = evidence.header
  const fromStoreBytes = storeBytes(evidence, span)
  const reads = evidence.replayHistories.get(process)?.reads ?? []
  if (platform === 'kafka') {
    const all = known(reads.reduce((sum, read) => sum + read.records, 0))
    const none = known(0)
    return span === null || reads.length === 0
      ? without('the replay read nothing', fromStoreBytes)
      : { coldRecords: none, hotRecords: all, eitherRecords: none, fromStoreBytes }
  }
  if (platform !== 'kafka-tiered')
    return without('brokers do not tell which records they had in memory', fromStoreBytes)
  if (span === null || reads.length === 0) return without('the replay read nothing', fromStoreBytes)
  return { ...divide(evidence.localLog, reads, span.fromMs), fromStoreBytes }
}

function without(why: string, fromStoreBytes: Measured): ReplaySources {
  const none = notKnown(why)
  return { coldRecords: none, hotRecords: none, eitherRecords: none, fromStoreBytes }
}

type Sources = Omit<ReplaySources, 'fromStoreBytes'>

function divide(series: Evidence['localLog'], reads: readonly ReplayRead[], replayFromMs: number): Sources {
  const first = series.rows[0]
  const last = series.rows.at(-1)
  if (!first || !last) {
    const none = notKnown(series.trouble ?? 'brokers were not asked for the start of their local logs')
    return { coldRecords: none, hotRecords: none, eitherRecords: none }
  }
  let cold = 0
  let hot = 0
  let either = 0
  for (const read of reads) {
    const starts = startsAround(series, read, replayFromMs)
    const end = read.firstOffset + read.records
    const surelyCold = starts === null ? 0 : clamp(Math.min(...starts) - read.firstOffset, read.records)
    const surelyHot = starts === null ? 0 : clamp(end - Math.max(...starts), read.records)
    cold += surelyCold
    hot += surelyHot
    either += read.records - surelyCold - surelyHot
  }
  const proofs = [sampleProof(series.file, first, 'first'), sampleProof(series.file, last, 'last')]
  return {
    coldRecords: known(cold, ...proofs),
    hotRecords: known(hot, ...proofs),
    eitherRecords: known(either, ...proofs),
  }
}

/**
 * What the leader said from the last time before the records can have been asked for to the first after they had
 * arrived. It grows, and may step back where another broker took over: so the least and the most of them count.
 */
function startsAround(
  series: Evidence['localLog'],
  { partition, t, askedAfter }: ReplayRead,
  replayFromMs: number,
): readonly number[] | null {
  const rows = series.rows.filter(row => partition in row.starts)
  const first = rows.findLastIndex(row => row.t <= (askedAfter ?? replayFromMs))
  const last = rows.findIndex(row => row.t >= t)
  if (first < 0 || last < 0) return null
  return rows.slice(first, last + 1).flatMap(row => row.starts[partition] ?? [])
}

const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most)

/** What the store gave out while the replay ran, to whom ever: live reads of old records are in it. */
function storeBytes({ objectStore, header }: Evidence, span: Span | null): Measured {
  if (header.platform === 'kafka') return notKnown('there is no object store')
  if (span === null) return notKnown('the replay has no span')
  const from = objectStore.rows.findLast(row => row.t <= span.fromMs)
  const to = objectStore.rows.find(row => row.t >= span.toMs)
  if (!from || !to) return notKnown(objectStore.trouble ?? 'the object store was not metered at the time')
  const total = (row: typeof from) =>
    Object.values(row.zones).reduce(
      (sum, operations) =>
        sum + Object.values(operations).reduce((bytes, one) => bytes + one.fromStoreBytes, 0),
      0,
    )
  return known(
    total(to) - total(from),
    sampleProof(objectStore.file, from, 'before'),
    sampleProof(objectStore.file, to, 'after'),
  )
}
