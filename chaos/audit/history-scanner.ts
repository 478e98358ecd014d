import {
  ByteCursor,
  CLOSE_BRACKET,
  COMMA,
  eachItem,
  eachMember,
  OPEN_BRACKET,
  readsObject,
  UNUSUAL,
} from './byte-cursor.ts'
import type { Catalog } from './catalog.ts'
import type { Line } from './line-reader.ts'
import { type Batch, BatchBuilder, type Outcome } from './operation.ts'

/** A line about a send, a poll or a transaction. */
export interface ScannedOperation {
  readonly type: 'invoke' | Outcome
  readonly process: number
  readonly index: number | null
  readonly time: number | null
  readonly sends: readonly Batch[]
  readonly polls: readonly Batch[]
  readonly moved: readonly number[]
  /** The line has no value: an answer without one stands for what was invoked. */
  readonly isBlank: boolean
}

const NOTHING_MOVED: readonly number[] = []

const QUOTE = 34
const TYPES = ['ok', 'invoke', 'info', 'fail'] as const
const OPERATIONS = ['send', 'poll', 'txn'] as const

/** Reads the usual lines of the open format; whatever it does not know it leaves to the schema. */
export class HistoryScanner {
  readonly #catalog: Catalog
  readonly #cursor = new ByteCursor()
  readonly #onStep = () => this.#step()
  readonly #onMember = () => this.#member()
  readonly #onGiven = () => this.#given()
  readonly #onPair = () => this.#pair(this.#partition, this.#polls)
  #type: ScannedOperation['type'] | null = null
  #process: number | null = null
  #index: number | null = null
  #time: number | null = null
  #hasF = false
  #hasValue = false
  #partition = 0
  #sends = new BatchBuilder()
  #polls = new BatchBuilder()

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  /** null when the line is of another shape, right or wrong. */
  scan(line: Line): ScannedOperation | null {
    this.#reset()
    if (!readsObject(this.#cursor, line, this.#onMember) || !this.#hasF || !this.#hasValue) return null
    if (this.#type === null || this.#process === null) return null
    return {
      type: this.#type,
      process: this.#catalog.process(this.#process),
      index: this.#index,
      time: this.#time,
      sends: this.#sends.batches,
      polls: this.#polls.batches,
      moved: NOTHING_MOVED,
      isBlank: false,
    }
  }

  #reset(): void {
    this.#type = null
    this.#process = null
    this.#index = null
    this.#time = null
    this.#hasF = false
    this.#hasValue = false
    this.#sends = new BatchBuilder()
    this.#polls = new BatchBuilder()
  }

  #member(): void {
    const cursor = this.#cursor
    if (cursor.textIs('index')) this.#index = cursor.count()
    else if (cursor.textIs('process')) this.#process = cursor.count()
    else if (cursor.textIs('time')) this.#time = cursor.number()
    else if (cursor.textIs('type')) this.#type = cursor.textAmong(TYPES)
    else if (cursor.textIs('f')) this.#hasF = cursor.textAmong(OPERATIONS).length > 0
    else if (cursor.textIs('value')) {
      this.#hasValue = true
      eachItem(cursor, this.#onStep)
    } else throw UNUSUAL
  }

  /** `["send", key, value]`, `["send", key, [offset, value]]`, `["poll"]` or `["poll", {key: [pair, …]}]` */
  #step(): void {
    const cursor = this.#cursor
    cursor.expect(OPEN_BRACKET)
    cursor.text()
    if (cursor.textIs('send')) {
      cursor.expect(COMMA)
      const partition = this.#key()
      cursor.expect(COMMA)
      if (cursor.peek() === OPEN_BRACKET) this.#pair(partition, this.#sends)
      else this.#sends.add(partition, null, this.#value(partition))
    } else if (!cursor.textIs('poll')) throw UNUSUAL
    else if (cursor.skip(COMMA)) eachMember(cursor, this.#onGiven)
    cursor.expect(CLOSE_BRACKET)
  }

  #given(): void {
    // The name was read as text, but a member may read more text: it is taken at once.
    this.#partition = this.#partitionAtText
    eachItem(this.#cursor, this.#onPair)
  }

  #pair(partition: number, into: BatchBuilder): void {
    const cursor = this.#cursor
    cursor.expect(OPEN_BRACKET)
    const offset = cursor.countOrNull()
    cursor.expect(COMMA)
    into.add(partition, offset, this.#value(partition))
    cursor.expect(CLOSE_BRACKET)
  }

  /** A name; numbers are left to the schema. */
  #key(): number {
    this.#cursor.text()
    return this.#partitionAtText
  }

  get #partitionAtText(): number {
    const { bytes, textFrom, textTo } = this.#cursor
    return this.#catalog.key(this.#catalog.topicAt(bytes, textFrom, textTo))
  }

  #value(partition: number): number {
    const cursor = this.#cursor
    const { values } = this.#catalog
    const topic = this.#catalog.topicOf(partition)
    if (cursor.peek() !== QUOTE) return values.intern(topic, cursor.count())
    cursor.text()
    return values.internBytes(topic, cursor.bytes, cursor.textFrom, cursor.textTo)
  }
}
