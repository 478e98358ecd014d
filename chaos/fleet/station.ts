import type { Dial } from '../core/network.ts'
import type { RegionName } from '../core/regions.ts'
import type { NodeId, Topology } from '../core/topology.ts'
import type { ShardWriter } from '../record/shard-writer.ts'
import type { Attachment } from './device-population.ts'
import type { Gateway } from './gateway.ts'

/** A cluster as gateways reach it. Its nodes may change while they do. */
export interface FleetCluster {
  readonly topology: Topology
  readonly dial: Dial
  /** The best knowledge of the moment; a wrong answer costs a request, never a record. */
  readonly leaderOf: (topic: string, partition: number) => NodeId | null
}

/** A gateway, its devices, and where it is. */
export interface Station {
  readonly gateway: Gateway
  /** Of the cluster that it sends to. */
  shard: ShardWriter
  cluster: FleetCluster
  /** Nothing new is sent. */
  isHeld: boolean
  /** The regions that it has been in, in their order. */
  readonly regions: RegionName[]
  readonly attachment: Attachment
  nextFlush: number
}
