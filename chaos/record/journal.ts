import { createHash } from 'node:crypto'
import { closeSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Clock } from '../core/clock.ts'
import { GENESIS, type JournalEvent, type JournalLine } from './journal-events.ts'

export function lineDigest(line: string): string {
  return createHash('sha256').update(line, 'utf8').digest('hex')
}

/**
 * The run's journal: append only, each line chained to the one before it. Every line is on the disk before
 * `append` returns, since a fault that was injected but not written down could not be healed by anyone else.
 * There are a few lines a minute, so that costs nothing that matters.
 */
export class Journal implements Disposable {
  private readonly fd: number
  private readonly clock: Clock
  private prev: string
  private seq: number
  private listeners: ((line: JournalLine) => void)[] = []

  private constructor(fd: number, clock: Clock, prev: string, seq: number) {
    this.fd = fd
    this.clock = clock
    this.prev = prev
    this.seq = seq
  }

  /** @param clock its zero is the run's. */
  static create(path: string, clock: Clock): Journal {
    return new Journal(openSync(path, 'wx'), clock, GENESIS, 0)
  }

  /** Goes on where a dead run stopped. A last line that was torn by its death is cut off. */
  static resume(path: string, clock: Clock): Journal {
    const text = readFileSync(path, 'utf8')
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    const lines = whole.split('\n').slice(0, -1)
    const fd = openSync(path, 'r+')
    ftruncateSync(fd, Buffer.byteLength(whole))
    closeSync(fd)
    const last = lines.at(-1)
    return new Journal(
      openSync(path, 'a'),
      clock,
      last === undefined ? GENESIS : lineDigest(last),
      lines.length,
    )
  }

  onLine(listener: (line: JournalLine) => void): void {
    this.listeners.push(listener)
  }

  append(event: JournalEvent): JournalLine {
    const line: JournalLine = {
      seq: this.seq,
      t: Math.round(this.clock.now()),
      at: new Date(this.clock.wallMs()).toISOString(),
      ...event,
      prev: this.prev,
    }
    const text = JSON.stringify(line)
    writeSync(this.fd, `${text}\n`)
    fdatasyncSync(this.fd)
    this.prev = lineDigest(text)
    this.seq++
    for (const listener of this.listeners) listener(line)
    return line
  }

  [Symbol.dispose](): void {
    closeSync(this.fd)
  }
}
