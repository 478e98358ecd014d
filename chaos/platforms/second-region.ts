import type { RegionsSpec } from '../core/regions.ts'
import { ZONES } from '../core/topology.ts'
import { type PlatformName, platformOf, usesObjectStore } from './index.ts'

/** A broker of Kafka with a small heap has 205 MB, and more as it works. */
const BROKER_BYTES = 0.4e9
/** A worker of its mirror, and a proxy. */
const MIRROR_BYTES = 0.4e9
/** A worker of sinks that went there. */
const SINKS_BYTES = 0.4e9

/** Of region b, on paper. @param ofFirst what region a runs, and region b where the drill names nothing else */
export function secondRegion(
  {
    platform,
    brokers,
    wayBack,
    bothWays = false,
    failOver,
  }: Pick<RegionsSpec, 'platform' | 'brokers' | 'wayBack'> &
    Partial<Pick<RegionsSpec, 'bothWays' | 'failOver'>>,
  ofFirst: PlatformName,
): {
  readonly platform: PlatformName
  /** What it takes beside the first region, at most. */
  readonly memoryBytes: number
  /** Until its brokers answer; it starts when region a is there. */
  readonly readyMs: number
} {
  const own = platform ?? ofFirst
  const { memoryBytes, readyMs } = platformOf(own).expected
  // A platform with a store of its own needs more than a small heap.
  const perBroker = usesObjectStore(own) ? Math.max(BROKER_BYTES, memoryBytes / ZONES.length) : BROKER_BYTES
  const sinks = failOver && failOver.connectors !== 'stays' ? SINKS_BYTES : 0
  return {
    platform: own,
    memoryBytes: brokers * perBroker + (wayBack || bothWays ? 2 : 1) * MIRROR_BYTES + sinks,
    readyMs,
  }
}
