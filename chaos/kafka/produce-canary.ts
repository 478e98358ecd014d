import type { Producer } from 'kafkajs'
import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import { within } from '../core/wait.ts'
import { type AdminOptions, kafkaClient } from './admin.ts'
import { Repeated } from './repeated.ts'

export interface ProduceCanaryOptions {
  /** Of whoever may write to the topic. */
  readonly client: AdminOptions
  readonly topic: string
  readonly clock: Clock
}

const EVERY_MS = 1000
/** The slowest of so many counts: with one a second nothing is left of the other ninety-nine in a hundred. */
const LOOKED_AT_MS = 10_000
const SEND_MS = 120_000
const END_MS = 5000

/** Writes a small record each second, and takes how long its acknowledgement by all replicas in sync takes. */
export class ProduceCanary implements AsyncDisposable {
  readonly #options: ProduceCanaryOptions
  readonly #sends: Repeated
  #acked: { readonly at: number; readonly ms: number }[] = []
  /** Since when one has not been acknowledged. */
  #waitingSince: number | null = null
  #why: string | null = null

  constructor(options: ProduceCanaryOptions) {
    this.#options = options
    const { client, clock } = options
    const producer = kafkaClient(client).producer({ allowAutoTopicCreation: false })
    const end = () =>
      within('the canary to end', producer.disconnect(), { clock, deadlineMs: END_MS }).catch(() => {})
    this.#sends = new Repeated(signal => this.#send(producer, signal), { clock, everyMs: EVERY_MS, end })
  }

  /** Of the last ten seconds, and of what is not acknowledged yet, its age; null: nothing was sent yet. */
  slowestMs(): number | null {
    const now = this.#options.clock.now()
    const acked = this.#acked.filter(({ at }) => now - at <= LOOKED_AT_MS).map(({ ms }) => ms)
    const waiting = this.#waitingSince === null ? [] : [now - this.#waitingSince]
    return acked.length + waiting.length === 0 ? null : Math.round(Math.max(...acked, ...waiting))
  }

  isKnown(): boolean {
    return this.#acked.length > 0
  }

  /** Why it may not write; null: it may, or was not refused yet. */
  trouble(): string | null {
    return this.#why
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sends[Symbol.asyncDispose]()
  }

  /** A time-out or a lost connection leaves it waiting since when it was first sent. */
  async #send(producer: Producer, signal: AbortSignal): Promise<void> {
    const { topic, clock } = this.#options
    this.#waitingSince ??= clock.now()
    try {
      await within('the canary to be let in', producer.connect(), { clock, deadlineMs: SEND_MS, signal })
      const sent = producer.send({
        topic,
        acks: -1,
        messages: [{ value: 'aftershock: how long does this take?' }],
      })
      await within('the canary to be acknowledged', sent, { clock, deadlineMs: SEND_MS, signal })
    } catch (error) {
      if (/authoriz|authoris|does not host|UNKNOWN_TOPIC/i.test(messageOf(error)))
        this.#why = `the canary cannot be written to ${topic}: ${messageOf(error)}`
      return
    }
    const now = clock.now()
    const ms = now - this.#waitingSince
    this.#waitingSince = null
    this.#acked = [...this.#acked.filter(({ at }) => now - at <= LOOKED_AT_MS), { at: now, ms }]
  }
}
