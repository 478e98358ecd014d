import { type Measured, known, notKnown, type Proof } from '../../record/measured.ts'
import { type Cause, CAUSES, type MeasuredByCause, type ZonePath } from '../../record/run-meters.ts'
import { parseLink } from '../../score/link-bytes.ts'
import type { Attribution } from './attribute.ts'
import { CONNECTOR_LISTENERS, measuredByCause, unseen } from './causes.ts'
import { type Interval, type Intervals, LINKS_FILE } from './flow-intervals.ts'
import { NOT_SCORED, OBJECT_STORE_FILE, type RunFiles } from './run-files.ts'

export type ByCause = Readonly<Record<Cause, number>>

const noBytes = (): Record<Cause, number> =>
  Object.fromEntries(CAUSES.map(cause => [cause, 0])) as Record<Cause, number>

export function sumByCause(
  intervals: readonly Interval[],
  attribution: Attribution,
  isMeant: (from: string, to: string) => boolean,
): ByCause {
  const sums = noBytes()
  for (const interval of intervals)
    for (const flow of interval.flows) {
      if (!isMeant(flow.from, flow.to)) continue
      for (const [cause, bytes] of attribution.split(flow, interval)) sums[cause] += bytes
    }
  return sums
}

/** The same for each pair of zones that bytes went between, in one pass: `from to`. */
function sumsByPath(intervals: readonly Interval[], attribution: Attribution): ReadonlyMap<string, ByCause> {
  const paths = new Map<string, Record<Cause, number>>()
  for (const interval of intervals)
    for (const flow of interval.flows) {
      const path = pathOf(flow.from, flow.to)
      const sums = paths.get(path) ?? noBytes()
      paths.set(path, sums)
      for (const [cause, bytes] of attribution.split(flow, interval)) sums[cause] += bytes
    }
  return paths
}

const pathOf = (from: string, to: string): string => `${from} ${to}`

export function zonePaths(
  files: RunFiles,
  { intervals, broken }: Intervals,
  attribution: Attribution,
): ZonePath[] {
  const zones = files.evidence.header.zones
  const proof = intervalProof(intervals)
  const sums = sumsByPath(intervals, attribution)
  return zones.flatMap(from =>
    zones.map((to): ZonePath => {
      const counted = sums.get(pathOf(from, to)) ?? noBytes()
      const exact = exactBytes(files, from, to)
      // A connector's links carry nothing else: what their own counters say needs no estimate.
      const connector = exactBytes(files, from, to, CONNECTOR_LISTENERS)
      const live = { ...counted, connector: connector ?? counted.connector }
      const brokenLinks = [...broken].filter(key => touches(files, key, from, to))
      const why =
        proof === null
          ? (files.evidence.links.trouble ?? 'the links were not metered')
          : brokenLinks.length > 0
            ? `the live meter lost ${brokenLinks.join(', ')}`
            : null
      const measured = (bytes: number): Measured =>
        why === null && proof ? known(Math.round(bytes), proof) : notKnown(why ?? 'not metered')
      const liveTotal = Object.values(live).reduce((sum, bytes) => sum + bytes, 0)
      const missed = exact === null ? 0 : Math.max(0, exact - liveTotal)
      const byCause = measuredByCause(files, cause => {
        if (cause === 'connector' && connector !== null) return known(connector, exactProof(connector))
        const unknown = unseen(files, cause)
        if (unknown !== null) return notKnown(unknown)
        return measured(cause === 'unattributed' ? live.unattributed + missed : live[cause])
      })
      const totalOf = (): Measured => {
        const unknown = unseen(files, 'replicate')
        if (unknown !== null) return notKnown(unknown)
        return exact === null ? measured(liveTotal) : known(exact, exactProof(exact))
      }
      return {
        from,
        to,
        crosses: from !== to,
        total: totalOf(),
        byCause: withReasons(files, byCause),
      }
    }),
  )
}

/**
 * The store has no zone: its bytes are metered beside the matrix, not in it. And without a score nothing tells
 * replays from other reads, nor recovery from other replication: they are in those.
 */
function withReasons(files: RunFiles, byCause: MeasuredByCause): MeasuredByCause {
  const noStore =
    files.objectStore === null
      ? `no object store was metered: there is no ${OBJECT_STORE_FILE}`
      : 'the store is in no zone; see objectStore'
  const unscored = notKnown(NOT_SCORED)
  return {
    ...byCause,
    'object-store': notKnown(noStore),
    ...(files.measurements === null ? { replay: unscored, recovery: unscored } : {}),
  }
}

/** Toxiproxy's counters, when the run began with them at zero. @param listener @default all of them */
function exactBytes(
  { evidence }: RunFiles,
  from: string,
  to: string,
  listeners?: readonly string[],
): number | null {
  const { linkTotals, header } = evidence
  if (!linkTotals?.exact || !header.ownsLab) return null
  let total = 0
  for (const [id, [toNode, back]] of Object.entries(linkTotals.exact)) {
    const link = parseLink(id)
    const zone = header.nodes.find(node => node.id === link?.to)?.zone
    if (!link || zone === undefined || (listeners && !listeners.includes(link.listener))) continue
    if (link.from === from && zone === to) total += toNode
    if (zone === from && link.from === to) total += back
  }
  return total
}

function exactProof(bytes: number): Proof {
  return { file: 'samples/link-totals.json', selector: '/exact', value: bytes }
}

export function intervalProof(intervals: readonly Interval[]): Proof | null {
  const first = intervals[0]
  const last = intervals.at(-1)
  if (!first || !last) return null
  const end = last.to.line === null ? 'the end (link-totals.json /live)' : `line ${last.to.line}`
  return { file: LINKS_FILE, selector: `line ${first.from.line} to ${end}`, value: intervals.length }
}

function touches({ evidence }: RunFiles, key: string, from: string, to: string): boolean {
  const id = key.slice(0, key.indexOf(' '))
  const direction = key.slice(id.length + 1)
  const link = parseLink(id)
  const zone = evidence.header.nodes.find(node => node.id === link?.to)?.zone
  const [source, target] = direction === 'to node' ? [link?.from, zone] : [zone, link?.from]
  return source === from && target === to
}
