import { AftershockError } from '../../core/errors.ts'
import type { AbortedTransaction, FetchedPartition } from '../../kafka/fetch-wire.ts'
import { type BatchHead, isIntact, readBatchHead } from '../../kafka/record-batch.ts'
import { NONE, RecordCursor } from '../../kafka/record-cursor.ts'
import { uncompress } from '../../kafka/uncompress.ts'
import { SENT_HEADER } from '../../record/history.ts'
import { type Position, partitionKey } from '../position.ts'
import { PollText } from './poll-text.ts'

const SENT = Buffer.from(SENT_HEADER)
const ABORT_MARKER = 0

/** What is made of the records besides the history. All of them are asked for each record. */
export interface RecordWatcher {
  /** The record stands in the cursor until the next one does. */
  read(position: Position, record: RecordCursor): void
}

/**
 * Reads one partition from the bytes of brokers' answers: checks each batch, counts every offset, and writes the
 * history's line for what came, without making an object of a record.
 */
export class PartitionReader {
  readonly position: Position
  readonly key: string
  readonly #watchers: readonly RecordWatcher[]
  readonly #text: PollText
  readonly #cursor = new RecordCursor()
  readonly #aborting = new Set<bigint>()

  constructor(position: Position, watchers: readonly RecordWatcher[]) {
    this.position = position
    this.key = partitionKey(position.topic, position.partition)
    this.#watchers = watchers
    this.#text = new PollText(position.topic, position.partition)
  }

  /** Where it is to be asked on after this answer, by the heads of its batches alone: `null` when it holds none. */
  static nextAfter(bytes: Buffer, { from, to }: FetchedPartition): number | null {
    let next: number | null = null
    for (let at = from; ; ) {
      const head = readBatchHead(bytes, at, to)
      if (!head) return next
      next = head.lastOffset + 1
      at = head.to
    }
  }

  /**
   * The history's line; null when nothing of it was for readers.
   * @throws AftershockError where the bytes are not what was written; the position is before them
   */
  read(bytes: Buffer, { from, to, aborted }: FetchedPartition, t: number): string | null {
    this.#text.begin(t)
    this.#aborting.clear()
    const ahead = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
    try {
      for (let at = from; !this.position.isDone; ) {
        const head = readBatchHead(bytes, at, to)
        if (!head) break
        at = head.to
        this.#batch(bytes, head, ahead)
      }
    } catch (error) {
      // What was read before it is read, and stands in the history.
      const line = this.#text.line()
      if (line === null) throw error
      return line
    }
    return this.#text.line()
  }

  #batch(bytes: Buffer, head: BatchHead, aborted: AbortedTransaction[]): void {
    const { position } = this
    while ((aborted[0]?.firstOffset ?? Number.POSITIVE_INFINITY) <= head.lastOffset)
      this.#aborting.add((aborted.shift() as AbortedTransaction).producerId)
    if (head.lastOffset < position.next && !head.isControl) return
    if (!isIntact(bytes, head))
      throw new AftershockError(
        'unavailable',
        `the batch at offset ${head.baseOffset} of ${this.key} does not have the checksum that it says`,
      )
    const isForReaders = !(head.isControl || (head.isTransactional && this.#aborting.has(head.producerId)))
    const cursor = this.#cursor
    if (head.codec === 0) cursor.begin(head, bytes, head.from, head.to)
    else {
      const records = uncompress(head.codec, bytes.subarray(head.from, head.to))
      cursor.begin(head, records, 0, records.length)
    }
    while (cursor.next()) {
      if (head.isControl) this.#marker(head)
      if (cursor.offset < position.next) continue
      if (!position.givenAt(cursor.offset, isForReaders)) return
      if (isForReaders) this.#record()
    }
    position.passedTo(head.lastOffset + 1)
  }

  #record(): void {
    const { position } = this
    const cursor = this.#cursor
    const { valueLength, keyLength } = cursor
    this.#text.add(cursor.offset, cursor.bytes, cursor.valueAt, valueLength)
    position.records += 1
    position.bytes += (valueLength === NONE ? 0 : valueLength) + (keyLength === NONE ? 0 : keyLength)
    position.lastTimestamp = sentAt(cursor) ?? cursor.timestamp
    position.firstTimestamp ??= position.lastTimestamp
    for (const watcher of this.#watchers) watcher.read(position, cursor)
  }

  /** The key of a marker: its version, and whether it aborts or commits; from there on its producer begins anew. */
  #marker({ producerId }: BatchHead): void {
    const { bytes, keyAt, keyLength } = this.#cursor
    if (keyLength >= 4 && bytes.readInt16BE(keyAt + 2) === ABORT_MARKER) this.#aborting.delete(producerId)
  }
}

/** In wall milliseconds, as its gateway says it; null where the record says no more than its own time. */
function sentAt(record: RecordCursor): number | null {
  const sent = record.headers > 0 ? record.header(SENT) : null
  return sent === null ? null : Number(sent)
}
