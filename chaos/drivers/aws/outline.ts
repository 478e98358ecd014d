import type { Drill } from '../../core/drill.ts'
import type { KafkaNode, Link, Topology } from '../../core/topology.ts'
import { type PlatformName, replicates, usesObjectStore } from '../../platforms/index.ts'
import { topicSettings } from '../../platforms/topics.ts'
import type { Capability } from '../driver.ts'
import type { Outline } from '../environment.ts'
import { fittedDrill } from '../fitted-drill.ts'
import { capabilitiesOf, refuseUnfit } from './fit.ts'
import type { WayName } from './reach/reach.ts'

/** What a drill is checked against: the same of an environment that is there and of one that is to be deployed. */
export function outlineIn(platform: PlatformName, topology: Topology): Outline {
  return {
    name: 'aws',
    platform,
    capabilities: new Set<Capability>([...capabilitiesOf(usesObjectStore(platform)), 'clients']),
    topology,
    topics: contract => topicSettings(contract, { isReplicated: replicates(platform), tier: null }),
  }
}

interface There {
  readonly platform: PlatformName
  readonly topology: Topology
  /** Of its topics. */
  readonly prefix: string
  readonly way: WayName
}

/** @throws AftershockError `refused` for what cannot be done or proven there */
export function fittedThere(drill: Drill, { platform, topology, prefix, way }: There): Drill {
  refuseUnfit(drill, platform, way)
  return fittedDrill(drill, prefix, topology.nodes.length)
}

/** For proofs, healing and the steady states around a timeline. */
const AROUND_MS = 300_000
/** With its steady states, proofs and healing. */
export function lastsMs({ timeline, settleMs, warmUpMs }: Drill): number {
  const ends = timeline.map(entry => entry.atMs + (entry.role === 'fault' ? (entry.forMs ?? 0) : 0))
  return Math.max(0, ...ends) + settleMs + warmUpMs + AROUND_MS
}

/** Between brokers only where anybody may ask: their listeners take certificates of brokers, which nobody else has. */
export function linksOf(
  zones: readonly string[],
  nodes: readonly KafkaNode[],
  { logsIn, hasOwnVoters }: { readonly logsIn: boolean; readonly hasOwnVoters: boolean },
): Link[] {
  const between = logsIn
    ? []
    : hasOwnVoters
      ? (['replication'] as const)
      : (['control', 'replication'] as const)
  return zones.flatMap(from =>
    nodes.flatMap(({ id, zone }) => [
      { from, to: id, listener: 'client' as const },
      ...(zone === from ? [] : between.map(listener => ({ from, to: id, listener }))),
    ]),
  )
}
