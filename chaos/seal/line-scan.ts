const NEWLINE = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** What a file of JSON looks like from outside, found without parsing it or holding it. */
export interface TextShape {
  /** A last line without its newline counts. */
  readonly lines: number
  readonly longestLineBytes: number
  /** Of values within values, in the deepest line. */
  readonly depth: number
  /** The last line has no newline: a write was cut short, or the file is empty. */
  readonly torn: boolean
}

/**
 * Counts lines and nesting over the bytes of a file. Deep or endless JSON is refused by these numbers before
 * any parser or checker sees it.
 */
export class LineScan {
  /** In a document (`.json`) a newline is only white space. */
  readonly #perLine: boolean
  #lines = 0
  #lineBytes = 0
  #longest = 0
  #level = 0
  #deepest = 0
  #inString = false
  #escaped = false
  #last = 0

  constructor(perLine: boolean) {
    this.#perLine = perLine
  }

  update(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#nesting(chunk)
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#longest = Math.max(this.#longest, this.#lineBytes + end - from)
      this.#lineBytes = 0
      this.#lines++
      from = end + 1
    }
    this.#lineBytes += chunk.length - from
    this.#last = chunk[chunk.length - 1] as number
  }

  finish(): TextShape {
    const torn = this.#last !== NEWLINE
    return {
      lines: this.#lines + (this.#lineBytes > 0 ? 1 : 0),
      longestLineBytes: Math.max(this.#longest, this.#lineBytes),
      depth: this.#deepest,
      torn,
    }
  }

  /** Locals instead of fields in the loop: it runs for every byte of the evidence. */
  #nesting(chunk: Uint8Array): void {
    const perLine = this.#perLine
    let level = this.#level
    let deepest = this.#deepest
    let inString = this.#inString
    let escaped = this.#escaped
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number
      if (perLine && byte === NEWLINE) {
        level = 0
        inString = false
        escaped = false
      } else if (inString) {
        if (escaped) escaped = false
        else if (byte === BACKSLASH) escaped = true
        else if (byte === QUOTE) inString = false
      } else if (byte === QUOTE) inString = true
      // `[` and `{`, then `]` and `}`: each pair differs in one bit that nothing else in JSON has here.
      else if ((byte | 0x20) === 0x7b) deepest = Math.max(deepest, ++level)
      else if ((byte | 0x20) === 0x7d) level--
    }
    this.#level = level
    this.#deepest = deepest
    this.#inString = inString
    this.#escaped = escaped
  }
}

export function jsonDepth(bytes: Uint8Array): number {
  const scan = new LineScan(false)
  scan.update(bytes)
  return scan.finish().depth
}
