import type { ProbeName } from '../core/drill.ts'
import type { PartitionState } from '../core/partition-state.ts'
import type { ClusterSample, ConsumerSample, FleetSample, LinkSample } from '../record/samples.ts'
import type { NodeId } from '../core/topology.ts'

/** A probe's value counts for this long. A probe that stopped answering never leaves its last value standing. */
export const FRESH_MS = 3500

/** The newest samples, for steady-state probes, abort conditions and the live view. */
export class LiveState {
  fleet: FleetSample | undefined
  cluster: ClusterSample | undefined
  /** By their readers: there may be several replays. */
  readonly consumers = new Map<string, ConsumerSample>()
  partitions: Readonly<Record<string, PartitionState>> = {}
  droppedSoFar = 0
  /** Over the links of clients, both ways, since the run began. */
  #clientBytes: { readonly t: number; readonly bytes: number } | undefined

  takeFleet(sample: FleetSample): void {
    this.fleet = sample
    this.droppedSoFar += sample.dropped
  }

  takeLinks({ t, links }: LinkSample): void {
    const moved = Object.entries(links).filter(([link]) => link.endsWith(':client'))
    this.#clientBytes = { t, bytes: moved.reduce((sum, [, [to, back]]) => sum + to + back, 0) }
  }

  leaderOf(topic: string, partition: number): NodeId | null {
    const leader = this.partitions[`${topic}/${partition}`]?.leader
    return leader === undefined || leader < 0 ? null : leader
  }

  /** null when the probe has no fresh value. */
  read(probe: ProbeName, now: number): number | null {
    const fresh = <T extends { readonly t: number }>(sample: T | undefined) =>
      sample && now - sample.t <= FRESH_MS ? sample : undefined
    const fleet = fresh(this.fleet)
    const cluster = fresh(this.cluster)
    const tail = fresh(this.consumers.get('tail'))
    const latency = (pick: 'p50' | 'p99', share: number) => (fleet ? latencyOf(fleet, pick, share) : null)
    switch (probe) {
      case 'produce-p50-ms':
        return latency('p50', 0.5)
      case 'produce-p99-ms':
        return latency('p99', 0.99)
      case 'acked-per-second':
        return fleet ? (fleet.acked * 1000) / fleet.intervalMs : null
      case 'under-replicated-partitions':
        return cluster && cluster.answered.length > 0 ? cluster.underReplicated : null
      case 'offline-partitions':
        return cluster && cluster.answered.length > 0 ? cluster.offline : null
      case 'nodes-answering':
        return cluster?.answered.length ?? null
      case 'edge-buffered-records':
        return fleet?.buffered ?? null
      case 'edge-dropped-records':
        return fleet ? this.droppedSoFar : null
      case 'waiting-longest-ms':
        return fleet?.waiting ? Math.max(0, ...Object.values(fleet.waiting.oldestMs)) : null
      case 'client-bytes':
        return fresh(this.#clientBytes)?.bytes ?? null
      case 'tail-lag-records':
        return tail?.lagRecords ?? null
      case 'tail-lag-seconds':
        return tail?.lagSeconds ?? null
    }
  }
}

/**
 * Of acknowledgements, unless more records than the percentile leaves out wait for longer than a second: then they are
 * part of it, with their age so far. A topic that refuses everything has no acknowledgement to be slow.
 */
function latencyOf({ latency, waiting }: FleetSample, pick: 'p50' | 'p99', share: number): number | null {
  const acked = latency.n > 0 ? latency[pick] : null
  const overdue = waiting?.overdue ?? 0
  if (!waiting || overdue <= (1 - share) * (latency.n + overdue)) return acked
  return Math.max(acked ?? 0, ...Object.values(waiting.oldestMs))
}
