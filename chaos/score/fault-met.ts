import { replicates } from '../platforms/index.ts'
import type { Evidence } from './evidence.ts'
import { parseLink } from './link-bytes.ts'
import type { FaultMet } from '../record/fault-met.ts'
import type { Proof } from '../record/measured.ts'
import type { FaultLife } from './timeline.ts'

type LinkRow = Evidence['links']['rows'][number]

/** How long before a fault the links tell what it was going to touch. */
const BEFORE_MS = 10_000
/** Below this a group of links carries nothing that counts: an idle follower alone asks for more. */
const LEAST_BYTES_PER_SECOND = 50
/** Of a cut: what a kernel counts of connections that are tried in vain, and of samples that stand beside its edges. */
const PASSES_A_CUT = { share: 0.02, bytesPerSecondAndLink: 40 }
/** A sample of the cluster may be this much older than the fault. */
const STALE_AFTER_MS = 2000

/**
 * Whether the platform ran into a fault, by evidence that shares no path with its injector: its own bytes on the
 * links, or what its brokers led. null: the fault is not of a kind that this tells of.
 */
export function measureMet(evidence: Evidence, fault: FaultLife): FaultMet | null {
  if (fault.kind.startsWith('s3-') || fault.injectedAt === null || fault.intendedAt === null) return null
  if (fault.links.length > 0) return linksMet(evidence, fault)
  return fault.nodes.length > 0 ? brokersMet(evidence, fault, fault.intendedAt) : null
}

const unknown = (what: string, why: string): FaultMet => ({
  what,
  met: null,
  value: null,
  why,
  groups: [],
  from: [],
})

/** Over the links of these nothing comes back. */
const CUTS: ReadonlySet<string> = new Set(['zone-cut', 'sink-outage', 'region-cut'])

const LINKS = 'bytes of the platform on its links, before and while it held'

function linksMet(evidence: Evidence, fault: FaultLife): FaultMet {
  const { rows, file, trouble } = evidence.links
  if (rows.length === 0) return unknown(LINKS, `not measured: ${trouble ?? 'the links were not metered'}`)
  if (fault.provenAt === null) return unknown(LINKS, 'not measured: its effect was not proven')
  const start = fault.intendedAt ?? fault.provenAt
  const before = within(rows, start - BEFORE_MS, start)
  const during = within(rows, fault.provenAt, endOfHold(fault))
  const [first, last] = [before?.[0], during?.at(-1)]
  if (!before || !during || !first || !last)
    return unknown(LINKS, 'not measured: there are no two samples of the links before it, or while it held')
  const isCut = CUTS.has(fault.kind)
  const isElsewhere = ({ beforeBytesPerSecond: bytes, listener }: Group) =>
    bytes === null && isUnmetered(evidence, fault, listener)
  const groups = groupsOf(fault.links).map(({ listener, links }) => ({
    listener,
    links: links.length,
    // Into a black hole clients go on sending for a while; of a cut nothing comes back.
    beforeBytesPerSecond: rateOf(before, links, isCut),
    duringBytesPerSecond: rateOf(during, links, isCut),
  }))
  const from = [line(file, first, 'before'), line(file, last, 'while it held')]
  const why = groups
    .map(group => whyNotMet(group, isCut, isRequired(fault, group.listener, evidence)))
    .find(Boolean)
  const missing = groups.filter(
    group => group.beforeBytesPerSecond === null || group.duringBytesPerSecond === null,
  )
  if (missing.length === groups.length || !missing.every(isElsewhere))
    return { ...unknown(LINKS, 'not measured: a meter restarted or was missing'), groups, from }
  const value = groups.reduce((sum, group) => sum + (group.beforeBytesPerSecond ?? 0), 0)
  const nobody = value < LEAST_BYTES_PER_SECOND ? 'the platform had no bytes on its links before' : undefined
  return { what: LINKS, met: !(why ?? nobody), value, why: why ?? nobody ?? null, groups, from }
}

/** A sample is read a little after its time: what is beside the healing may show what the healing let through. */
function endOfHold({ healBeganAt, healedAt }: FaultLife): number {
  if (healBeganAt !== null) return healBeganAt - 500
  return healedAt === null ? Number.POSITIVE_INFINITY : healedAt - 2000
}

type Group = FaultMet['groups'][number]

/** In a deployed environment only clients' ways lead over this program: what brokers say to each other nobody meters. */
function isUnmetered({ header, links: { rows } }: Evidence, { links }: FaultLife, listener: string): boolean {
  return (
    header.driver === 'aws' &&
    listener !== 'client' &&
    links
      .filter(link => parseLink(link)?.listener === listener)
      .every(link => rows.every(row => row.links[link] === undefined))
  )
}

function whyNotMet(
  { listener, links, beforeBytesPerSecond: before, duringBytesPerSecond: during }: Group,
  isCut: boolean,
  isNeeded: boolean,
): string | null {
  if (before === null || during === null) return null
  const name = `its ${links} ${listener} link${links === 1 ? '' : 's'}`
  if (isNeeded && before < LEAST_BYTES_PER_SECOND)
    return `the platform had ${rate(before)} on ${name} before: nobody ran into it there, or went another way`
  const most = Math.max(PASSES_A_CUT.share * before, PASSES_A_CUT.bytesPerSecondAndLink * links)
  if (isCut && during > most)
    return `${rate(during)} of the platform still came over ${name} while it held, of ${rate(before)} before`
  if (!isCut && isNeeded && during < LEAST_BYTES_PER_SECOND)
    return `the platform had ${rate(during)} on ${name} while it held, of ${rate(before)} before: nobody ran into it there`
  return null
}

/** Clients write all the time, and followers fetch all the time where records have copies. */
function isRequired({ kind }: FaultLife, listener: string, { header }: Evidence): boolean {
  if (listener === 'client') return true
  // What a sink's fault is about; a zone that is cut off may have an idle one.
  if (listener === 'database') return kind.startsWith('sink-')
  return listener === 'replication' && replicates(header.platform)
}

function groupsOf(links: readonly string[]): { listener: string; links: string[] }[] {
  const groups = new Map<string, string[]>()
  for (const link of links) {
    const listener = parseLink(link)?.listener ?? 'unknown'
    groups.set(listener, [...(groups.get(listener) ?? []), link])
  }
  return [...groups].map(([listener, of]) => ({ listener, links: of }))
}

/** Two rows at least. */
function within(rows: readonly LinkRow[], fromMs: number, toMs: number): readonly LinkRow[] | null {
  const found = rows.filter(row => row.t >= fromMs && row.t <= toMs)
  return found.length < 2 ? null : found
}

/** Without what this program's own probes moved; null when a counter was missing or went back. */
function rateOf(rows: readonly LinkRow[], links: readonly string[], onlyBack: boolean): number | null {
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return null
  let bytes = 0
  for (const link of links) {
    for (const direction of onlyBack ? ([1] as const) : ([0, 1] as const)) {
      const [from, to] = [first.links[link]?.[direction], last.links[link]?.[direction]]
      if (from === undefined || to === undefined || to < from) return null
      const own = (last.probes?.[link]?.[direction] ?? 0) - (first.probes?.[link]?.[direction] ?? 0)
      bytes += Math.max(0, to - from - own)
    }
  }
  return Math.round((bytes * 1000) / (last.t - first.t))
}

const line = (file: string, row: LinkRow, value: string): Proof => ({
  file,
  selector: `line ${row.line}`,
  value,
})

function rate(bytesPerSecond: number): string {
  return bytesPerSecond >= 1000
    ? `${(bytesPerSecond / 1000).toLocaleString('en-US', { maximumFractionDigits: 1 })} kB/s`
    : `${bytesPerSecond} B/s`
}

const BROKERS = 'partitions that its brokers led when it began'

function brokersMet({ cluster }: Evidence, { nodes }: FaultLife, at: number): FaultMet {
  const leaders = new Map<string, number>()
  let seen: (typeof cluster.rows)[number] | undefined
  for (const row of cluster.rows) {
    if (row.t > at) break
    for (const [partition, { leader }] of Object.entries(row.changes ?? {})) leaders.set(partition, leader)
    if (row.answered.length > 0) seen = row
  }
  if (!seen || at - seen.t > STALE_AFTER_MS)
    return unknown(BROKERS, 'not measured: the cluster was not asked in the two seconds before it')
  const { controller, line: number } = seen
  const led = nodes.map(node => ({
    node,
    count: [...leaders.values()].filter(leader => leader === node).length,
  }))
  const idle = led.filter(({ node, count }) => count === 0 && node !== controller).map(({ node }) => node)
  const value = led.reduce((sum, { count }) => sum + count, 0)
  const from = [{ file: cluster.file, selector: `line ${number}`, value }]
  const noun = idle.length === 1 ? `broker ${idle[0]}` : `brokers ${idle.join(', ')}`
  const why = idle.length === 0 ? null : `${noun} led no partition, nor the quorum, when it began`
  return { what: BROKERS, met: idle.length < nodes.length, value, why, groups: [], from }
}
