import type { Workload } from '../workload.ts'
import { type PlatformName, platformOf } from '../../platforms/index.ts'

/**
 * How many times a byte crosses from one zone to another, for each byte that producers send; with clients and
 * leaders spread evenly. `consume` and `replay` are per group and per replayed byte. Kafka's protocol adds to that, as
 * `measured` ratios have and theory has not; headers of TCP and IP, which are billed too, are in neither.
 */
export interface Crossings {
  readonly produce: number
  readonly replicate: number
  /** For one consumer group. */
  readonly consume: number
  readonly replay: number
}

/** What runs measured, in place of the formula. */
export interface MeasuredCrossings extends Crossings {
  /** Between two regions, both ways, for each ingested byte. @default what the workload states */
  readonly betweenRegions?: number
}

type Placement = Pick<Workload, 'zones' | 'replicas' | 'rackAwareClients' | 'zoneLocalProduce'>

/** The usual formula: two thirds of what clients send, and every copy; (Z-1)/Z in general. */
export function theoreticalCrossings(platform: PlatformName, workload: Placement): Crossings {
  const { copies, followerFetch, routesByZone } = platformOf(platform)
  const { zones, replicas, rackAwareClients, zoneLocalProduce } = workload
  const elsewhere = (zones - 1) / zones
  // The router needs clients that say where they are, as follower fetch does.
  const routed = routesByZone && rackAwareClients
  const nearReplica = followerFetch && rackAwareClients
  const read = routed ? 0 : nearReplica ? zonesWithoutReplica(zones, replicas) : elsewhere
  return {
    produce: routed || zoneLocalProduce ? 0 : elsewhere,
    replicate: copies === 'replicated' ? copiesThatCross(zones, replicas) : 0,
    consume: read,
    replay: read,
  }
}

/**
 * What no placement can go below: with R copies in Z zones, each further zone that holds one got it from
 * outside once. Chaining the copies changes nothing; a leader elsewhere only adds.
 */
export function leastCrossings(platform: PlatformName, workload: Placement): Crossings {
  const isReplicated = platformOf(platform).copies === 'replicated'
  const { zones, replicas } = workload
  return {
    produce: 0,
    replicate: isReplicated ? Math.min(zones, replicas) - 1 : 0,
    consume: isReplicated ? zonesWithoutReplica(zones, replicas) : 0,
    replay: isReplicated ? zonesWithoutReplica(zones, replicas) : 0,
  }
}

/** Followers fetch from the leader: those in its own zone (there are some when replicas outnumber zones) do not cross. */
function copiesThatCross(zones: number, replicas: number): number {
  return zones >= replicas ? replicas - 1 : (replicas * (zones - 1)) / zones
}

function zonesWithoutReplica(zones: number, replicas: number): number {
  return Math.max(0, zones - replicas) / zones
}
