import { messageOf } from '../../core/errors.ts'
import {
  type AskedPartition,
  FETCH_ERROR,
  type FetchAnswer,
  type FetchedPartition,
  fetchRequest,
  readFetch,
} from '../../kafka/fetch-wire.ts'
import { firstOffsetRequest, readFirstOffset } from '../../kafka/leaders-wire.ts'
import type { FetchSize } from '../fetch-size.ts'
import { type OffsetRange, partitionKey } from '../position.ts'
import type { BrokerLink } from './broker-link.ts'
import { FetchSession } from './fetch-session.ts'
import { PartitionReader } from './partition-reader.ts'

/** What a lane asks of the reader whose part it is. */
export interface LaneHost {
  readonly clientId: string
  readonly fetchSize: FetchSize
  now(): number
  sleep(ms: number): Promise<void>
  open(host: string): Promise<BrokerLink>
  mayRead(): boolean
  /** Resolves when there is room for more of the history. */
  room(): Promise<void>
  /** Lines of the history, after each answer; positions have moved. */
  took(lines: readonly string[]): void
  /** The broker does not lead something, or cannot be reached (`error`): others may lead its partitions now. */
  misled(host: string, error: unknown): void
  unread(reader: PartitionReader, range: OffsetRange): void
  unauthorised(): void
  /** It cannot be read, however often it is asked for. */
  failed(why: string): void
  /** The broker holds this client back. Resolves when it may ask again. */
  throttled(ms: number): Promise<void>
}

const MAX_WAIT_MS = 500
/** Larger answers take longer to be read than they save in questions. */
const MOST_BYTES = 8 * 1024 * 1024
const RETRY_MS = 250
/** A batch whose checksum is wrong is asked for again: bytes may have changed on the way. */
const MOST_TRIES = 5
const NOTHING: ReadonlyMap<string, number> = new Map()

interface Asked {
  readonly answer: Promise<Buffer>
  /** By `topic/partition`. */
  readonly from: ReadonlyMap<string, number>
}

/**
 * Everything that is read from one broker, over one connection. The next question is asked before the answer is looked
 * into: the broker reads while records are decoded.
 */
export class BrokerLane {
  readonly host: string
  /** By `topic/partition`. */
  readonly readers = new Map<string, PartitionReader>()
  readonly #of: LaneHost
  readonly #session = new FetchSession()
  /** By `topic/partition`: not asked for before then, on the run's clock. */
  readonly #later = new Map<string, number>()
  /** By `topic/partition`: how often a batch came that is not what was written. */
  readonly #tries = new Map<string, number>()
  #link: BrokerLink | null = null
  #correlation = 0
  #isOver = false
  #wake: () => void = () => {}

  constructor(host: string, of: LaneHost) {
    this.host = host
    this.#of = of
  }

  get link(): BrokerLink | null {
    return this.#link
  }

  /** There is something new to ask for. */
  wake(): void {
    this.#wake()
  }

  end(why: unknown): void {
    this.#isOver = true
    this.#link?.destroy(why)
    this.#wake()
  }

  /** Until it is ended; never rejects. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      if (this.#wanted().length === 0) {
        await this.#untilWanted()
        continue
      }
      try {
        this.#session.lost()
        this.#link = await this.#of.open(this.host)
        await this.#readOn(this.#link)
      } catch (error) {
        this.#link?.destroy(error)
        if (this.#isOver) return
        this.#of.misled(this.host, error)
        await this.#of.sleep(RETRY_MS)
      } finally {
        this.#link = null
      }
    }
  }

  async #readOn(link: BrokerLink): Promise<void> {
    let asked: Asked | null = null
    while (!this.#isOver) {
      asked ??= this.#ask(link)
      if (asked === null) {
        await this.#untilWanted()
        continue
      }
      const { from }: Asked = asked
      const bytes: Buffer = await asked.answer
      if (!this.#of.mayRead()) this.#isOver = true
      if (this.#isOver) return link.destroy(null)
      // Before the next question: what answers it was asked for after this time.
      const t = this.#of.now()
      const answer = readFetch(bytes)
      const hasErrors = answer.partitions.some(({ error }) => error !== FETCH_ERROR.none)
      if (answer.error === FETCH_ERROR.none) this.#session.answered(answer.session)
      else this.#session.lost()
      const isPlain = answer.throttleMs === 0 && answer.error === FETCH_ERROR.none && !hasErrors
      asked = isPlain ? this.#ask(link, this.#ahead(bytes, answer, from)) : null
      this.#take(bytes, answer, from, t)
      if (hasErrors) await this.#mend(link, answer)
      await this.#of.room()
      if (answer.throttleMs > 0) await this.#of.throttled(answer.throttleMs)
    }
  }

  /** @param ahead by `topic/partition`: where it is asked on, when what came before is not decoded yet */
  #ask(link: BrokerLink, ahead: ReadonlyMap<string, number> = NOTHING): Asked | null {
    const wanted = this.#wanted(ahead)
    if (wanted.length === 0) return null
    const question = {
      ...this.#session.question(wanted),
      maxWaitMs: MAX_WAIT_MS,
      maxBytes: Math.min(MOST_BYTES, wanted.length * this.#of.fetchSize.bytes),
    }
    const answer = link.request(fetchRequest(this.#next(), this.#of.clientId, question))
    answer.catch(() => {})
    return { answer, from: new Map(wanted.map(one => [partitionKey(one.topic, one.partition), one.offset])) }
  }

  #wanted(ahead: ReadonlyMap<string, number> = NOTHING): AskedPartition[] {
    const now = this.#of.now()
    const maxBytes = this.#of.fetchSize.bytes
    return [...this.readers].flatMap(([key, { position }]) => {
      const { topic, partition, next, end } = position
      const offset = ahead.get(key) ?? next
      if (offset >= end || (this.#later.get(key) ?? 0) > now) return []
      return [{ topic, partition, offset, maxBytes }]
    })
  }

  #ahead(bytes: Buffer, { partitions }: FetchAnswer, from: ReadonlyMap<string, number>): Map<string, number> {
    const ahead = new Map<string, number>()
    for (const part of partitions) {
      const key = partitionKey(part.topic, part.partition)
      const next = this.readers.get(key)?.position.next
      if (next === undefined || next !== from.get(key)) continue
      const after = PartitionReader.nextAfter(bytes, part)
      if (after !== null) ahead.set(key, after)
    }
    return ahead
  }

  #take(bytes: Buffer, { partitions }: FetchAnswer, from: ReadonlyMap<string, number>, t: number): void {
    const lines: string[] = []
    for (const part of partitions) {
      const reader = this.readers.get(partitionKey(part.topic, part.partition))
      // What was asked for ahead of a batch that turned out to be broken is asked for again.
      if (!reader || part.error !== FETCH_ERROR.none || from.get(reader.key) !== reader.position.next)
        continue
      const line = this.#decode(reader, bytes, part, t)
      if (line !== null) lines.push(line)
    }
    this.#of.took(lines)
  }

  #decode(reader: PartitionReader, bytes: Buffer, part: FetchedPartition, t: number): string | null {
    const { key } = reader
    try {
      const line = reader.read(bytes, part, t)
      if (line !== null) this.#tries.delete(key)
      return line
    } catch (error) {
      const tries = (this.#tries.get(key) ?? 0) + 1
      this.#tries.set(key, tries)
      this.#putOff(key)
      if (tries >= MOST_TRIES) this.#of.failed(messageOf(error))
      return null
    }
  }

  /** Partitions of which the broker gives nothing: gone, led by another, or not for this reader. */
  async #mend(link: BrokerLink, { partitions }: FetchAnswer): Promise<void> {
    let isMisled = false
    for (const { topic, partition, error } of partitions) {
      const reader = this.readers.get(partitionKey(topic, partition))
      if (!reader || error === FETCH_ERROR.none) continue
      this.#putOff(reader.key)
      if (error === FETCH_ERROR.topicUnauthorised) this.#of.unauthorised()
      else if (error === FETCH_ERROR.offsetOutOfRange) await this.#toTheFirst(link, reader)
      else isMisled = true
    }
    if (isMisled) this.#of.misled(this.host, null)
  }

  /** What was asked for is not there any more: it goes on from the first offset that is. */
  async #toTheFirst(link: BrokerLink, reader: PartitionReader): Promise<void> {
    const { topic, partition } = reader.position
    const request = firstOffsetRequest(this.#next(), this.#of.clientId, topic, partition)
    const first = readFirstOffset(await link.request(request))
    const gone = first === null ? null : reader.position.askedFrom(first)
    if (!gone) return
    this.#later.delete(reader.key)
    this.#of.unread(reader, gone)
  }

  #putOff(key: string): void {
    this.#later.set(key, this.#of.now() + RETRY_MS)
  }

  #next(): number {
    this.#correlation = (this.#correlation + 1) & 0x7fff_ffff
    return this.#correlation
  }

  /** Until something can be asked for: soon, where it is only put off. */
  async #untilWanted(): Promise<void> {
    const woken = new Promise<void>(resolve => {
      this.#wake = resolve
    })
    await Promise.race([woken, this.#of.sleep(RETRY_MS)])
  }
}
