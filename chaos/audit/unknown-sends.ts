import type { Operation } from './operation.ts'
import { offsetAt } from './operation.ts'
import type { OffsetMap } from './offset-map.ts'
import { ACKED, POLLED, PROVEN, READ } from './value-flags.ts'
import type { ValueTable } from './value-table.ts'

interface KeptBatch {
  readonly partition: number
  readonly handles: readonly number[]
  readonly offsets: readonly (number | null)[] | null
}

/** A value that must be in the log, at an offset that nobody named, since `anchor` of its batch was read. */
export interface PassedOver {
  readonly partition: number
  readonly handle: number
  readonly anchor: number
  /** Its place in the batch, counted from the anchor. */
  readonly distance: number
}

interface KeptSend {
  readonly batches: readonly KeptBatch[]
  /** Acknowledged, but without the offsets: nothing to prove, only to place. */
  readonly acked: boolean
}

/**
 * Sends that nobody heard of again. When one of their values is read, and nothing else can have put it
 * there, the whole operation was stored: the rest of it must be in the log too.
 */
export class UnknownSends {
  readonly #values: ValueTable
  readonly #offsets: OffsetMap
  readonly #attemptsOf: (handle: number) => { readonly unknown: number }
  readonly #contiguous: boolean
  readonly #kept: KeptSend[] = []
  readonly passedOver: PassedOver[] = []

  constructor(
    values: ValueTable,
    offsets: OffsetMap,
    attemptsOf: (handle: number) => { readonly unknown: number },
    /** Whether one operation's records of a partition stand side by side: true of a produce request. */
    contiguous: boolean,
  ) {
    this.#contiguous = contiguous
    this.#values = values
    this.#offsets = offsets
    this.#attemptsOf = attemptsOf
  }

  keep({ sends, outcome }: Operation): void {
    const batches = sends.map(batch => {
      const offsets = batch.handles.map((_, i) => offsetAt(batch, i))
      return {
        partition: batch.partition,
        handles: batch.handles,
        offsets: offsets.some(offset => offset !== null) ? offsets : null,
      }
    })
    this.#kept.push({ batches, acked: outcome === 'ok' })
  }

  /** Decides which were stored; claims the offsets that they named. */
  finish(): void {
    const proven = this.#kept.filter(send => send.acked || this.#isProven(send))
    for (const { batches, acked } of proven)
      for (const batch of batches) {
        for (const handle of batch.handles) if (!acked) this.#values.mark(handle, PROVEN)
        for (const [i, handle] of batch.handles.entries()) {
          const offset = batch.offsets?.[i] ?? null
          if (offset !== null && !acked) this.#offsets.claim(batch.partition, offset, handle)
        }
        this.#passOver(batch)
      }
  }

  #isProven({ batches }: KeptSend): boolean {
    return batches.some(({ handles }) =>
      handles.some(handle => {
        const flags = this.#values.flags(handle)
        if ((flags & (READ | POLLED)) === 0 || (flags & ACKED) !== 0) return false
        return this.#attemptsOf(handle).unknown === 1
      }),
    )
  }

  /** In an open history other sends may stand between: only what precedes a value that was read must be there. */
  #passOver({ partition, handles, offsets }: KeptBatch): void {
    const isRead = (handle: number) => (this.#values.flags(handle) & READ) !== 0
    const at = handles.findLastIndex(isRead)
    const anchor = handles[at]
    if (anchor === undefined) return
    for (const [i, handle] of handles.entries())
      if ((i < at || this.#contiguous) && !isRead(handle) && (offsets?.[i] ?? null) === null)
        this.passedOver.push({ partition, handle, anchor, distance: i - at })
  }
}
