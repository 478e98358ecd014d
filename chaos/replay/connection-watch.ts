/** A whole answer: how large it was, and how long its bytes took from the first to the last. */
export interface Answer {
  readonly sizeBytes: number
  readonly tookMs: number
}

const LENGTH_BYTES = 4

/**
 * What one connection to a broker carries, by its bytes. Kafka answers requests of a connection in order, and each
 * answer says its length first, so what is still owed is known at any time: progress is bytes that arrive, long before
 * an answer is whole.
 */
export class ConnectionWatch {
  readonly host: string
  #owed = 0
  #silentSince: number | null = null
  #lastSignAt: number
  #lastByteAt: number | null = null
  /** Of the answer that is arriving: the bytes of its length, then how many are to come. */
  #length: number[] = []
  #left = 0
  #size = 0
  #answerSince = 0

  constructor(host: string, now: number) {
    this.host = host
    this.#lastSignAt = now
  }

  /** Answers that have not come whole. */
  get owed(): number {
    return this.#owed
  }

  /** Since when an answer is owed and no byte has come; null while none is owed. */
  get silentSince(): number | null {
    return this.#silentSince
  }

  /** When anything was sent or received last; when it was opened, before that. */
  get lastSignAt(): number {
    return this.#lastSignAt
  }

  get lastByteAt(): number | null {
    return this.#lastByteAt
  }

  /** One request was written. */
  sent(now: number): void {
    this.#lastSignAt = now
    this.#owed += 1
    this.#silentSince ??= now
  }

  /** Bytes have come. Returns the answers that are whole with them. */
  received(chunk: Uint8Array, now: number): Answer[] {
    if (chunk.length === 0) return []
    this.#lastSignAt = now
    this.#lastByteAt = now
    const answers: Answer[] = []
    let at = 0
    while (at < chunk.length) {
      if (this.#left === 0) {
        if (this.#length.length === 0) this.#answerSince = now
        this.#length.push(chunk[at] as number)
        at += 1
        if (this.#length.length < LENGTH_BYTES) continue
        this.#size = this.#length.reduce((size, byte) => size * 256 + byte, 0)
        this.#left = this.#size
        this.#length = []
        if (this.#left > 0) continue
      } else {
        const taken = Math.min(this.#left, chunk.length - at)
        this.#left -= taken
        at += taken
      }
      if (this.#left > 0) continue
      this.#owed = Math.max(0, this.#owed - 1)
      answers.push({ sizeBytes: this.#size, tookMs: now - this.#answerSince })
    }
    this.#silentSince = this.#owed > 0 ? now : null
    return answers
  }
}
