import type { Answer } from './connection-watch.ts'

const KIB = 1024
/** Before anything is known of the link: half a second of a narrow one for each broker. */
const START_BYTES = 64 * KIB
const FLOOR_BYTES = 16 * KIB
/** An answer should have come whole within this. */
const GOAL_MS = 2000
/** A smaller answer says nothing about the link. */
const TELLING_BYTES = 8 * KIB
/** How much more is asked for at a time: one answer that came fast may have been luck. */
const GROWTH = 4

/**
 * How many bytes of a partition are asked for at once, so that an answer takes about two seconds on the link that there
 * is: what is on its way when a reader has to be replaced is lost, and what takes long holds up all partitions of the
 * broker. It learns from each answer.
 */
export class FetchSize {
  readonly #most: number
  readonly #partitionsPerAnswer: number
  #least = FLOOR_BYTES
  #bytes: number

  /** @param most bytes of one partition @param partitionsPerAnswer how many partitions share an answer */
  constructor(most: number, partitionsPerAnswer: number) {
    this.#most = most
    this.#partitionsPerAnswer = Math.max(1, partitionsPerAnswer)
    this.#bytes = Math.min(most, START_BYTES)
  }

  get bytes(): number {
    return this.#bytes
  }

  answered({ sizeBytes, tookMs }: Answer): void {
    if (sizeBytes < TELLING_BYTES) return
    const bytesPerMs = sizeBytes / Math.max(1, tookMs)
    const fits = (bytesPerMs * GOAL_MS) / this.#partitionsPerAnswer
    this.#bytes = Math.round(
      Math.min(this.#most, Math.max(this.#least, Math.min(fits, this.#bytes * GROWTH))),
    )
  }

  /**
   * A partition is given nothing although whole answers come: a broker leaves out what does not fit, unless it comes
   * first, so a batch may be larger than what is asked for. From now on no less than twice as much is.
   */
  widen(): void {
    this.#least = Math.min(this.#most, Math.max(this.#least, this.#bytes) * 2)
    this.#bytes = Math.max(this.#bytes, this.#least)
  }
}

/**
 * A number that is another one each time it is read. kafkajs takes its limits once, when a consumer is made, and writes
 * them into each request with `Buffer.writeInt32BE`, which asks for the number then.
 */
export function readEachTime(read: () => number): number {
  return { valueOf: read } as unknown as number
}
