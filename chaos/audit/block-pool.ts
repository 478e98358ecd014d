/**
 * Equal blocks of unsigned integers, cut from large slabs. A million small typed arrays would cost more in
 * their headers than they hold, and one large array would be copied each time it grew.
 */
const SLAB_WORDS = 1 << 16

export class BlockPool {
  readonly #blockWords: number
  readonly #blocksPerSlab: number
  readonly #bits: 16 | 32
  readonly #slabs: (Uint16Array | Uint32Array)[] = []
  #blocks = 0

  constructor(bits: 16 | 32, blockWords: number) {
    this.#bits = bits
    this.#blockWords = blockWords
    this.#blocksPerSlab = Math.floor(SLAB_WORDS / blockWords)
  }

  get sizeBytes(): number {
    return this.#slabs.length * this.#blocksPerSlab * this.#blockWords * (this.#bits / 8)
  }

  /** A new block, all zero; returns its number. */
  allocate(): number {
    if (this.#blocks === this.#slabs.length * this.#blocksPerSlab) {
      const words = this.#blocksPerSlab * this.#blockWords
      this.#slabs.push(this.#bits === 16 ? new Uint16Array(words) : new Uint32Array(words))
    }
    return this.#blocks++
  }

  get(block: number, word: number): number {
    const slab = Math.floor(block / this.#blocksPerSlab)
    const start = (block - slab * this.#blocksPerSlab) * this.#blockWords
    return (this.#slabs[slab] as Uint32Array)[start + word] as number
  }

  set(block: number, word: number, value: number): void {
    const slab = Math.floor(block / this.#blocksPerSlab)
    const start = (block - slab * this.#blocksPerSlab) * this.#blockWords
    ;(this.#slabs[slab] as Uint32Array)[start + word] = value
  }
}
