import { type PartitionAges, SENT_HEADER, type StoredAges } from '../record/history.ts'
import type { PolledMessage } from './poll-line.ts'
import { type Position, partitionKey } from './position.ts'
import { recordIdOf } from './record-id.ts'

/** A clock that is ahead by less holds nothing for long. */
const AHEAD_MS = 1000
const MOST_MARKS = 64

type Mark = PartitionAges['marks'][number]

/** How old the records are that a reader is given, small whatever their number: per partition at most 64 marks. */
export class RecordAges {
  readonly #wallMs: number
  readonly #partitions = new Map<string, AgesOfPartition>()

  /** Nobody has sent anything after `wallMs`. */
  constructor(wallMs: number) {
    this.#wallMs = Math.round(wallMs)
  }

  read(position: Pick<Position, 'topic' | 'partition'>, offset: number, message: PolledMessage): void {
    const key = partitionKey(position.topic, position.partition)
    const stamp = Number(message.timestamp)
    const header = message.headers?.[SENT_HEADER]
    const sent = header === undefined ? Math.min(stamp, this.#wallMs) : Number(header)
    if (!Number.isFinite(sent) || !Number.isFinite(stamp)) return
    let ages = this.#partitions.get(key)
    if (!ages) {
      ages = new AgesOfPartition(position, { offset, sent })
      this.#partitions.set(key, ages)
    }
    ages.read(offset, stamp, sent, message)
  }

  line(t: number): StoredAges {
    const partitions = [...this.#partitions.values()].map(ages => ages.told())
    return { kind: 'ages', t: Math.round(t), wallMs: this.#wallMs, partitions }
  }
}

class AgesOfPartition {
  readonly #of: Pick<PartitionAges, 'topic' | 'partition' | 'oldest'>
  readonly #ahead: PartitionAges['ahead'][number][] = []
  #marks: Mark[] = []
  /** How much later than the last mark the next one is. */
  #stepMs = 1000
  #nextAheadMs = AHEAD_MS
  #records = 0
  #bytes = 0
  #latest: number

  constructor({ topic, partition }: Pick<Position, 'topic' | 'partition'>, oldest: PartitionAges['oldest']) {
    this.#of = { topic, partition, oldest }
    this.#latest = oldest.sent
  }

  read(offset: number, stamp: number, sent: number, { key, value }: PolledMessage): void {
    const last = this.#marks.at(-1)?.[2] ?? this.#of.oldest.sent
    if (sent >= last + this.#stepMs) this.#mark()
    this.#records += 1
    this.#bytes += (key?.length ?? 0) + (value?.length ?? 0)
    this.#latest = Math.max(this.#latest, sent)
    if (stamp - sent < this.#nextAheadMs) return
    this.#ahead.push({ offset, id: recordIdOf(value), stamp, sent })
    this.#nextAheadMs = 2 * (stamp - sent)
  }

  told(): PartitionAges {
    return { ...this.#of, ahead: this.#ahead, marks: [...this.#marks, this.#now()] }
  }

  #mark(): void {
    this.#marks.push(this.#now())
    if (this.#marks.length < MOST_MARKS) return
    this.#marks = this.#marks.filter((_, index) => index % 2 === 1)
    this.#stepMs *= 2
  }

  #now(): Mark {
    return [this.#records, this.#bytes, this.#latest]
  }
}
