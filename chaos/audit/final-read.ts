import type { AuditPart } from '../record/audit-part.ts'
import type { Auditor } from './auditor.ts'
import type { Catalog } from './catalog.ts'
import type { Reach } from './scan-parts.ts'
import type { PartitionBounds, PartitionStart, ShardSummary } from './shard-reader.ts'

/** What the final read can vouch for, partition by partition. */
export class FinalRead {
  readonly #auditor: Auditor
  readonly #catalog: Catalog
  readonly #bounds: ReadonlyMap<number, PartitionBounds>
  readonly #starts: ReadonlyMap<number, PartitionStart>
  readonly #shards: readonly ShardSummary[]

  constructor(
    auditor: Auditor,
    catalog: Catalog,
    { bounds, starts }: Pick<ShardSummary, 'bounds' | 'starts'>,
    summaries: readonly ShardSummary[],
  ) {
    this.#auditor = auditor
    this.#catalog = catalog
    this.#bounds = bounds
    this.#starts = starts
    this.#shards = summaries.filter(summary => summary.header.role === 'final-read')
  }

  reach(partition: number): Reach {
    const bounds = this.#bounds.get(partition)
    const seen = this.#auditor.offsets.maxSeen(partition).offset
    if (bounds === undefined)
      return { low: seen < 0 ? 0 : this.#auditor.offsets.minSeen(partition), lowAfter: null, upTo: seen }
    // Whole: then what was acknowledged above its end is gone with a part of the log that was cut off.
    const isWhole = this.#shards.every(shard => shard.incomplete === null) && this.#gap(partition) === null
    const lowAfter = this.#starts.get(partition)?.low ?? null
    return { low: bounds.low, lowAfter, upTo: isWhole ? Number.POSITIVE_INFINITY : seen }
  }

  holes(): Pick<AuditPart['holes'], 'hasFinalRead' | 'namesPartitions' | 'ofPartitions'> {
    const ofPartitions: AuditPart['holes']['ofPartitions'] = []
    for (const [partition, { name }] of this.#catalog.partitions.entries()) {
      if (!this.#catalog.isOwn(partition)) continue
      const gap = this.#bounds.has(partition)
        ? this.#gap(partition)
        : 'has no bounds: how far it goes is unknown'
      if (gap !== null) ofPartitions.push([partition, `the final read of ${name} ${gap}`])
    }
    return { hasFinalRead: this.#shards.length > 0, namesPartitions: this.#bounds.size > 0, ofPartitions }
  }

  #gap(partition: number): string | null {
    const { low: asked, high } = this.#bounds.get(partition) as PartitionBounds
    const low = Math.max(asked, this.#starts.get(partition)?.low ?? asked)
    if (high <= low) return null
    const last = this.#auditor.offsets.maxSeen(partition).offset
    if (last < 0) return `returned nothing of [${low}, ${high})`
    if (last < high - 1) return `ends at offset ${last}, before its end ${high}`
    const first = this.#auditor.offsets.minSeen(partition)
    const topic = this.#catalog.topics[this.#catalog.topicOf(partition)]
    return first > low && topic?.keeping?.compacts !== true
      ? `begins at offset ${first}, after its start ${low}`
      : null
  }
}
