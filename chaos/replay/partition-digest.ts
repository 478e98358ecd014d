import { createHash } from 'node:crypto'

/**
 * SHA-256 over the records of one partition in offset order: for each its offset (8 bytes), the length of its
 * value (4 bytes, -1 for none) and its value. Equal digests mean equal records at equal offsets.
 */
export class PartitionDigest {
  readonly #hash = createHash('sha256')
  readonly #head = Buffer.alloc(12)

  update(offset: number, value: Buffer | null): void {
    this.#head.writeBigInt64BE(BigInt(offset), 0)
    this.#head.writeInt32BE(value ? value.length : -1, 8)
    this.#hash.update(this.#head)
    if (value) this.#hash.update(value)
  }

  /** The digest so far; more may follow. */
  hex(): string {
    return this.#hash.copy().digest('hex')
  }
}
