/**
 * What devices hold until it is acknowledged: one bounded list per device and topic, all in one pool of
 * typed arrays. A record that was taken for sending still counts against the bound, because its device
 * keeps it until the acknowledgement; only records that wait can be dropped.
 */
const NONE = -1

export interface EdgeBufferOptions {
  /** Devices times topics. */
  readonly lists: number
  /** Records per list. */
  readonly capacity: number
  readonly whenFull: 'drop-oldest' | 'drop-newest'
}

export class EdgeBuffer {
  readonly #options: EdgeBufferOptions
  readonly #heads: Int32Array
  readonly #tails: Int32Array
  readonly #held: Int32Array
  #next = new Int32Array(1024)
  #sequence = new Int32Array(1024)
  #due = new Float64Array(1024)
  #stream = new Uint8Array(1024)
  #epoch = new Uint32Array(1024)
  #made = new Float64Array(1024)
  #flaw = new Uint8Array(1024)
  #droppedEpoch = 0
  #droppedFlaw = 0
  #free = NONE
  #fresh = 0
  #waiting = 0
  #taken = 0

  constructor(options: EdgeBufferOptions) {
    this.#options = options
    this.#heads = new Int32Array(options.lists).fill(NONE)
    this.#tails = new Int32Array(options.lists).fill(NONE)
    this.#held = new Int32Array(options.lists)
  }

  /** Records that wait to be sent, over all lists. */
  get waiting(): number {
    return this.#waiting
  }

  /** Records that were taken and are neither released nor restored. */
  get taken(): number {
    return this.#taken
  }

  /** Records of one list, those taken for sending included. */
  heldIn(list: number): number {
    return this.#held[list] as number
  }

  /** When the oldest record that waits in the list was due; null when none waits. */
  oldestDueIn(list: number): number | null {
    const head = this.#heads[list] as number
    return head === NONE ? null : this.dueOf(head)
  }

  /** Nothing waits in the list. */
  isEmpty(list: number): boolean {
    return this.#heads[list] === NONE
  }

  sequenceOf(record: number): number {
    return this.#sequence[record] as number
  }

  dueOf(record: number): number {
    return this.#due[record] as number
  }

  streamOf(record: number): number {
    return this.#stream[record] as number
  }

  /** The boot epoch of its device in which it was made. */
  epochOf(record: number): number {
    return this.#epoch[record] as number
  }

  /** When it was made; before it was due, where its device publishes it again. */
  madeOf(record: number): number {
    return this.#made[record] as number
  }

  /** What wrong firmware does to it; 0: nothing. */
  flawOf(record: number): number {
    return this.#flaw[record] as number
  }

  /** Of the record that was dropped last. */
  get droppedEpoch(): number {
    return this.#droppedEpoch
  }

  get droppedFlaw(): number {
    return this.#droppedFlaw
  }

  /** Adds a record at the back. Returns the sequence that was dropped for want of room, or -1. */
  add(list: number, sequence: number, due: number, stream: number, epoch = 1, made = due, flaw = 0): number {
    let dropped = -1
    if ((this.#held[list] as number) >= this.#options.capacity) {
      if (this.#options.whenFull === 'drop-newest' || this.#heads[list] === NONE) {
        this.#droppedEpoch = epoch
        this.#droppedFlaw = flaw
        return sequence
      }
      const oldest = this.#pop(list)
      dropped = this.#sequence[oldest] as number
      this.#droppedEpoch = this.#epoch[oldest] as number
      this.#droppedFlaw = this.flawOf(oldest)
      this.#recycle(list, oldest)
    }
    const record = this.#allocate()
    this.#sequence[record] = sequence
    this.#due[record] = due
    this.#stream[record] = stream
    this.#epoch[record] = epoch
    this.#made[record] = made
    this.#flaw[record] = flaw
    this.#next[record] = NONE
    const tail = this.#tails[list] as number
    if (tail === NONE) this.#heads[list] = record
    else this.#next[tail] = record
    this.#tails[list] = record
    this.#held[list] = (this.#held[list] as number) + 1
    this.#waiting += 1
    return dropped
  }

  /** Takes up to `max` records from the front into `into`; returns how many. */
  take(list: number, max: number, into: number[]): number {
    let count = 0
    while (count < max && this.#heads[list] !== NONE) {
      into.push(this.#pop(list))
      count += 1
    }
    this.#taken += count
    return count
  }

  /** Puts a record that was taken back at the front: restore the last one taken first. */
  restore(list: number, record: number): void {
    this.#next[record] = this.#heads[list] as number
    this.#heads[list] = record
    if (this.#tails[list] === NONE) this.#tails[list] = record
    this.#waiting += 1
    this.#taken -= 1
  }

  /** Forgets a record that was taken and is stored now. */
  release(list: number, record: number): void {
    this.#taken -= 1
    this.#recycle(list, record)
  }

  #pop(list: number): number {
    const record = this.#heads[list] as number
    const next = this.#next[record] as number
    this.#heads[list] = next
    if (next === NONE) this.#tails[list] = NONE
    this.#waiting -= 1
    return record
  }

  #recycle(list: number, record: number): void {
    this.#held[list] = (this.#held[list] as number) - 1
    this.#next[record] = this.#free
    this.#free = record
  }

  #allocate(): number {
    if (this.#free !== NONE) {
      const record = this.#free
      this.#free = this.#next[record] as number
      return record
    }
    if (this.#fresh === this.#next.length) this.#grow()
    const record = this.#fresh
    this.#fresh += 1
    return record
  }

  #grow(): void {
    const length = this.#next.length * 2
    const next = new Int32Array(length)
    const sequence = new Int32Array(length)
    const due = new Float64Array(length)
    const stream = new Uint8Array(length)
    const epoch = new Uint32Array(length)
    const made = new Float64Array(length)
    const flaw = new Uint8Array(length)
    next.set(this.#next)
    sequence.set(this.#sequence)
    due.set(this.#due)
    stream.set(this.#stream)
    epoch.set(this.#epoch)
    made.set(this.#made)
    flaw.set(this.#flaw)
    this.#next = next
    this.#sequence = sequence
    this.#due = due
    this.#stream = stream
    this.#epoch = epoch
    this.#made = made
    this.#flaw = flaw
  }
}
