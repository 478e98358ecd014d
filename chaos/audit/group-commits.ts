import type { Findings } from './findings.ts'
import { type Assignment, type Batch, type Commit, type Found, offsetAt, type Place } from './operation.ts'

interface Committed {
  /** The next offset that the group is to read. */
  readonly offset: number
  readonly place: Place
}

/**
 * What consumer groups committed. A commit is lost when the brokers are asked and have less, or when a member
 * of the group that was newly given the partition begins before it; it goes backwards when a later commit is
 * lower. A process belongs to a group from its subscription or from its first commit on.
 */
export class GroupCommits {
  readonly #findings: Findings
  readonly #groupOf = new Map<number, string>()
  readonly #committed = new Map<string, Map<number, Committed>>()

  constructor(findings: Findings) {
    this.#findings = findings
  }

  joined(assignment: Assignment): void {
    if (assignment.group !== null) this.#groupOf.set(assignment.process, assignment.group)
  }

  left(process: number): void {
    this.#groupOf.delete(process)
  }

  committed(commit: Commit): void {
    this.#groupOf.set(commit.process, commit.group)
    const committed = this.#committed.get(commit.group) ?? new Map<number, Committed>()
    this.#committed.set(commit.group, committed)
    for (const [partition, offset] of commit.offsets) {
      const before = committed.get(partition)
      if (before !== undefined && offset < before.offset)
        this.#findings.add('commit-backwards', partition, () => ({
          what: `group ${JSON.stringify(commit.group)} committed ${offset} after it had committed ${before.offset}`,
          handles: [],
          offsets: [before.offset, offset],
          places: [before.place, commit.place],
          traceValues: false,
        }))
      committed.set(partition, { offset, place: commit.place })
    }
  }

  /**
   * The brokers were asked. More than was acknowledged is no anomaly: a commit whose answer got lost may have
   * been stored. From here on the group goes on from what they have.
   */
  found({ group, offsets, place }: Found): void {
    const committed = this.#committed.get(group) ?? new Map<number, Committed>()
    this.#committed.set(group, committed)
    for (const [partition, offset] of offsets) {
      const before = committed.get(partition)
      if (before !== undefined && (offset === null || offset < before.offset))
        this.#findings.add('commit-lost', partition, () => ({
          what: `the brokers had ${offset ?? 'no commit'} for group ${JSON.stringify(group)}, which had committed ${before.offset}`,
          handles: [],
          offsets: offset === null ? [before.offset] : [before.offset, offset],
          places: [before.place, place],
          traceValues: false,
        }))
      if (offset === null) committed.delete(partition)
      else committed.set(partition, { offset, place })
    }
  }

  /** The last offset that the process's group is done with; null when nobody committed one. */
  position(process: number, partition: number): { readonly offset: number; readonly place: Place } | null {
    const committed = this.#of(process, partition)
    return committed && { offset: committed.offset - 1, place: committed.place }
  }

  /** A process without a position was given these: did it begin where its group had committed? */
  resumed(process: number, batch: Batch, place: Place): void {
    const committed = this.#of(process, batch.partition)
    const first = offsetAt(batch, 0)
    if (committed === null || first === null || first >= committed.offset) return
    this.#findings.add('commit-lost', batch.partition, () => ({
      what: `began at offset ${first} although its group had committed ${committed.offset}`,
      handles: [],
      offsets: [committed.offset, first],
      places: [committed.place, place],
      traceValues: false,
    }))
  }

  #of(process: number, partition: number): Committed | null {
    const group = this.#groupOf.get(process)
    return (group !== undefined && this.#committed.get(group)?.get(partition)) || null
  }
}
