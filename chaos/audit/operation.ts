import type { FaultyWhat } from '../record/history.ts'

/** What both history formats are read into: the auditor knows no other. */
export type Value = string | number

/** `ok`: it happened. `fail`: it certainly did not. `info`: nobody knows. */
export type Outcome = 'ok' | 'fail' | 'info'

/**
 * Records of one partition, in order, by their handles: at `base` and the offsets after it, or at `offsets`.
 */
export interface Batch {
  readonly partition: number
  readonly handles: readonly number[]
  readonly base: number | null
  readonly offsets: readonly (number | null)[] | null
}

export function offsetAt(batch: Batch, index: number): number | null {
  if (batch.offsets !== null) return batch.offsets[index] ?? null
  return batch.base === null ? null : batch.base + index
}

/** A line of a file of the history, in one number, since there is one for each operation. */
export type Place = number

const LINES_PER_FILE = 2 ** 32
export const placeOf = (file: number, line: number): Place => file * LINES_PER_FILE + line
export const fileOf = (place: Place): number => Math.floor(place / LINES_PER_FILE)
export const lineOf = (place: Place): number => place % LINES_PER_FILE

/**
 * One operation with its outcome. What it sent stands or falls together: a transaction, or the batch of one
 * partition in a produce request. `witness` marks a read that says what is stored: every successful poll of
 * an open history, only the final read of a run.
 */
export interface Operation {
  readonly process: number
  readonly outcome: Outcome
  readonly time: number | null
  /** When it was invoked: what it sent was stamped then, or later. */
  readonly invokedAt: number | null
  readonly place: Place
  readonly index: number | null
  readonly witness: boolean
  readonly sends: readonly Batch[]
  readonly polls: readonly Batch[]
  /** Partitions that moved between consumers meanwhile: the operation's own polls may jump there. */
  readonly moved: readonly number[]
  /** It failed for what its records are; one that was alone is given up. */
  readonly isRefused?: true
}

export interface Assignment {
  readonly process: number
  readonly place: Place
  readonly index: number | null
  /** Whether the partition is still the process's after this. */
  readonly keeps: (partition: number) => boolean
  /** The consumer group it joined by this, if any. */
  readonly group: string | null
  /** Its positions were deliberately moved: it begins at the oldest offset, or where its group had committed. */
  readonly rewinds: boolean
}

export interface Commit {
  readonly process: number
  readonly place: Place
  readonly index: number | null
  /** As of operations; null: the history does not say it. */
  readonly time: number | null
  readonly group: string
  readonly offsets: readonly (readonly [partition: number, offset: number])[]
}

/** What the brokers said that a group had committed; null: nothing. */
export interface Found {
  readonly process: number
  readonly place: Place
  readonly index: number | null
  readonly group: string
  readonly offsets: readonly (readonly [partition: number, offset: number | null])[]
}

export interface Drop {
  readonly process: number
  readonly place: Place
  readonly topic: number
  readonly handles: readonly number[]
}

/** A device publishes these again on purpose: one more copy of each is meant. */
export type Repeat = Drop

/** What its firmware does to these, which is wrong. */
export interface Faulty extends Drop {
  readonly what: FaultyWhat
}

/** A repair job makes these of what nobody could read. */
export type Repaired = Drop

type OpenBatch = Batch & { readonly handles: number[]; readonly offsets: (number | null)[] }

/** Few partitions are looked through, many are looked up. */
const FEW = 8

/** Gathers the records of an operation by partition. */
export class BatchBuilder {
  readonly batches: OpenBatch[] = []
  #byPartition: Map<number, OpenBatch> | null = null

  add(partition: number, offset: number | null, handle: number): void {
    let batch = this.batches.at(-1)
    if (batch?.partition !== partition) {
      batch = this.#find(partition)
      if (batch === undefined) {
        batch = { partition, handles: [], base: null, offsets: [] }
        this.batches.push(batch)
        this.#byPartition?.set(partition, batch)
      }
    }
    batch.handles.push(handle)
    batch.offsets.push(offset)
  }

  #find(partition: number): OpenBatch | undefined {
    if (this.batches.length <= FEW) return this.batches.find(batch => batch.partition === partition)
    this.#byPartition ??= new Map(this.batches.map(batch => [batch.partition, batch]))
    return this.#byPartition.get(partition)
  }
}

/** The batches of each partition, in their order. */
export function byPartition(batches: readonly Batch[]): ReadonlyMap<number, readonly Batch[]> {
  const groups = new Map<number, Batch[]>()
  for (const batch of batches) {
    const group = groups.get(batch.partition)
    if (group === undefined) groups.set(batch.partition, [batch])
    else group.push(batch)
  }
  return groups
}

/** Takes a history, in the order of its lines. The auditor is one; the collector of evidence is the other. */
export interface HistorySink {
  operation(operation: Operation): void
  assignment(assignment: Assignment): void
  /** The client ended and was replaced by a fresh one. */
  crash(process: number): void
  commit(commit: Commit): void
  found(found: Found): void
  drop(drop: Drop): void
  repeat(repeat: Repeat): void
  faulty(faulty: Faulty): void
  repaired(repaired: Repaired): void
  /** Absent: wants all. */
  readonly interest?: Interest
}

/** What a second reading still looks for, so that it can pass over the rest. */
export interface Interest {
  /** Whether the lines hold nothing of it. */
  skips(bytes: Buffer, to: number, file: number, firstLine: number): boolean
  /** Whether the operation is of it, which was invoked at this place and has not been answered yet. */
  awaits(place: Place, batches: readonly Batch[]): boolean
}
