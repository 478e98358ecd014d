import type { ProcessIdentity } from '../core/process-identity.ts'
import type { NodeId } from '../core/topology.ts'

/** Two releases of the software that brokers run. The one that the cluster was made with is the older one. */
export interface Releases {
  readonly older: string
  readonly newer: string
  /** By the machine's process table, by the broker itself and by what it leads and follows; never by what was done. */
  look(node: NodeId): Promise<ReleaseReading>
  /**
   * Ends the broker in order and starts it with the release. Resolves when it serves, says what that release says, and
   * each of its replicas is in sync, so that the next one may follow. Nothing is done where it runs that release.
   */
  change(node: NodeId, release: string, within: ReleaseTimes): Promise<ReleaseChange>
  /** Levels that the newer release gives to a cluster, by feature, as its own tool tells them; 0: not switched on. */
  levels(): Promise<Levels>
  /** Asks the cluster for other levels, all of them or none; the answer is the active controller's, whoever is asked. */
  update(levels: Levels, change: 'upgrade' | 'downgrade'): Promise<FeatureReply>
  /** Every broker runs the older release again, serves and is in sync. May be repeated. */
  restore(): Promise<void>
}
/** By the name of a feature. */
export type Levels = Readonly<Record<string, number>>
export interface ReleaseTimes {
  /** For its orderly end, ms; one that takes longer is an error. */
  readonly stopMs: number
  /** From its start until it is in sync, ms. */
  readonly serveMs: number
  readonly signal: AbortSignal
}
/** Milliseconds: until it had ended, from then until it served, from then until it was in sync; all 0 where nothing was done. */
export interface ReleaseChange {
  readonly stopMs: number
  readonly serveMs: number
  readonly syncMs: number
}
export interface ReleaseReading {
  readonly process: ProcessIdentity | null
  /** By the class path of its process; null: it has none, or that names no release. */
  readonly release: string | null
  /** Levels that its release knows, by feature, the highest; null: it does not answer. */
  readonly supports: Levels | null
  /** Levels that the cluster has, as this broker knows them. */
  readonly finalized: Levels | null
  /** Of all topics, the cluster's own included: replicas that it has, and those of them that are in sync. */
  readonly replicas: number
  readonly inSync: number
}
export interface FeatureReply {
  readonly ok: boolean
  /** In Kafka's own words, with the name of the error; empty where it says none. */
  readonly words: string
}
