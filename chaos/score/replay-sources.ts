import { z } from 'zod'
import { findPlatform, usesObjectStore } from '../platforms/index.ts'
import { sampleProof } from './cluster-state.ts'
import type { Evidence } from './evidence.ts'
import { type Estimated, type Measured, known, notKnown } from '../record/measured.ts'
import type { ReplaySources } from '../record/measurements.ts'
import type { ReplayRead } from './replay-reads.ts'
import type { Span } from './timeline.ts'

/**
 * Where the records of a replay came from. Brokers with a tier tell the first offset that is on their own disk, once a
 * second, and it only grows. A record was read from the tier when it lay before that offset already when it was asked
 * for, and from the disk when it did not even when it had arrived; what is between two samples is counted apart.
 * On a shared platform no offset tells memory from store. There, the bytes that its nodes took from the store while the
 * replay ran bound what was cold, by their own counters and by those of the store's proxies: nodes take more than records
 * (they read ahead, and put objects together), so no more was cold than they took, and the rest was in memory.
 */
export function replaySources(evidence: Evidence, process: string, span: Span | null): ReplaySources {
  const { platform } = evidence.header
  const fromStoreBytes = storeBytes(evidence, span)
  const reads = evidence.replayHistories.get(process)?.reads ?? []
  const cold = findPlatform(platform)?.reads
  if (!cold) return without(`how ${platform} is asked for it is not known here`, fromStoreBytes)
  if (cold.toldBy === 'nothing-is-cold') {
    const all = known(reads.reduce((sum, read) => sum + read.records, 0))
    const none = known(0)
    return span === null || reads.length === 0
      ? without('the replay read nothing', fromStoreBytes)
      : { coldRecords: none, hotRecords: all, eitherRecords: none, fromStoreBytes }
  }
  if (cold.toldBy === 'node-counter')
    return ofNodeCounters(evidence, process, span, fromStoreBytes, cold.counter)
  if (span === null || reads.length === 0) return without('the replay read nothing', fromStoreBytes)
  return { ...divide(evidence.localLog, reads, span.fromMs), fromStoreBytes }
}

function ofNodeCounters(
  evidence: Evidence,
  process: string,
  span: Span | null,
  fromStoreBytes: Measured,
  counter: string,
): ReplaySources {
  const nodesFromStoreBytes = nodesTook(evidence, span, counter)
  const read = replayBytes(evidence, span)
  const reads = evidence.replayHistories.get(process)?.reads ?? []
  const taken = [fromStoreBytes, nodesFromStoreBytes].flatMap(({ value }) => value ?? [])
  const told = { nodesFromStoreBytes }
  if (taken.length === 0 || read === null || reads.length === 0) {
    const why =
      reads.length === 0 ? 'the replay read nothing' : 'nobody counted what nodes took from the store'
    return { ...without(why, fromStoreBytes), ...told }
  }
  const most = Math.min(read, ...taken)
  const from = [...fromStoreBytes.from, ...nodesFromStoreBytes.from]
  const bytes = { coldBytesAtMost: known(most, ...from), hotBytesAtLeast: known(read - most, ...from) }
  if (most > 0) {
    const why = 'only bytes tell what was cold on this platform, and not of which records'
    return { ...without(why, fromStoreBytes), ...told, ...bytes }
  }
  const all = reads.reduce((sum, one) => sum + one.records, 0)
  const none = known(0, ...from)
  const sources = { coldRecords: none, hotRecords: known(all, ...from), eitherRecords: none }
  return { ...sources, fromStoreBytes, ...told, ...bytes }
}

/** What the replay said that it had read in this span; null where it did not. */
function replayBytes({ journal }: Evidence, span: Span | null): number | null {
  const finished = journal.events.find(
    ({ event }) => event.kind === 'action.finished' && event.t === span?.toMs,
  )?.event
  const result = finished?.kind === 'action.finished' ? finished.result : null
  const told = z.object({ bytes: z.number() }).safeParse(result)
  return told.success ? told.data.bytes : null
}

/** Each node's counter, from its last sample before the replay to the first one after it. */
function nodesTook({ brokerMetrics, header }: Evidence, span: Span | null, counter: string): Measured {
  if (span === null) return notKnown('the replay has no span')
  const grown = header.nodes.map(({ id }) => {
    const mine = brokerMetrics.rows.filter(row => row.node === id && row.metrics[counter] !== undefined)
    const first = mine.findLastIndex(row => row.t <= span.fromMs)
    const last = mine.findIndex(row => row.t >= span.toMs)
    if (first < 0 || last < 0) return null
    const values = mine.slice(first, last + 1).map(row => row.metrics[counter] as number)
    // A counter that goes back belongs to a new process, which began at zero.
    return values.slice(1).reduce((sum, value, i) => {
      const before = values[i] as number
      return sum + (value >= before ? value - before : value)
    }, 0)
  })
  const silent = header.nodes.filter((_, i) => grown[i] === null).map(({ id }) => id)
  if (silent.length > 0)
    return notKnown(`node ${silent.join(', ')} did not tell what it took around the replay`)
  const sum = grown.reduce((all: number, one) => all + (one ?? 0), 0)
  return known(sum, { file: brokerMetrics.file, selector: counter, value: sum })
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
    coldRecords:
      either === 0 ? known(cold, ...proofs) : { ...known(cold, ...proofs), interval: between(cold, either) },
    hotRecords: known(hot, ...proofs),
    eitherRecords: known(either, ...proofs),
  }
}

function between(cold: number, either: number): Estimated {
  const method = 'bounds: what left the brokers while it was being read may have been read from either'
  const [low, high] = [cold, cold + either]
  return { value: cold, low, high, confidence: 1, n: high, samples: [cold, either], method, why: null }
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
  if (!usesObjectStore(header.platform)) return notKnown('there is no object store')
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
