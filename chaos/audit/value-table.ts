import { BlockPool } from './block-pool.ts'
import type { Value } from './operation.ts'
import { SliceTable } from './slice-table.ts'

/**
 * Every value of the history as a number (its handle), with sixteen flags. Values that count upwards,
 * `d17/1/42` or plain integers, share a stream (`d17/1`) and are held as pages of consecutive sequences, so
 * a record costs two bytes here and its text is not kept. Other values are kept whole.
 */
const PAGE = 32
const MAX_SEQUENCE_DIGITS = 15

export interface Stream {
  readonly topic: number
  /** What stands before the sequence; null for plain integers and for values that do not count. */
  readonly prefix: string | null
  /** Of the form `device/epoch/sequence`. */
  readonly isDevice: boolean
  /** The values of a stream that does not count, by sequence. */
  readonly texts: Value[] | null
  readonly pages: Map<number, number>
  lastPage: number
  lastPageId: number
}

interface TopicStreams {
  readonly opaque: Map<Value, number>
  integers: number
  texts: number
}

export class ValueTable {
  readonly streams: Stream[] = []
  readonly #flags = new BlockPool(16, PAGE)
  readonly #topics: TopicStreams[] = []
  readonly #prefixes = new SliceTable()
  /** By the number of the prefix. */
  readonly #prefixStreams: number[] = []
  readonly #pageStream: number[] = []
  readonly #pageNumber: number[] = []

  get sizeBytes(): number {
    return this.#flags.sizeBytes
  }

  /** The handle of the value in the topic; makes one when it is new. */
  intern(topic: number, value: Value): number {
    if (typeof value === 'string') {
      const bytes = Buffer.from(value)
      return this.internBytes(topic, bytes, 0, bytes.length)
    }
    if (!Number.isSafeInteger(value) || value < 0) return this.#internText(topic, value)
    const streams = this.#streamsOf(topic)
    if (streams.integers < 0) streams.integers = this.#addStream(topic, null, null)
    return this.#handle(streams.integers, value)
  }

  /** The same for a text that is still bytes. */
  internBytes(topic: number, bytes: Buffer, from: number, to: number): number {
    const slash = lastSlash(bytes, from, to)
    const sequence = slash > from ? canonicalInteger(bytes, slash + 1, to) : -1
    if (sequence < 0) return this.#internText(topic, bytes.toString('utf8', from, to))
    let prefix = this.#prefixes.find(topic, bytes, from, slash)
    if (prefix < 0) {
      prefix = this.#prefixes.add(topic, bytes, from, slash)
      this.#prefixStreams.push(this.#addStream(topic, bytes.toString('utf8', from, slash), null))
    }
    return this.#handle(this.#prefixStreams[prefix] as number, sequence)
  }

  flags(handle: number): number {
    return this.#flags.get(Math.floor(handle / PAGE), handle % PAGE)
  }

  mark(handle: number, bits: number): void {
    const page = Math.floor(handle / PAGE)
    this.#flags.set(page, handle % PAGE, this.#flags.get(page, handle % PAGE) | bits)
  }

  streamOf(handle: number): number {
    return this.#pageStream[Math.floor(handle / PAGE)] as number
  }

  sequenceOf(handle: number): number {
    return (this.#pageNumber[Math.floor(handle / PAGE)] as number) * PAGE + (handle % PAGE)
  }

  valueOf(handle: number): Value {
    const stream = this.streams[this.streamOf(handle)] as Stream
    return valueIn(stream, this.sequenceOf(handle))
  }

  /** The sequences of a stream that the history ever named, in order. */
  *sequences(stream: Stream): Generator<readonly [sequence: number, flags: number, handle: number]> {
    const numbers = [...stream.pages.keys()].sort((a, b) => a - b)
    for (const number of numbers) {
      const page = stream.pages.get(number) as number
      for (let i = 0; i < PAGE; i++) {
        const flags = this.#flags.get(page, i)
        if (flags !== 0) yield [number * PAGE + i, flags, page * PAGE + i]
      }
    }
  }

  /** The handle of a stream's sequence; null when the history never named one near it. */
  find(stream: Stream, sequence: number): number | null {
    const page = stream.pages.get(Math.floor(sequence / PAGE))
    return page === undefined ? null : page * PAGE + (sequence % PAGE)
  }

  #internText(topic: number, value: Value): number {
    const streams = this.#streamsOf(topic)
    const known = streams.opaque.get(value)
    if (known !== undefined) return known
    if (streams.texts < 0) streams.texts = this.#addStream(topic, null, [])
    const texts = (this.streams[streams.texts] as Stream).texts as Value[]
    const handle = this.#handle(streams.texts, texts.push(value) - 1)
    streams.opaque.set(value, handle)
    return handle
  }

  #streamsOf(topic: number): TopicStreams {
    let streams = this.#topics[topic]
    if (streams === undefined) {
      streams = { opaque: new Map(), integers: -1, texts: -1 }
      this.#topics[topic] = streams
    }
    return streams
  }

  #addStream(topic: number, prefix: string | null, texts: Value[] | null): number {
    const isDevice = prefix !== null && isDevicePrefix(prefix)
    const stream = { topic, prefix, isDevice, texts, pages: new Map(), lastPage: -1, lastPageId: -1 }
    return this.streams.push(stream) - 1
  }

  #handle(streamId: number, sequence: number): number {
    const stream = this.streams[streamId] as Stream
    const number = Math.floor(sequence / PAGE)
    if (stream.lastPage !== number) {
      let page = stream.pages.get(number)
      if (page === undefined) {
        page = this.#flags.allocate()
        stream.pages.set(number, page)
        this.#pageStream.push(streamId)
        this.#pageNumber.push(number)
      }
      stream.lastPage = number
      stream.lastPageId = page
    }
    return stream.lastPageId * PAGE + (sequence - number * PAGE)
  }
}

export function valueIn(stream: Stream, sequence: number): Value {
  if (stream.texts !== null) return stream.texts[sequence] as Value
  return stream.prefix === null ? sequence : `${stream.prefix}/${sequence}`
}

/** `device/epoch`: whatever the device is called, and an epoch that is an integer. */
function isDevicePrefix(prefix: string): boolean {
  return /^.+\/(0|[1-9]\d*)$/s.test(prefix)
}

const SLASH = 47
const ZERO = 48

function lastSlash(bytes: Buffer, from: number, to: number): number {
  for (let i = to - 1; i >= from; i--) if (bytes[i] === SLASH) return i
  return -1
}

/** The integer that the bytes spell, or -1: `042` and `4e2` are other texts than 42. */
function canonicalInteger(bytes: Buffer, from: number, to: number): number {
  const digits = to - from
  if (digits < 1 || digits > MAX_SEQUENCE_DIGITS) return -1
  let number = 0
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] as number) - ZERO
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return digits > 1 && bytes[from] === ZERO ? -1 : number
}
