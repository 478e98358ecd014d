import { BYTES_PER_MB, type BytesPerSecond, bytesPerSecond, MIB, plus, times } from '../units.ts'
import { ingestOf, type Workload } from '../workload.ts'
import { type Kept, keptBy, uploadedShare } from './kept.ts'
import { type PlatformName, platformOf } from '../../platforms/index.ts'

/**
 * The rule, the same for every platform: brokers = what the busier direction moves, over what one broker moves
 * less its headroom; at least one a zone, and one for each replica; then up to the same number in every zone.
 */
export const SIZING_RULE =
  'brokers = bytes a second in the busier direction ÷ (MB/s of one broker × (1 − headroom)), at least one a zone and one for each replica, the same number in every zone'

export interface Sizing {
  readonly inbound: BytesPerSecond
  readonly outbound: BytesPerSecond
  readonly brokers: number
  /** Throughput that all data volumes need together, in MiB/s. */
  readonly diskMibps: number
}

/** AutoMQ reads and writes half of what it took in once more to compact its objects (published by AutoMQ). */
export const COMPACTION = 0.5

/**
 * Bytes through the brokers' network for each ingested byte. A read costs one out; a copy one out and one in; an
 * upload one out. With the router a record goes to the store and comes back from it once more, for its leader.
 */
export function trafficPerByte(
  platform: PlatformName,
  workload: Pick<Workload, 'fanOut' | 'replicas' | 'classes'> & Workload,
): { readonly inbound: number; readonly outbound: number } {
  const { copies: kind, storage, routesByZone } = platformOf(platform)
  const copies = kind === 'replicated' ? workload.replicas - 1 : 0
  const compaction = storage === 'shared' ? COMPACTION : 0
  const routing = routesByZone ? 1 : 0
  return {
    inbound: 1 + copies + compaction + routing,
    outbound: copies + workload.fanOut + uploadedShare(platform, workload) + compaction + routing,
  }
}

/** With or without what a replay needs while it runs, beside the usual load. */
export function sizeCluster(
  platform: PlatformName,
  workload: Workload,
  withReplays: boolean,
  kept: Kept = keptBy(platform, workload),
): Sizing {
  const ingest = ingestOf(workload)
  const per = trafficPerByte(platform, workload)
  const connector = bytesPerSecond(workload.connector.mbPerSecond * BYTES_PER_MB)
  const replay = withReplays ? overItsTime(workload, kept.replay) : bytesPerSecond(0)
  // What a replay reads from the object store comes in before it goes out.
  const cold = withReplays ? overItsTime(workload, kept.coldReplay) : bytesPerSecond(0)
  const inbound = plus(times(ingest, per.inbound), cold)
  const outbound = plus(plus(times(ingest, per.outbound), connector), replay)
  const onDisks = platformOf(platform).storage !== 'shared'
  const written = onDisks ? times(ingest, workload.replicas) : bytesPerSecond(0)
  const readBack = onDisks ? replay - cold : 0
  return {
    inbound,
    outbound,
    brokers: brokersFor(platform, workload, bytesPerSecond(Math.max(inbound, outbound))),
    diskMibps: (written + readBack) / MIB,
  }
}

/** Before anything is rounded up to whole zones. */
export function brokersNeeded(
  busier: BytesPerSecond,
  { mbPerSecondPerBroker, headroom }: Pick<Workload['sizing'], 'mbPerSecondPerBroker' | 'headroom'>,
): number {
  const usable = mbPerSecondPerBroker * BYTES_PER_MB * (1 - headroom)
  // 300 MB/s over 60 MB/s is five brokers, not six because 0.6 is no binary fraction.
  return Math.ceil(busier / usable - 1e-9)
}

function brokersFor(platform: PlatformName, workload: Workload, busier: BytesPerSecond): number {
  const { zones, replicas, sizing } = workload
  const least = platformOf(platform).copies === 'replicated' ? Math.max(zones, replicas) : zones
  const needed = Math.max(brokersNeeded(busier, sizing), least)
  return sizing.wholeZones ? Math.ceil(needed / zones) * zones : needed
}

function overItsTime({ replays }: Workload, read: number): BytesPerSecond {
  return bytesPerSecond(replays.perMonth === 0 ? 0 : read / (replays.within / 1000))
}
