import { NumberLog, packOffset, unpackOffset } from './number-log.ts'
import type { OffsetMap } from './offset-map.ts'
import { offsetAt, type Operation } from './operation.ts'
import { ACKED, POLLED, PROVEN, READ } from './value-flags.ts'
import type { ValueTable } from './value-table.ts'

/** A value that must be in the log, at an offset that nobody named, since `anchor` of its batch was read. */
export interface PassedOver {
  readonly partition: number
  readonly handle: number
  readonly anchor: number
  /** Its place in the batch, counted from the anchor. */
  readonly distance: number
}

interface KeptBatch {
  readonly partition: number
  readonly handles: readonly number[]
  readonly offsets: readonly (number | null)[]
}
interface KeptSend {
  readonly batches: readonly KeptBatch[]
  /** Acknowledged, but without the offsets: nothing to prove, only to place. */
  readonly acked: boolean
}

export interface UnknownSendsParts {
  readonly values: ValueTable
  readonly offsets: OffsetMap
  readonly attemptsOf: (handle: number) => { readonly unknown: number }
  /** Whether one operation's records of a partition stand side by side: true of a produce request. */
  readonly contiguous: boolean
}

/**
 * Sends that nobody heard of again. When one of their values is read, and nothing else can have put it
 * there, the whole operation was stored: the rest of it must be in the log too.
 */
export class UnknownSends {
  readonly passedOver: PassedOver[] = []
  readonly #parts: UnknownSendsParts
  /** Sends, one after the other: acked, batches, and per batch its partition, length, handles and offsets. */
  readonly #log = new NumberLog()

  constructor(parts: UnknownSendsParts) {
    this.#parts = parts
  }

  keep({ sends, outcome }: Operation): void {
    this.#log.push(outcome === 'ok' ? 1 : 0)
    this.#log.push(sends.length)
    for (const batch of sends) {
      this.#log.push(batch.partition)
      this.#log.push(batch.handles.length)
      for (const handle of batch.handles) this.#log.push(handle)
      for (let i = 0; i < batch.handles.length; i++) this.#log.push(packOffset(offsetAt(batch, i)))
    }
  }

  /** Decides which were stored; claims the offsets that they named. */
  finish(): void {
    // What one send proves must not change what is known of the next.
    for (const { batches, acked } of this.#kept())
      if (!acked && this.#isProven(batches))
        for (const batch of batches)
          for (const [i, handle] of batch.handles.entries()) {
            this.#parts.values.mark(handle, PROVEN)
            const offset = batch.offsets[i] ?? null
            if (offset !== null) this.#parts.offsets.claim(batch.partition, offset, handle)
          }
    for (const { batches, acked } of this.#kept())
      if (acked || this.#isProven(batches)) for (const batch of batches) this.#passOver(batch)
  }

  *#kept(): Generator<KeptSend> {
    const log = this.#log
    let at = 0
    while (at < log.length) {
      const acked = log.at(at++) === 1
      const batches: KeptBatch[] = []
      for (let left = log.at(at++); left > 0; left--) {
        const partition = log.at(at++)
        const length = log.at(at++)
        const handles = Array.from({ length }, () => log.at(at++))
        const offsets = Array.from({ length }, () => unpackOffset(log.at(at++)))
        batches.push({ partition, handles, offsets })
      }
      yield { batches, acked }
    }
  }

  #isProven(batches: readonly KeptBatch[]): boolean {
    return batches.some(({ handles }) =>
      handles.some(handle => {
        const flags = this.#parts.values.flags(handle)
        if ((flags & (READ | POLLED)) === 0 || (flags & ACKED) !== 0) return false
        return this.#parts.attemptsOf(handle).unknown === 1
      }),
    )
  }

  /** In an open history other sends may stand between: only what precedes a value that was read must be there. */
  #passOver({ partition, handles, offsets }: KeptBatch): void {
    const isRead = (handle: number) => (this.#parts.values.flags(handle) & READ) !== 0
    const at = handles.findLastIndex(isRead)
    const anchor = handles[at]
    if (anchor === undefined) return
    for (const [i, handle] of handles.entries())
      if ((i < at || this.#parts.contiguous) && !isRead(handle) && (offsets[i] ?? null) === null)
        this.passedOver.push({ partition, handle, anchor, distance: i - at })
  }
}
