import type { Admin } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { waitFor } from '../core/wait.ts'
import { askOverFreshConnection, BrokerLiveness } from './broker-liveness.ts'
import { KafkaSession, type ReaderPlace, within } from './kafka-session.ts'
import type { Watermark, WatermarkReading } from './lag.ts'
import { partitionKey } from './position.ts'

/** Over a slow link an answer takes long; brokers that are dead are known much sooner. */
const ANSWER_MS = 15_000
const LOOK_MS = 250
const SETTLE_MS = 30_000

/** Asks the leaders for low and high watermarks, over the reader's own links. Replaced after each failure. */
export class Watermarks implements AsyncDisposable {
  readonly #place: ReaderPlace
  readonly #clock: Clock
  readonly #topics: readonly string[]
  readonly #liveness: BrokerLiveness
  #turn = 0
  #session: KafkaSession | null = null
  #admin: Admin | null = null

  constructor(place: ReaderPlace, clock: Clock, topics: readonly string[]) {
    this.#place = place
    this.#clock = clock
    this.#topics = topics
    this.#liveness = new BrokerLiveness(clock, askOverFreshConnection(place, clock))
  }

  /** null when any partition's leader did not answer. */
  async read(): Promise<WatermarkReading | null> {
    try {
      return await this.#read()
    } catch {
      return null
    }
  }

  /** Reads until every leader has answered. @throws AftershockError `unavailable` after 30 s */
  async settle(signal?: AbortSignal): Promise<WatermarkReading> {
    return this.#retry('the watermarks of every partition', () => this.#read(), signal)
  }

  /** By `topic/partition`: the first offset that is not older than `wallMs`; the high watermark if none is. */
  async offsetsAt(topic: string, wallMs: number, signal?: AbortSignal): Promise<ReadonlyMap<string, number>> {
    return this.#retry(
      `the offsets of ${topic} by time`,
      () =>
        this.#ask(async admin => {
          const found = await admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, Math.floor(wallMs)))
          return new Map(
            found.map(({ partition, offset }) => [partitionKey(topic, partition), Number(offset)]),
          )
        }),
      signal,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#drop()
  }

  async #read(): Promise<WatermarkReading> {
    const at = this.#clock.now()
    const partitions = new Map<string, Watermark>()
    await this.#ask(async admin => {
      const answers = await Promise.all(this.#topics.map(topic => admin.fetchTopicOffsets(topic)))
      answers.forEach((offsets, i) => {
        for (const { partition, low, high } of offsets) {
          const key = partitionKey(this.#topics[i] as string, partition)
          partitions.set(key, { low: Number(low), high: Number(high) })
        }
      })
    })
    return { at, partitions }
  }

  async #retry<T>(what: string, act: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    let problem = 'nothing'
    const attempt = async () => {
      try {
        return { value: await act() }
      } catch (error) {
        problem = messageOf(error)
        return undefined
      }
    }
    const { value } = await waitFor(what, attempt, {
      clock: this.#clock,
      deadlineMs: SETTLE_MS,
      everyMs: 250,
      lastSeen: () => problem,
      ...(signal ? { signal } : {}),
    })
    return value
  }

  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const over = new AbortController()
    try {
      const answer = this.#connected().then(admin => question(admin))
      answer.catch(() => {})
      const dead = this.#untilDead(over.signal)
      return await within(this.#clock, ANSWER_MS, 'watermarks', Promise.race([answer, dead]))
    } catch (error) {
      this.#drop()
      throw error
    } finally {
      over.abort()
    }
  }

  /** Rejects when a broker that owes an answer is shown dead: slow ones are waited for. */
  async #untilDead(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#clock.sleep(LOOK_MS, signal)
      const dead = this.#liveness.check(this.#session?.connections() ?? [])
      if (dead) throw new AftershockError('unavailable', `${dead.host}: ${dead.why}`)
    }
  }

  async #connected(): Promise<Admin> {
    if (this.#admin) return this.#admin
    this.#session = new KafkaSession(this.#place, 'watermarks', this.#turn, 0, { clock: this.#clock })
    this.#turn += 1
    const admin = this.#session.kafka.admin({ retry: { retries: 0 } })
    await admin.connect()
    this.#admin = admin
    return admin
  }

  #drop(): void {
    this.#session?.destroy()
    this.#admin?.disconnect().catch(() => {})
    this.#session = null
    this.#admin = null
  }
}
