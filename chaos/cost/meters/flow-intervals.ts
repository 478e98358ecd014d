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
  const intervals: Interval[] = []
  for (let index = 1; index < readings.length; index++) {
    const from = readings[index - 1] as Reading
    const to = readings[index] as Reading
    const flows = links.flatMap(link => flowsOf(link, from, to, zones, broken))
    intervals.push({ from, to, flows })
  }
  return { intervals, broken }
}

function flowsOf(
  link: string,
  from: Reading,
  to: Reading,
  zones: ReadonlyMap<number, string>,
  broken: Set<string>,
): Flow[] {
  const parsed = parseLink(link)
  const zone = parsed ? zones.get(parsed.to) : undefined
  if (!parsed || zone === undefined) return []
  const before = from.links[link]
  const after = to.links[link]
  return ([0, 1] as const).flatMap(direction => {
    const towardsNode = direction === 0
    const [source, target] = towardsNode ? [parsed.from, zone] : [zone, parsed.from]
    const bytes = before && after ? after[direction] - before[direction] : Number.NaN
    if (!(bytes >= 0)) {
      broken.add(directionKey(link, towardsNode))
      return []
    }
    const { listener, from: dialler } = parsed
    return [{ link, listener, from: source, to: target, dialler, towardsNode, bytes }]
  })
}

export function directionKey(link: string, towardsNode: boolean): string {
  return `${link} ${towardsNode ? 'to node' : 'back'}`
}
