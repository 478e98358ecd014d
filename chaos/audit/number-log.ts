/** Numbers in a row, eight bytes each. What is kept for every unknown send must not cost a handful of objects. */
export class NumberLog {
  #numbers: Float64Array
  #length = 0

  constructor(capacity = 256) {
    this.#numbers = new Float64Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const grown = new Float64Array(this.#numbers.length * 2)
      grown.set(this.#numbers)
      this.#numbers = grown
    }
    this.#numbers[this.#length++] = number
  }

  at(index: number): number {
    return this.#numbers[index] as number
  }
}

/** An offset in a log; nothing there is -1. */
export const packOffset = (offset: number | null): number => offset ?? -1
export const unpackOffset = (packed: number): number | null => (packed < 0 ? null : packed)
