/** Offsets from the first to before the last. */
export interface OffsetRange {
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/** A record of an answer, with whether it is one for readers: markers and records of aborted transactions are not. */
export interface GivenRecord {
  readonly offset: number
  readonly isForReaders: boolean
}

/**
 * How far a reader has come in one partition, and what became of every offset on the way: read, a marker, passed over
 * by an answer (there was no record: compacted, for example), or never asked for.
 */
export class Position {
  readonly topic: string
  readonly partition: number
  /** Where it began. */
  readonly start: number
  /** Exclusive; infinite for a reader that follows. */
  readonly end: number
  /** The offset that it reads next. */
  next: number
  records = 0
  bytes = 0
  /** Transaction markers, and records of transactions that were aborted: offsets that hold nothing for readers. */
  markers = 0
  /** Offsets that answers passed over although they were asked for. */
  holes = 0
  /** Offsets that the reader went beyond without having asked for them: deleted under its hands, for example. */
  readonly unread: OffsetRange[] = []
  /** When the record was sent, in wall milliseconds, never by a device's clock; null before the first record. */
  firstTimestamp: number | null = null
  lastTimestamp: number | null = null
  /** When the high watermark was last seen not to be ahead of `next`; null when it never was. */
  caughtUpAt: number | null = null

  constructor(topic: string, partition: number, start: number, end: number = Number.POSITIVE_INFINITY) {
    this.topic = topic
    this.partition = partition
    this.start = start
    this.end = end
    this.next = start
  }

  get isDone(): boolean {
    return this.next >= this.end
  }

  /** An answer begins at `offset`: what lies before it and was not read has never been asked for, and is returned. */
  askedFrom(offset: number): OffsetRange | null {
    const range = { from: this.next, to: Math.min(offset, this.end) }
    if (range.to <= range.from) return null
    const last = this.unread.at(-1)
    if (last?.to === range.from) this.unread[this.unread.length - 1] = { from: last.from, to: range.to }
    else this.unread.push(range)
    this.next = range.to
    return range
  }

  /** The records of an answer, in order; those that were given before change nothing. */
  given(records: Iterable<GivenRecord>): void {
    for (const { offset, isForReaders } of records) {
      if (offset >= this.next && !this.givenAt(offset, isForReaders)) return
    }
  }

  /** One record, not before the next one. False: it lies beyond the end, and so do all that follow. */
  givenAt(offset: number, isForReaders: boolean): boolean {
    this.passedTo(offset)
    if (offset >= this.end) return false
    this.next = offset + 1
    if (!isForReaders) this.markers += 1
    return true
  }

  /** An answer holds nothing before `offset` that it has not given. */
  passedTo(offset: number): void {
    const to = Math.min(offset, this.end)
    if (to <= this.next) return
    this.holes += to - this.next
    this.next = to
  }

  /** An answer of which nothing was for readers: its first and its last offset, where it said them. */
  givenNothing(first: number | null, last: number): void {
    const from = Math.max(this.next, Math.min(first ?? last, this.end))
    this.holes += from - this.next
    const to = Math.max(from, Math.min(last + 1, this.end))
    this.markers += first === null ? 0 : to - from
    this.holes += first === null ? to - from : 0
    this.next = to
  }
}

export function partitionKey(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
