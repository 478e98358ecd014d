import type { Socket } from 'node:net'
import {
  Frames,
  type PartAnswer,
  PRODUCE,
  readProduceRequest,
  readProduceResponse,
} from '../kafka/produce-wire.ts'

export interface TappedPart {
  readonly topic: string
  readonly partition: number
}

/** One produce request as the application knows it, and what was seen of it on the wire. */
export class Exchange {
  readonly wrote: boolean[]
  readonly answers: (PartAnswer | undefined)[]
  /** Resolves when every part has an answer. */
  readonly answered: Promise<void>
  /** Resolves when an answer says that a part was not taken. */
  readonly rejected: Promise<void>
  #missing: number
  #resolve: () => void = () => {}
  #reject: () => void = () => {}

  constructor(parts: number) {
    this.wrote = Array.from({ length: parts }, () => false)
    this.answers = Array.from({ length: parts }, () => undefined)
    this.#missing = parts
    this.answered = new Promise(resolve => {
      this.#resolve = resolve
    })
    this.rejected = new Promise(resolve => {
      this.#reject = resolve
    })
  }

  get isRejected(): boolean {
    return this.answers.some(answer => answer !== undefined && answer.errorCode !== 0)
  }

  get isComplete(): boolean {
    return this.#missing === 0
  }

  answer(part: number, answer: PartAnswer): void {
    if (this.answers[part]) return
    this.answers[part] = answer
    this.#missing -= 1
    if (answer.errorCode !== 0) this.#reject()
    if (this.#missing === 0) this.#resolve()
  }
}

/**
 * Listens on the sockets of one producer. Relies on what the gateway keeps to: at most one request in flight
 * per partition, so that a topic and a partition say which exchange an answer belongs to.
 */
export class ProduceTap {
  readonly #open = new Map<string, { readonly exchange: Exchange; readonly part: number }>()
  readonly #onThrottled: (ms: number) => void

  /** @param onThrottled told each time that a broker holds a connection back, for a quota */
  constructor(onThrottled: (ms: number) => void = () => {}) {
    this.#onThrottled = onThrottled
  }

  begin(parts: readonly TappedPart[]): Exchange {
    const exchange = new Exchange(parts.length)
    parts.forEach((part, index) => this.#open.set(key(part.topic, part.partition), { exchange, part: index }))
    return exchange
  }

  end(parts: readonly TappedPart[]): void {
    for (const part of parts) this.#open.delete(key(part.topic, part.partition))
  }

  /** Call before anyone else listens on the socket, so that answers are seen here first. */
  attach(socket: Socket): void {
    const versions = new Map<number, number>()
    const frames = new Frames()
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
    socket.write = (chunk: unknown, ...rest: unknown[]) => {
      if (Buffer.isBuffer(chunk)) this.sees(chunk, versions)
      return write(chunk, ...rest)
    }
    socket.on('data', chunk => frames.push(chunk, frame => this.hears(frame, versions)))
  }

  /** A request that was handed to a socket; kafkajs writes each whole. */
  sees(frame: Buffer, versions: Map<number, number>): void {
    if (frame.length < 8 || frame.readInt16BE(4) !== PRODUCE) return
    const request = readProduceRequest(frame)
    if (!request) {
      for (const { exchange, part } of this.#open.values()) exchange.wrote[part] = true
      return
    }
    versions.set(request.correlation, request.version)
    for (const [topic, partition] of request.partitions) {
      const open = this.#open.get(key(topic, partition))
      if (open) open.exchange.wrote[open.part] = true
    }
  }

  /** A response, length excluded. */
  hears(frame: Buffer, versions: Map<number, number>): void {
    if (frame.length < 4) return
    const correlation = frame.readInt32BE(0)
    const version = versions.get(correlation)
    if (version === undefined) return
    versions.delete(correlation)
    const throttledMs = readProduceResponse(frame.subarray(4), version, (topic, partition, answer) => {
      const open = this.#open.get(key(topic, partition))
      if (open?.exchange.wrote[open.part]) open.exchange.answer(open.part, answer)
    })
    if (throttledMs > 0) this.#onThrottled(throttledMs)
  }
}

function key(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
