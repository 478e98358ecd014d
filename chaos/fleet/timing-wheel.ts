/**
 * A hashed timing wheel: a million timers in three typed arrays and no timer of the runtime. One slot is one
 * millisecond; an entry further away than one turn of the wheel is passed over until its turn comes.
 * Entries are small integers, and each is in the wheel at most once.
 */
const NONE = -1

export class TimingWheel {
  readonly #heads: Int32Array
  readonly #next: Int32Array
  readonly #due: Float64Array
  readonly #mask: number
  #cursor: number
  #size = 0

  /** `slots` must be a power of two. @default 65536, about a minute */
  constructor(entries: number, startMs: number, slots = 65_536) {
    this.#heads = new Int32Array(slots).fill(NONE)
    this.#next = new Int32Array(entries).fill(NONE)
    this.#due = new Float64Array(entries)
    this.#mask = slots - 1
    this.#cursor = Math.floor(startMs)
  }

  /** Entries that wait. */
  get size(): number {
    return this.#size
  }

  /** What is already past fires at the next `advance`, with the due time that it was given. */
  schedule(entry: number, dueMs: number): void {
    const slot = Math.max(Math.ceil(dueMs), this.#cursor + 1) & this.#mask
    this.#due[entry] = dueMs
    this.#next[entry] = this.#heads[slot] as number
    this.#heads[slot] = entry
    this.#size += 1
  }

  /** Fires everything due up to `nowMs`, millisecond by millisecond; `fire` may schedule again. */
  advance(nowMs: number, fire: (entry: number, dueMs: number) => void): void {
    const end = Math.floor(nowMs)
    while (this.#cursor < end) {
      this.#cursor += 1
      this.#fireSlot(this.#cursor & this.#mask, fire)
    }
  }

  #fireSlot(slot: number, fire: (entry: number, dueMs: number) => void): void {
    let entry = this.#heads[slot] as number
    if (entry === NONE) return
    this.#heads[slot] = NONE
    while (entry !== NONE) {
      const following = this.#next[entry] as number
      const due = this.#due[entry] as number
      if (due > this.#cursor) {
        this.#next[entry] = this.#heads[slot]
        this.#heads[slot] = entry
      } else {
        this.#size -= 1
        fire(entry, due)
      }
      entry = following
    }
  }
}
