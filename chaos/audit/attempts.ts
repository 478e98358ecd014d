import type { Outcome } from './operation.ts'
import { ACKED, ATTEMPTED, FAILED, UNKNOWN } from './value-flags.ts'
import type { ValueTable } from './value-table.ts'

/** How often a value was sent, by outcome. */
export interface AttemptCounts {
  readonly acked: number
  readonly failed: number
  readonly unknown: number
}

/** Up to 1,023 attempts of each outcome share a small integer. */
const UNIT = { ok: 1, fail: 1 << 10, info: 1 << 20 } as const satisfies Record<Outcome, number>
const MOST = (1 << 10) - 1

const FLAG = { ok: ACKED, fail: FAILED, info: UNKNOWN } as const satisfies Record<Outcome, number>

/** The first attempt of a value is a flag; only values that were sent again cost more. */
export class Attempts {
  readonly #values: ValueTable
  readonly #again = new Map<number, number>()

  constructor(values: ValueTable) {
    this.#values = values
  }

  add(handle: number, outcome: Outcome): void {
    const before = this.#values.flags(handle)
    if ((before & ATTEMPTED) !== 0) {
      const counts = this.#again.get(handle) ?? once(before)
      if (((counts / UNIT[outcome]) & MOST) < MOST) this.#again.set(handle, counts + UNIT[outcome])
    }
    this.#values.mark(handle, FLAG[outcome])
  }

  of(handle: number): AttemptCounts {
    const counts = this.#again.get(handle) ?? once(this.#values.flags(handle))
    return { acked: counts & MOST, failed: (counts >>> 10) & MOST, unknown: counts >>> 20 }
  }
}

function once(flags: number): number {
  return (
    ((flags & ACKED) === 0 ? 0 : UNIT.ok) +
    ((flags & FAILED) === 0 ? 0 : UNIT.fail) +
    ((flags & UNKNOWN) === 0 ? 0 : UNIT.info)
  )
}
