import { sampleProof } from './cluster-state.ts'
import type { Evidence } from './evidence.ts'
import type { HeaderFile } from '../record/run-header.ts'
import { type Measured, known, notKnown } from '../record/measured.ts'
import type { ByteFlow, Measurements, RecoveryBytes } from '../record/measurements.ts'
import type { FaultLife, Span } from './timeline.ts'

type LinkSeries = Evidence['links']
type LinkRow = LinkSeries['rows'][number]
type Direction = 0 | 1
const TO_NODE: Direction = 0
const BACK: Direction = 1

/** A sample may be this much older than the instant it stands for: three periods of the meter. */
const STALE_AFTER_MS = 3000

export function parseLink(id: string): { from: string; to: number; listener: string } | null {
  const match = /^(.+)>(\d+):(\w+)$/.exec(id)
  return match ? { from: match[1] ?? '', to: Number(match[2]), listener: match[3] ?? '' } : null
}

/** The newest sample not after `t`, unless it is stale. */
function sampleAt(series: LinkSeries, t: number): LinkRow | null {
  const row = series.rows.findLast(candidate => candidate.t <= t)
  return row && t - row.t <= STALE_AFTER_MS ? row : null
}

function between(series: LinkSeries, from: LinkRow, to: LinkRow): readonly LinkRow[] {
  return series.rows.slice(series.rows.indexOf(from), series.rows.indexOf(to) + 1)
}

/** Bytes that one direction of a link moved over rows; null when its counter was missing or went back. */
function moved(rows: readonly LinkRow[], link: string, direction: Direction): number | null {
  let previous: number | undefined
  let first: number | undefined
  for (const row of rows) {
    const value = row.links[link]?.[direction]
    if (value === undefined || (previous !== undefined && value < previous)) return null
    first ??= value
    previous = value
  }
  return previous === undefined || first === undefined ? null : previous - first
}

/** Bytes on every link within a span, from the last sample before its start to the last before its end. */
export function flowsWithin(series: LinkSeries, span: Span): ByteFlow[] {
  const from = sampleAt(series, span.fromMs)
  const to = sampleAt(series, span.toMs)
  if (!from || !to) return []
  const rows = between(series, from, to)
  const links = new Set(rows.flatMap(row => Object.keys(row.links)))
  return [...links].toSorted().map(link => ({
    link,
    toNode: moved(rows, link, TO_NODE),
    back: moved(rows, link, BACK),
  }))
}

/** A follower dials its leader: what replication carries to followers in a zone comes back on the link. */
function replicationMoved(rows: readonly LinkRow[], zones: readonly string[] | null): number | null {
  const links = new Set(rows.flatMap(row => Object.keys(row.links)))
  let total = 0
  let any = false
  for (const link of links) {
    const parsed = parseLink(link)
    if (parsed?.listener !== 'replication' || (zones && !zones.includes(parsed.from))) continue
    const bytes = moved(rows, link, BACK)
    if (bytes === null) return null
    total += bytes
    any = true
  }
  return any ? total : null
}

/** Between brokers and the object store, both ways, over the zones' links; null where there is no such link. */
function storeMoved(rows: readonly LinkRow[]): number | null {
  const links = new Set(rows.flatMap(row => Object.keys(row.links)))
  const moves = [...links]
    .filter(isStoreLink)
    .flatMap(link => [moved(rows, link, TO_NODE), moved(rows, link, BACK)])
  if (moves.length === 0 || moves.includes(null)) return null
  return moves.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)
}

/** What recovery itself moved: replication from healing until every replica was in sync. */
export function measureRecoveryBytes(
  series: LinkSeries,
  fault: FaultLife,
  inSyncMs: Measured,
  steady: Span | null,
): RecoveryBytes {
  const steadyAll = steadyRate(series, steady, some => replicationMoved(some, null))
  const steadyStore = steadyRate(series, steady, storeMoved)
  const none = (why: string): RecoveryBytes => ({
    gross: notKnown(why),
    net: notKnown(why),
    intoHealedZones: notKnown(why),
    intoHealedZonesNet: notKnown(why),
    storeNet: notKnown(why),
    measuredOver: null,
    steadyBytesPerSecond: steadyAll,
  })
  if (fault.healedAt === null) return none(`${fault.id} was never healed`)
  if (inSyncMs.value === null) return none(inSyncMs.why ?? 'it is not known when replicas were in sync')
  const healedAt = fault.healedAt
  const inSyncAt = healedAt + inSyncMs.value
  const from = sampleAt(series, healedAt)
  // The meter runs once a second, so the span is widened to whole samples and the steady part taken off.
  const to = series.rows.find(row => row.t >= inSyncAt && row !== from)
  if (!from || !to || to.t - inSyncAt > STALE_AFTER_MS) return none('the links were not metered at the time')
  const rows = between(series, from, to)
  const span = { fromMs: from.t, toMs: to.t }
  const proofs = [sampleProof(series.file, from, 'before'), sampleProof(series.file, to, 'after')]
  const restarted = notKnown('a meter restarted or was missing during recovery', ...proofs)
  const gross = replicationMoved(rows, null)
  const into = fault.zones.length === 0 ? null : replicationMoved(rows, fault.zones)
  const net = (bytes: number | null, rate: Measured): Measured =>
    bytes === null
      ? restarted
      : rate.value === null
        ? notKnown(rate.why ?? 'the steady rate is not known')
        : known(Math.max(0, Math.round(bytes - (rate.value * (span.toMs - span.fromMs)) / 1000)), ...proofs)
  return {
    gross: gross === null ? restarted : known(gross, ...proofs),
    net: net(gross, steadyAll),
    intoHealedZones:
      fault.zones.length === 0
        ? notKnown('the fault names no zone')
        : into === null
          ? restarted
          : known(into, ...proofs),
    intoHealedZonesNet: net(
      into,
      steadyRate(series, steady, some => replicationMoved(some, fault.zones)),
    ),
    storeNet: storeNet(series, { fromMs: fault.injectedAt ?? healedAt, toMs: span.toMs }, steadyStore),
    measuredOver: span,
    steadyBytesPerSecond: steadyAll,
  }
}

/**
 * Beyond the steady rate, from the injection on: a shared platform reads what the lost broker had written while it
 * fails over, long before anything is healed. Below zero where the fault kept brokers from writing.
 */
function storeNet(series: LinkSeries, span: Span, rate: Measured): Measured {
  const hasStore = series.rows.some(row => Object.keys(row.links).some(isStoreLink))
  if (!hasStore) return notKnown('there is no object store')
  const from = sampleAt(series, span.fromMs)
  const to = sampleAt(series, span.toMs)
  if (!from || !to) return notKnown('the links were not metered at the time')
  const proofs = [sampleProof(series.file, from, 'before'), sampleProof(series.file, to, 'after')]
  const bytes = storeMoved(between(series, from, to))
  if (bytes === null) return notKnown('a meter restarted or was missing during recovery', ...proofs)
  if (rate.value === null) return notKnown(rate.why ?? 'the steady rate is not known')
  return known(Math.round(bytes - (rate.value * (to.t - from.t)) / 1000), ...proofs)
}

const isStoreLink = (link: string): boolean => parseLink(link)?.listener === 's3'

function steadyRate(
  series: LinkSeries,
  steady: Span | null,
  moves: (rows: readonly LinkRow[]) => number | null,
): Measured {
  if (!steady) return notKnown('no steady state was proven before the first fault')
  const from = series.rows.find(row => row.t >= steady.fromMs)
  const to = sampleAt(series, steady.toMs)
  if (!from || !to || to.t <= from.t) return notKnown('the links were not metered before the first fault')
  const bytes = moves(between(series, from, to))
  if (bytes === null) return notKnown('a meter restarted or was missing before the first fault')
  return known(
    Math.round((bytes * 1000) / (to.t - from.t)),
    sampleProof(series.file, from, 'first'),
    sampleProof(series.file, to, 'last'),
  )
}

/** Bytes from zone to zone by listener over the whole run; the exact meter where there is one. */
export function byteMatrix(evidence: Evidence): Measurements['matrix'] {
  const { header, linkTotals, links } = evidence
  if (linkTotals?.exact && header.ownsLab) {
    return { meter: 'exact', why: null, cells: cellsOf(header, linkTotals.exact) }
  }
  const first = links.rows[0]
  const last = links.rows.at(-1)
  if (!first || !last || first === last) {
    return { meter: 'none', why: links.trouble ?? 'the links were not metered', cells: [] }
  }
  const counters: Record<string, readonly [number, number]> = {}
  for (const flow of flowsWithin(links, { fromMs: first.t, toMs: last.t })) {
    if (flow.toNode === null || flow.back === null) continue
    counters[flow.link] = [flow.toNode, flow.back]
  }
  if (header.driver === 'attach') {
    const why = 'on a cluster that was there, the ways of this run’s own clients alone are metered'
    return { meter: 'live', why, cells: cellsOf(header, counters) }
  }
  if (header.driver === 'aws') {
    const why =
      'the ways of this run’s own clients are metered, and what agents saw arrive at brokers from other brokers'
    return { meter: 'live', why, cells: cellsOf(header, counters) }
  }
  const why = header.ownsLab
    ? 'the proxies were not asked at the end'
    : 'the proxies have counted since before this run, so their totals are not the run’s'
  return { meter: 'live', why, cells: cellsOf(header, counters) }
}

/** What the matrix calls the place of the object store, which is in no zone. */
export const STORE_PLACE = 'object store'

function cellsOf(
  header: HeaderFile,
  counters: Readonly<Record<string, readonly [number, number]>>,
): Measurements['matrix']['cells'] {
  const cells = new Map<string, { from: string; to: string; listener: string; bytes: number }>()
  const add = (from: string, to: string, listener: string, bytes: number): void => {
    const key = `${from}>${to}:${listener}`
    const cell = cells.get(key) ?? { from, to, listener, bytes: 0 }
    cells.set(key, { ...cell, bytes: cell.bytes + bytes })
  }
  for (const [id, [toNode, back]] of Object.entries(counters)) {
    const link = parseLink(id)
    const zone = link?.listener === 's3' ? STORE_PLACE : header.nodes.find(node => node.id === link?.to)?.zone
    if (!link || zone === undefined) continue
    add(link.from, zone, link.listener, toNode)
    add(zone, link.from, link.listener, back)
  }
  return [...cells.values()]
}
