/** How far a reader has come in one partition. */
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
}

export function partitionKey(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
