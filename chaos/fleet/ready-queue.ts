/** A first-in-first-out queue of small integers in a ring that grows. */
export class ReadyQueue {
  #ring = new Int32Array(16)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(value: number): void {
    if (this.#size === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = value
    this.#size += 1
  }

  /** The oldest; `undefined` when empty. */
  shift(): number | undefined {
    if (this.#size === 0) return undefined
    const value = this.#ring[this.#head]
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#size -= 1
    return value
  }

  clear(): void {
    this.#head = 0
    this.#size = 0
  }

  #grow(): void {
    const grown = new Int32Array(this.#ring.length * 2)
    for (let i = 0; i < this.#size; i++) {
      grown[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)] as number
    }
    this.#ring = grown
    this.#head = 0
  }
}
