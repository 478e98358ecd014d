/**
 * Numbers for texts, looked up by their bytes, so that a text that is known needs not be made again.
 * `space` keeps equal texts apart. Open addressing; grows at two thirds.
 */
export class SliceTable {
  /** Per slot the id + 1, or 0. */
  #slots = new Int32Array(1 << 10)
  #bytes = Buffer.alloc(1 << 14)
  #used = 0
  /** Per id: where its bytes end; they begin where those of the id before end. */
  readonly #ends: number[] = []
  readonly #hashes: number[] = []
  readonly #spaces: number[] = []

  /** The id of the text; -1 when it has none. */
  find(space: number, bytes: Uint8Array, from: number, to: number): number {
    const slot = this.#slot(space, bytes, from, to, hashOf(space, bytes, from, to))
    return (this.#slots[slot] as number) - 1
  }

  /** Gives the next id, counted from 0, to a text that has none. */
  add(space: number, bytes: Uint8Array, from: number, to: number): number {
    const hash = hashOf(space, bytes, from, to)
    const id = this.#ends.length
    this.#append(bytes, from, to)
    this.#hashes.push(hash)
    this.#spaces.push(space)
    if (id * 3 > this.#slots.length * 2) this.#grow()
    else this.#slots[this.#slot(space, bytes, from, to, hash)] = id + 1
    return id
  }

  #slot(space: number, bytes: Uint8Array, from: number, to: number, hash: number): number {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (let id = this.#slots[slot] as number; id !== 0; id = this.#slots[slot] as number) {
      if (
        this.#hashes[id - 1] === hash &&
        this.#spaces[id - 1] === space &&
        this.#equals(id - 1, bytes, from, to)
      )
        return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  #equals(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = id === 0 ? 0 : (this.#ends[id - 1] as number)
    if ((this.#ends[id] as number) - start !== to - from) return false
    for (let i = from; i < to; i++) if (bytes[i] !== this.#bytes[start + i - from]) return false
    return true
  }

  #append(bytes: Uint8Array, from: number, to: number): void {
    const end = this.#used + to - from
    if (end > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], Math.max(end, this.#bytes.length * 2))
    this.#bytes.set(bytes.subarray(from, to), this.#used)
    this.#used = end
    this.#ends.push(end)
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    const mask = this.#slots.length - 1
    for (const [id, hash] of this.#hashes.entries()) {
      let slot = hash & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = id + 1
    }
  }
}

/** FNV-1a with a last mix, since neighbours such as d1 and d2 must not land side by side. */
function hashOf(space: number, bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5 ^ space
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
