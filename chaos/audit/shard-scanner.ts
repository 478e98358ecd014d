import {
  ByteCursor,
  CLOSE_BRACKET,
  COMMA,
  eachItem,
  OPEN_BRACKET,
  readsObject,
  UNUSUAL,
} from './byte-cursor.ts'
import type { Catalog } from './catalog.ts'
import type { Line } from './line-reader.ts'
import type { Batch } from './operation.ts'

/** The lines of a run's shard that are many. A batch has no base where the line does not tell it. */
export type ScannedShardLine =
  | { readonly kind: 'invoke'; readonly op: number; readonly t: number; readonly batches: readonly Batch[] }
  | {
      readonly kind: 'ok'
      readonly op: number
      readonly t: number
      readonly offsets: readonly (number | null)[]
    }
  | { readonly kind: 'poll'; readonly t: number; readonly batches: readonly Batch[] }

const KINDS = ['poll', 'invoke', 'ok'] as const

/** Reads the usual lines of a shard; whatever it does not know it leaves to the schema. */
export class ShardScanner {
  readonly #catalog: Catalog
  readonly #cursor = new ByteCursor()
  readonly #onMember = () => this.#member()
  readonly #onBatch = () => this.#batch()
  readonly #onRecord = () => this.#record()
  readonly #onOtherRecord = () => this.#cursor.text()
  readonly #onOffset = () => {
    this.#offsets?.push(this.#cursor.countOrNull())
  }
  #kind: ScannedShardLine['kind'] | null = null
  #op: number | null = null
  #t: number | null = null
  #parts: Batch[] | null = null
  #runs: Batch[] | null = null
  #offsets: (number | null)[] | null = null
  #into: Batch[] = []
  #isRun = false
  #topic = 0
  #handles: number[] = []

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  /** null when the line is of another shape, right or wrong. */
  scan(line: Line): ScannedShardLine | null {
    this.#kind = null
    this.#op = null
    this.#t = null
    this.#parts = null
    this.#runs = null
    this.#offsets = null
    return readsObject(this.#cursor, line, this.#onMember) ? this.#line() : null
  }

  #line(): ScannedShardLine | null {
    const kind = this.#kind
    const op = this.#op
    const t = this.#t
    const parts = this.#parts
    const runs = this.#runs
    const offsets = this.#offsets
    if (t === null) return null
    if (kind === 'poll' && runs !== null && op === null && parts === null && offsets === null)
      return { kind, t, batches: runs }
    if (op === null || runs !== null) return null
    if (kind === 'invoke' && parts !== null && offsets === null) return { kind, op, t, batches: parts }
    return kind === 'ok' && offsets !== null && parts === null ? { kind, op, t, offsets } : null
  }

  #member(): void {
    const cursor = this.#cursor
    if (cursor.textIs('t')) this.#t = cursor.count()
    else if (cursor.textIs('op')) this.#op = cursor.count()
    else if (cursor.textIs('kind')) this.#kind = cursor.textAmong(KINDS)
    else if (cursor.textIs('runs')) {
      this.#runs = this.#batches(true)
    } else if (cursor.textIs('parts')) {
      this.#parts = this.#batches(false)
    } else if (cursor.textIs('offsets')) {
      this.#offsets = []
      eachItem(cursor, this.#onOffset)
    } else throw UNUSUAL
  }

  #batches(isRun: boolean): Batch[] {
    const batches: Batch[] = []
    this.#isRun = isRun
    this.#into = batches
    eachItem(this.#cursor, this.#onBatch)
    return batches
  }

  /** `[topic, partition, first offset or due time, [record, …]]` */
  #batch(): void {
    const cursor = this.#cursor
    cursor.expect(OPEN_BRACKET)
    cursor.text()
    this.#topic = this.#catalog.topicAt(cursor.bytes, cursor.textFrom, cursor.textTo)
    cursor.expect(COMMA)
    const partition = this.#catalog.partition(this.#topic, cursor.count())
    cursor.expect(COMMA)
    const base = this.#isRun ? cursor.count() : cursor.number()
    cursor.expect(COMMA)
    this.#handles = []
    eachItem(cursor, this.#catalog.isOwn(partition) ? this.#onRecord : this.#onOtherRecord)
    cursor.expect(CLOSE_BRACKET)
    this.#into.push({ partition, handles: this.#handles, base: this.#isRun ? base : null, offsets: null })
  }

  #record(): void {
    const cursor = this.#cursor
    cursor.text()
    this.#handles.push(
      this.#catalog.values.internBytes(this.#topic, cursor.bytes, cursor.textFrom, cursor.textTo),
    )
  }
}
