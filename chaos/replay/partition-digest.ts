import { createHash } from 'node:crypto'

const HEAD_BYTES = 12
/** One call of the digest costs as much as a kilobyte of it. */
const GATHERED_BYTES = 64 * 1024

/**
 * SHA-256 over the records of one partition in offset order: for each its offset (8 bytes), the length of its
 * value (4 bytes, -1 for none) and its value. Equal digests mean equal records at equal offsets.
 */
export class PartitionDigest {
  readonly #hash = createHash('sha256')
  readonly #gathered = Buffer.allocUnsafe(GATHERED_BYTES)
  #size = 0

  update(offset: number, value: Buffer | null): void {
    if (value === null) this.add(offset, this.#gathered, 0, -1)
    else this.add(offset, value, 0, value.length)
  }

  /** @param length of the value in `bytes` from `at`; -1 for none */
  add(offset: number, bytes: Buffer, at: number, length: number): void {
    if (this.#size + HEAD_BYTES + length > GATHERED_BYTES) this.#flush()
    const gathered = this.#gathered
    gathered.writeInt32BE(Math.floor(offset / 0x1_0000_0000), this.#size)
    gathered.writeUInt32BE(offset % 0x1_0000_0000, this.#size + 4)
    gathered.writeInt32BE(length, this.#size + 8)
    this.#size += HEAD_BYTES
    if (length <= 0) return
    if (this.#size + length <= GATHERED_BYTES) {
      this.#size += bytes.copy(gathered, this.#size, at, at + length)
      return
    }
    this.#flush()
    this.#hash.update(bytes.subarray(at, at + length))
  }

  /** The digest so far; more may follow. */
  hex(): string {
    this.#flush()
    return this.#hash.copy().digest('hex')
  }

  #flush(): void {
    if (this.#size > 0) this.#hash.update(this.#gathered.subarray(0, this.#size))
    this.#size = 0
  }
}
