import type { NodeId } from '../../../core/topology.ts'
import type { DiskReading } from '../../driver.ts'
import type { ClosedSegment } from './closed-segments.ts'
import type { Command } from '../lab/supervisor.ts'

/** How the nodes of a lab are prepared, started and looked at: one for each platform. */
export interface NodeSoftware {
  /** Writes every node's files, and formats disks where the platform wants that. */
  prepare(): Promise<void>
  command(node: NodeId): Command
  /** The properties that the node reads when it starts. */
  settingsFile(node: NodeId): string
  /** An empty disk for a node whose process is absent; whatever it kept is gone. */
  wipe(node: NodeId): void
  look(node: NodeId): DiskReading
  /** Of one partition (`topic/partition`) on the node's disk. Absent where segments are not files of the node. */
  closedSegments?(node: NodeId, partition: string): readonly ClosedSegment[]
  /** The node's own metrics, by the names in samples/broker-metrics.jsonl. Rejects when it does not answer in time. */
  metrics(node: NodeId, timeoutMs: number): Promise<Record<string, number>>
  /** How often a node may be asked: an answer can be large. */
  readonly metricsEveryMs: number
  /** How long all of them together may take to be ready on a busy machine. */
  readonly readyDeadlineMs: number
}
