import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf } from '../core/errors.ts'
import type { HistoryLine, ShardHeader } from './history.ts'

/** Where the text of a shard goes. Each call appends; calls never overlap. */
export interface ShardSink {
  write(text: string): Promise<void>
  /** Appends before it returns; then `write` is never used. */
  writeNow?(text: string): void
  close(): Promise<void>
}

export interface ShardWriterOptions {
  readonly header: ShardHeader
  readonly sink: ShardSink
  /** Called once, with the first error of the sink. */
  readonly onError: (message: string) => void
  /** Characters that may wait for the sink before `isFull`. @default 16 Mi */
  readonly highWater?: number
}

/**
 * Writes one shard of a history: the header at once, lines as they come, the end line only if everything
 * before it was written. A sink that failed leaves the shard without its end, and so incomplete. The end
 * carries the digest of what was written, so that a shard which lost or changed a line shows it by itself.
 */
export class ShardWriter {
  readonly #options: ShardWriterOptions
  readonly #highWater: number
  #waiting: string[] = []
  #waitingChars = 0
  #writing: Promise<void> = Promise.resolve()
  #writingChars = 0
  #lines = 0
  readonly #digest = createHash('sha256')
  #failed = false
  #ended = false

  constructor(options: ShardWriterOptions) {
    this.#options = options
    this.#highWater = options.highWater ?? 16 * 1024 * 1024
    this.append(options.header)
  }

  /**
   * Creates `path` (which must not exist) and its folder. A shard `ahead` of its process can be written at once, so
   * that what is about to be done is known even of a process that is killed while it does it.
   */
  static async create(
    path: string,
    header: ShardHeader,
    onError: (message: string) => void,
    kind: 'ahead' | 'behind' = 'behind',
  ): Promise<ShardWriter> {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, 'wx')
    const sink: ShardSink = { write: text => file.appendFile(text), close: () => file.close() }
    const writeNow = (text: string) => appendFileSync(file.fd, text)
    return new ShardWriter({ header, sink: kind === 'ahead' ? { ...sink, writeNow } : sink, onError })
  }

  /** Lines so far, header included. */
  get lines(): number {
    return this.#lines
  }

  /** More waits for the sink than memory should hold: whoever can should stop adding for a while. */
  get isFull(): boolean {
    return this.#waitingChars + this.#writingChars > this.#highWater
  }

  append(line: HistoryLine): void {
    this.appendText(JSON.stringify(line))
  }

  /** A line that is JSON already, without its newline: for callers that write many. */
  appendText(json: string): void {
    if (this.#ended || this.#failed) return
    this.#lines += 1
    this.#waiting.push(json, '\n')
    this.#waitingChars += json.length + 1
  }

  /** Hands what waits to the sink; resolves when everything so far is written, or has failed. */
  flush(): Promise<void> {
    if (this.#options.sink.writeNow) {
      this.writeNow()
    } else if (this.#waiting.length > 0) {
      const text = this.#waiting.join('')
      this.#waiting = []
      this.#waitingChars = 0
      this.#writingChars += text.length
      if (!this.#ended) this.#digest.update(text)
      this.#writing = this.#writing.then(() => this.#write(text))
    }
    return this.#writing
  }

  /** As `flush`; where the sink can, what waits is written when this returns, or has failed. */
  writeNow(): void {
    const { sink } = this.#options
    if (!sink.writeNow) {
      void this.flush()
      return
    }
    if (this.#waiting.length === 0) return
    const text = this.#waiting.join('')
    this.#waiting = []
    this.#waitingChars = 0
    if (!this.#ended) this.#digest.update(text)
    if (this.#failed) return
    try {
      sink.writeNow(text)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Writes the end line and closes. Safe to call again. */
  async end(t: number): Promise<void> {
    if (this.#ended) return this.#writing
    // Nothing is awaited before the end line is there: a line that came meanwhile would miss the digest.
    void this.flush()
    const [lines, sha256] = [this.#lines, this.#digest.digest('hex')]
    this.append({ kind: 'end', t: Math.round(t), lines, sha256 })
    this.#ended = true
    await this.flush()
    await this.#guard(() => this.#options.sink.close())
  }

  async #write(text: string): Promise<void> {
    if (!this.#failed) await this.#guard(() => this.#options.sink.write(text))
    this.#writingChars -= text.length
  }

  async #guard(act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return
    this.#failed = true
    this.#options.onError(`cannot write the history of ${this.#options.header.process}: ${messageOf(error)}`)
  }
}
