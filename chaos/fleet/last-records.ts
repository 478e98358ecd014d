export interface LastRecord {
  readonly sequence: number
  readonly made: number
  readonly stream: number
}

/** The last few records that each device made of each topic, whatever became of them: what it may publish again. */
export class LastRecords {
  readonly #each: number
  readonly #made: Float64Array
  readonly #streams: Uint8Array

  /** `each`: how many are kept of one list. */
  constructor(lists: number, each: number) {
    this.#each = each
    this.#made = new Float64Array(lists * each)
    this.#streams = new Uint8Array(lists * each)
  }

  note(list: number, { sequence, made, stream }: LastRecord): void {
    if (this.#each === 0) return
    const slot = list * this.#each + (sequence % this.#each)
    this.#made[slot] = made
    this.#streams[slot] = stream
  }

  /** The last ones, oldest first, of a list of which `count` records were made. */
  of(list: number, count: number): LastRecord[] {
    const first = Math.max(0, count - this.#each)
    return Array.from({ length: count - first }, (_, i) => {
      const sequence = first + i
      const slot = list * this.#each + (sequence % this.#each)
      return { sequence, made: this.#made[slot] as number, stream: this.#streams[slot] as number }
    })
  }
}
