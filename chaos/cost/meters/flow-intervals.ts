import { parseLink } from '../../score/link-bytes.ts'
import type { RunFiles } from './run-files.ts'

/** Counters of all links at one time. `line`: of samples/links.jsonl; null for the totals at the end. */
export interface Reading {
  readonly t: number
  readonly line: number | null
  readonly links: Readonly<Record<string, readonly [toNode: number, back: number]>>
}

/** Bytes of one direction of one link between two readings. */
export interface Flow {
  readonly link: string
  readonly listener: string
  /** From which zone to which the bytes went. */
  readonly from: string
  readonly to: string
  /** Of the zone that dials, towards the node or back from it. */
  readonly dialler: string
  readonly towardsNode: boolean
  readonly bytes: number
}

export interface Interval {
  readonly from: Reading
  readonly to: Reading
  readonly flows: readonly Flow[]
}

/** Directions whose counter was missing or went back: nothing is known of them. */
export interface Intervals {
  readonly intervals: readonly Interval[]
  readonly broken: ReadonlySet<string>
}

export const LINKS_FILE = 'samples/links.jsonl'

/** The live meter's readings in order, with its totals at the very end of the run. */
export function readingsOf({ evidence }: RunFiles): Reading[] {
  const rows: Reading[] = evidence.links.rows.map(({ t, line, links }) => ({ t, line, links }))
  const totals = evidence.linkTotals
  const last = rows.at(-1)
  if (totals?.live && last && totals.t > last.t) rows.push({ t: totals.t, line: null, links: totals.live })
  return rows
}

export function intervalsOf(files: RunFiles, readings: readonly Reading[]): Intervals {
  const zones = new Map(files.evidence.header.nodes.map(node => [node.id, node.zone]))
  const broken = new Set<string>()
  const links = [...new Set(readings.flatMap(reading => Object.keys(reading.links)))]
  const ways = links.flatMap(link => waysOf(link, zones))
  const intervals: Interval[] = []
  for (let index = 1; index < readings.length; index++) {
    const from = readings[index - 1] as Reading
    const to = readings[index] as Reading
    intervals.push({ from, to, flows: flowsOf(ways, from, to, broken) })
  }
  return { intervals, broken }
}

/** One direction of one link. */
type Way = Omit<Flow, 'bytes'>

function waysOf(link: string, zones: ReadonlyMap<number, string>): Way[] {
  const parsed = parseLink(link)
  const zone = parsed ? zones.get(parsed.to) : undefined
  if (!parsed || zone === undefined) return []
  const { listener, from: dialler } = parsed
  return [
    { link, listener, from: dialler, to: zone, dialler, towardsNode: true },
    { link, listener, from: zone, to: dialler, dialler, towardsNode: false },
  ]
}

function flowsOf(ways: readonly Way[], from: Reading, to: Reading, broken: Set<string>): Flow[] {
  const flows: Flow[] = []
  for (const way of ways) {
    const direction = way.towardsNode ? 0 : 1
    const before = from.links[way.link]
    const after = to.links[way.link]
    const bytes = before && after ? after[direction] - before[direction] : Number.NaN
    if (bytes >= 0) flows.push({ ...way, bytes })
    else broken.add(directionKey(way.link, way.towardsNode))
  }
  return flows
}

export function directionKey(link: string, towardsNode: boolean): string {
  return `${link} ${towardsNode ? 'to node' : 'back'}`
}
