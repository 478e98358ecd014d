import type { Drill, FaultEntry } from '../core/drill.ts'
import { type Topology, zoneOf, ZONES } from '../core/topology.ts'
import type { GameDay } from './calendar.ts'

/** What a drill does beyond what was agreed; each is a sentence. Empty: it stays within. */
export function beyondRadius(
  drill: Drill,
  topology: Topology,
  { zones, faults }: GameDay['blastRadius'],
): string[] {
  return drill.timeline.flatMap(entry => {
    if (entry.role !== 'fault') return []
    const kinds: readonly string[] = faults
    if (!kinds.includes(entry.kind))
      return [`${entry.id}: ${entry.kind} is no fault that was agreed (${faults.join(', ')})`]
    const wanted = zonesOf(entry, topology)
    if (wanted === null)
      return zones.length === ZONES.length
        ? []
        : [`${entry.id}: where it acts is only known when it runs, so every zone has to be agreed`]
    const allowed: readonly string[] = zones
    const more = wanted.filter(zone => !allowed.includes(zone))
    return more.length === 0
      ? []
      : [`${entry.id}: it acts in ${more.join(' and ')}, and ${zones.join(' and ') || 'no zone'} was agreed`]
  })
}

/** The zones that a fault names; null when the seed or the cluster chooses, or it says nothing of zones. */
function zonesOf({ spec }: FaultEntry, topology: Topology): readonly string[] | null {
  const places = [spec, spec.target, spec.links, spec.gateways].flatMap(one =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? [one as Readonly<Record<string, unknown>>]
      : [],
  )
  for (const { zone, zones, node, from, to } of places) {
    if (zone !== undefined) return named([zone], topology)
    if (zones !== undefined) return zones === 'all' ? topology.zones : named([zones].flat(), topology)
    if (node !== undefined) return named([zoneOf(topology, Number(node))], topology)
    if (from !== undefined && to !== undefined && topology.zones.some(known => known === from))
      return named([from, to], topology)
  }
  return null
}

function named(given: readonly unknown[], topology: Topology): readonly string[] | null {
  const known = topology.zones.filter(zone => given.includes(zone))
  return known.length === new Set(given).size ? known : null
}
