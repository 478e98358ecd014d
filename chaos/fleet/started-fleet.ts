import type { RegionName } from '../core/regions.ts'
import type { FleetClients } from '../drivers/driver.ts'
import type { FleetSample } from '../record/samples.ts'
import type { HeldBack } from './send-pace.ts'
import type { FleetCluster } from './station.ts'

export interface StartedFleet extends AsyncDisposable {
  readonly gateways: readonly { readonly name: string; readonly zone: string }[]
  /** What happened since the last call. */
  take(): Omit<FleetSample, 't' | 'intervalMs'>
  /** Since the last call: how long devices had something to send and had to wait. */
  takeHeldBack(): ReturnType<HeldBack['take']>
  stopGenerating(): void
  /** Waits until every record was acknowledged; returns how many were not by the deadline. */
  drain(deadlineMs: number): Promise<number>
  readonly clients: FleetClients
  /**
   * Gateways send nothing new, and devices keep what they make.
   * @returns records that were under way and are still, when the deadline passes; 0: every one was answered
   */
  hold(deadlineMs: number): Promise<number>
  /** What was held goes on where it was. */
  release(): void
  /**
   * The devices of these gateways lose their sessions and connect to that cluster, and nobody holds them any more. What
   * was in flight is unknown; what is sent from here on has a history of its own.
   * @param gateways by name; @default all
   */
  moveTo(cluster: FleetCluster, region: RegionName, gateways?: readonly string[]): Promise<void>
  /**
   * Records that the cluster to which these gateways moved last has acknowledged, and records of sends that it refused or
   * did not answer; both 0 before they moved.
   */
  sinceMove(gateways?: readonly string[]): { readonly acked: number; readonly unanswered: number }
}
