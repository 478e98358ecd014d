import type { SendReport } from './send-outcome.ts'

export interface ProduceMessage {
  readonly key: string
  readonly value: string
  readonly partition: number
  /** Wall milliseconds. @default when it is sent */
  readonly timestamp?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The records of one partition in one request, in order. */
export interface ProducePart {
  readonly topic: string
  readonly partition: number
  readonly messages: ProduceMessage[]
}

/** What a gateway sends through. Its promises never reject, and settle by the deadline if `expire` is called. */
export interface Sender {
  send(parts: readonly ProducePart[]): Promise<SendReport>
  /** Gives up what is past its deadline: one look at the clock instead of a timer per request. */
  expire(): void
  /** Leaders have moved: the next request begins with fresh metadata. */
  renew(): void
  /** Ends every connection without a word to the broker; nothing is written from then on. */
  destroy(): void
}
