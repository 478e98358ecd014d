import type { Outcome } from './operation.ts'
import { ACKED, ATTEMPTED, FAILED, UNKNOWN } from './value-flags.ts'
import type { ValueTable } from './value-table.ts'

/** How often a value was sent, by outcome. */
export interface AttemptCounts {
  acked: number
  failed: number
  unknown: number
}

const FLAG = { ok: ACKED, fail: FAILED, info: UNKNOWN } as const satisfies Record<Outcome, number>

/** The first attempt of a value is a flag; only values that were sent again cost more. */
export class Attempts {
  readonly #values: ValueTable
  readonly #again = new Map<number, AttemptCounts>()

  constructor(values: ValueTable) {
    this.#values = values
  }

  add(handle: number, outcome: Outcome): void {
    const before = this.#values.flags(handle)
    if ((before & ATTEMPTED) !== 0) {
      const counts = this.#again.get(handle) ?? once(before)
      if (outcome === 'ok') counts.acked++
      else if (outcome === 'fail') counts.failed++
      else counts.unknown++
      this.#again.set(handle, counts)
    }
    this.#values.mark(handle, FLAG[outcome])
  }

  of(handle: number): Readonly<AttemptCounts> {
    return this.#again.get(handle) ?? once(this.#values.flags(handle))
  }
}

function once(flags: number): AttemptCounts {
  return {
    acked: (flags & ACKED) === 0 ? 0 : 1,
    failed: (flags & FAILED) === 0 ? 0 : 1,
    unknown: (flags & UNKNOWN) === 0 ? 0 : 1,
  }
}
