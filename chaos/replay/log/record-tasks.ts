import type { RecordCursor } from '../../kafka/record-cursor.ts'
import type { ReplayScope } from '../../core/replay-scope.ts'
import { PartitionDigest } from '../partition-digest.ts'
import { type OffsetRange, type Position, partitionKey } from '../position.ts'
import { type WindowCount, WindowCounter } from '../replay-bounds.ts'
import type { RecordWatcher } from './partition-reader.ts'

/** Offsets of one partition of which a digest is made. */
export interface DigestRange extends OffsetRange {
  /** Unique within a partition: it names the digest. */
  readonly id: string
  /** `topic/partition` */
  readonly key: string
}

/** What is made of the records on the way, beside the history. Plain data: threads are told of it. */
export interface RecordTasks {
  /** `'all'`: of everything that is read, with the id `all`. @default none */
  readonly digests?: 'all' | readonly DigestRange[]
  /** Records are counted by the times that they bear. @default no record is */
  readonly scope?: ReplayScope
}

export interface DigestDone {
  readonly id: string
  readonly sha256: string
  /** How many it is of. */
  readonly records: number
}

export interface TasksDone {
  /** `topic/partition` */
  readonly key: string
  readonly digests: readonly DigestDone[]
  /** null: no window was asked for. */
  readonly window: WindowCount | null
}

/** The tasks of one partition. */
export class PartitionTasks implements RecordWatcher {
  readonly #position: Position
  readonly #digests: readonly RangeDigest[]
  readonly #windows: WindowCounter | null

  constructor(tasks: RecordTasks, position: Position) {
    this.#position = position
    this.#digests = rangesOf(tasks, position).map(range => new RangeDigest(range))
    this.#windows = tasks.scope ? new WindowCounter(tasks.scope) : null
  }

  read(position: Position, record: RecordCursor): void {
    for (const digest of this.#digests) digest.read(record)
    this.#windows?.read(position, record.timestamp)
  }

  done(): TasksDone {
    const { topic, partition } = this.#position
    return {
      key: partitionKey(topic, partition),
      digests: this.#digests.map(digest => digest.done()),
      window: this.#windows?.of(this.#position) ?? null,
    }
  }
}

class RangeDigest {
  readonly #range: Omit<DigestRange, 'key'>
  readonly #digest = new PartitionDigest()
  #records = 0

  constructor(range: Omit<DigestRange, 'key'>) {
    this.#range = range
  }

  read({ offset, bytes, valueAt, valueLength }: RecordCursor): void {
    if (offset < this.#range.from || offset >= this.#range.to) return
    this.#digest.add(offset, bytes, valueAt, valueLength)
    this.#records += 1
  }

  done(): DigestDone {
    return { id: this.#range.id, sha256: this.#digest.hex(), records: this.#records }
  }
}

function rangesOf({ digests = [] }: RecordTasks, { topic, partition }: Position): Omit<DigestRange, 'key'>[] {
  if (digests === 'all') return [{ id: 'all', from: 0, to: Number.POSITIVE_INFINITY }]
  return digests.filter(({ key }) => key === partitionKey(topic, partition))
}
