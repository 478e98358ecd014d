import { copyRecordId, recordIdOf } from '../record-id.ts'

const [COMMA, QUOTE] = [0x2c, 0x22]
const FIRST_BYTES = 64 * 1024
/** Of an id, its quotes and a new run around it: `d`, three numbers of up to 15 digits, a topic's name. */
const ROOM_BYTES = 1024
/** The id of what is no record of the fleet: `?` and a SHA-256. */
const LONGEST_ID = 65

/**
 * The history's line for one poll of one partition, as `pollLine` writes it, put together from bytes: a run per stretch of
 * consecutive offsets. One is used again and again.
 */
export class PollText {
  readonly #runHead: string
  #out = Buffer.allocUnsafe(FIRST_BYTES)
  #size = 0
  #expected = -1

  constructor(topic: string, partition: number) {
    this.#runHead = `[${JSON.stringify(topic)},${partition},`
  }

  /** @param t rounded down: what comes next is asked for after it */
  begin(t: number): void {
    this.#size = this.#out.write(`{"kind":"poll","t":${Math.floor(t)},"runs":[`, 0, 'latin1')
    this.#expected = -1
  }

  /** @param length of the value in `bytes` from `at`; -1 for none */
  add(offset: number, bytes: Buffer, at: number, length: number): void {
    if (this.#size + ROOM_BYTES + LONGEST_ID > this.#out.length) this.#grow()
    if (offset === this.#expected) {
      this.#out[this.#size++] = COMMA
    } else {
      const closing = this.#expected === -1 ? '' : ']],'
      this.#write(`${closing}${this.#runHead}${offset},[`)
    }
    this.#expected = offset + 1
    this.#out[this.#size++] = QUOTE
    const end = length > 0 ? copyRecordId(bytes, at, at + length, this.#out, this.#size) : -1
    if (end >= 0) this.#size = end
    else this.#write(recordIdOf(length < 0 ? null : bytes.subarray(at, at + length)))
    this.#out[this.#size++] = QUOTE
  }

  /** null: no record was added. */
  line(): string | null {
    if (this.#expected === -1) return null
    this.#write(']]]}')
    return this.#out.toString('latin1', 0, this.#size)
  }

  #write(text: string): void {
    this.#size += this.#out.write(text, this.#size, 'latin1')
  }

  #grow(): void {
    const larger = Buffer.allocUnsafe(this.#out.length * 2)
    this.#out.copy(larger, 0, 0, this.#size)
    this.#out = larger
  }
}
