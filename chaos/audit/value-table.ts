import { BlockPool } from './block-pool.ts'
import type { Value } from './operation.ts'

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
  readonly byPrefix: Map<string, number>
  readonly opaque: Map<Value, number>
  integers: number
  texts: number
}

export class ValueTable {
  readonly streams: Stream[] = []
  readonly #flags = new BlockPool(16, PAGE)
  readonly #topics: TopicStreams[] = []
  readonly #pageStream: number[] = []
  readonly #pageNumber: number[] = []

  get sizeBytes(): number {
    return this.#flags.sizeBytes
  }

  /** The handle of the value in the topic; makes one when it is new. */
  intern(topic: number, value: Value): number {
    const streams = this.#streamsOf(topic)
    if (typeof value === 'number') return this.#internNumber(topic, streams, value)
    const slash = value.lastIndexOf('/')
    const sequence = slash > 0 ? canonicalInteger(value, slash + 1, value.length) : -1
    if (sequence < 0) return this.#internText(topic, streams, value)
    const prefix = value.slice(0, slash)
    let stream = streams.byPrefix.get(prefix)
    if (stream === undefined) {
      stream = this.#addStream(topic, prefix, null)
      streams.byPrefix.set(prefix, stream)
    }
    return this.#handle(stream, sequence)
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

  #internNumber(topic: number, streams: TopicStreams, value: number): number {
    if (!Number.isSafeInteger(value) || value < 0) return this.#internText(topic, streams, value)
    if (streams.integers < 0) streams.integers = this.#addStream(topic, null, null)
    return this.#handle(streams.integers, value)
  }

  #internText(topic: number, streams: TopicStreams, value: Value): number {
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
      streams = { byPrefix: new Map(), opaque: new Map(), integers: -1, texts: -1 }
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
  const slash = prefix.lastIndexOf('/')
  return slash > 0 && canonicalInteger(prefix, slash + 1, prefix.length) >= 0
}

/** The integer that `text` spells between the two places, or -1: `042` and `4e2` are other texts than 42. */
function canonicalInteger(text: string, from: number, to: number): number {
  const digits = to - from
  if (digits < 1 || digits > MAX_SEQUENCE_DIGITS) return -1
  let number = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    number = number * 10 + digit
  }
  return digits > 1 && text.charCodeAt(from) === 48 ? -1 : number
}
