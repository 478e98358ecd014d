import type { SendReport } from './send-outcome.ts'

export interface ProduceMessage {
  readonly key: string
  readonly value: string
  readonly partition: number
}

/** The records of one partition in one request, in order. */
export interface ProducePart {
  readonly topic: string
  readonly partition: number
  readonly messages: ProduceMessage[]
}

/** What a gateway sends through. Its promise always settles within a deadline and never rejects. */
export interface Sender {
  send(parts: readonly ProducePart[]): Promise<SendReport>
  /** Ends every connection without a word to the broker; nothing is written from then on. */
  destroy(): void
}
