import type { Socket } from 'node:net'
import type { Clock } from '../../core/clock.ts'
import { AftershockError } from '../../core/errors.ts'
import type { Address } from '../../core/network.ts'
import { type BrokerLogin, openBrokerSocket, whenReady } from '../../kafka/broker-login.ts'
import { logIn } from '../../kafka/log-in.ts'
import { type Answer, ConnectionWatch } from '../connection-watch.ts'

export interface BrokerLinkOptions {
  readonly address: Address
  /** As the broker advertises itself. */
  readonly host: string
  readonly login: BrokerLogin | null
  readonly clock: Clock
  readonly onBytes: (bytes: number) => void
  readonly onAnswer: (answer: Answer) => void
}

const CONNECT_MS = 3000
/** SCRAM hashes a password thousands of times on either side: on a machine that is busy that takes its time. */
const LOGIN_MS = 10_000
const LENGTH_BYTES = 4
/** An answer with records is not smaller. */
const TELLING_BYTES = 128
const FIRST_BYTES = 1024 * 1024

interface Waiting {
  readonly resolve: (payload: Buffer) => void
  readonly reject: (error: unknown) => void
}

/**
 * One connection to one broker, with one question under way at a time. Answers are put together in one buffer that grows
 * to the largest of them and is used again: an answer is to be read before bytes of the next one can come.
 */
export class BrokerLink {
  readonly watch: ConnectionWatch
  readonly #options: BrokerLinkOptions
  readonly #socket: Socket
  #waiting: Waiting | null = null
  #ended: unknown = null
  #isOpen = false
  #answer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  readonly #length = Buffer.alloc(LENGTH_BYTES)
  /** Bytes of the answer that have come, its length included. */
  #received = 0
  #size = 0

  private constructor(options: BrokerLinkOptions) {
    this.#options = options
    const { address, host, login, clock } = options
    this.watch = new ConnectionWatch(host, clock.now())
    this.#socket = openBrokerSocket(address, host, login)
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#socket.on('error', error => this.#end(error))
    this.#socket.on('close', () => this.#end(lost(`the connection to ${host} was closed`)))
  }

  /** @throws LoginRefused; AftershockError `unavailable` when nobody listens, or says no word */
  static async open(options: BrokerLinkOptions): Promise<BrokerLink> {
    const { login, clock, host } = options
    const link = new BrokerLink(options)
    try {
      await link.#opened(CONNECT_MS)
      if (!login) return link
      const ask = (frame: Buffer) => link.request(frame)
      await link.#inTime(LOGIN_MS, `${host} to log in`, logIn({ request: ask }, login, LOGIN_MS, clock))
      return link
    } catch (error) {
      link.destroy(error)
      throw error
    }
  }

  /** Bytes that are not handed to the kernel yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength
  }

  /** null before it is connected. */
  get localPort(): number | null {
    return this.#socket.localPort ?? null
  }

  get isEnded(): boolean {
    return this.#ended !== null
  }

  /** The answer after its length; see above how long it is good. Never gives up by itself: see BrokerLiveness. */
  request(frame: Buffer): Promise<Buffer> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    if (this.#waiting) return Promise.reject(new AftershockError('internal', 'an answer is awaited already'))
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.watch.sent(this.#options.clock.now())
      this.#socket.write(frame)
    })
  }

  destroy(why: unknown): void {
    this.#end(why)
    this.#socket.destroy()
  }

  #opened(ms: number): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      whenReady(this.#socket, () => {
        this.#isOpen = true
        resolve()
      })
      this.#socket.once('close', () => reject(this.#ended))
    })
    return this.#inTime(ms, `${this.#options.host} to accept a connection`, ready)
  }

  async #inTime<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
    const over = new AbortController()
    const late = this.#options.clock
      .sleep(ms, over.signal)
      .then(() => Promise.reject(lost(`waited ${ms / 1000} s for ${what}`)))
    late.catch(() => {})
    work.catch(() => {})
    try {
      return await Promise.race([work, late])
    } finally {
      over.abort()
    }
  }

  #take(chunk: Buffer): void {
    const { clock, onBytes, onAnswer } = this.#options
    for (const answer of this.watch.received(chunk, clock.now())) onAnswer(answer)
    let at = 0
    while (at < chunk.length) {
      if (this.#received < LENGTH_BYTES) {
        this.#length[this.#received++] = chunk[at++] as number
        if (this.#received === LENGTH_BYTES) this.#begin(this.#length.readInt32BE(0))
      } else {
        const filled = this.#received - LENGTH_BYTES
        const taken = Math.min(chunk.length - at, this.#size - filled)
        chunk.copy(this.#answer, filled, at, at + taken)
        this.#received += taken
        at += taken
      }
      if (this.#received >= LENGTH_BYTES && this.#received - LENGTH_BYTES === this.#size) this.#whole()
    }
    // That a broker has nothing to give is no progress.
    if (this.#size >= TELLING_BYTES) onBytes(chunk.length)
  }

  #begin(size: number): void {
    this.#size = size
    if (size > this.#answer.length) this.#answer = Buffer.allocUnsafeSlow(Math.ceil(size * 1.25))
  }

  #whole(): void {
    this.#received = 0
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.resolve(this.#answer.subarray(0, this.#size))
  }

  #end(why: unknown): void {
    if (this.#ended !== null) return
    this.#ended = why
    this.#waiting?.reject(why)
    this.#waiting = null
    if (!this.#isOpen) this.#socket.destroy()
  }
}

function lost(message: string): AftershockError {
  return new AftershockError('unavailable', message)
}
