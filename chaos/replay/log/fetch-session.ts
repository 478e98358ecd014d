import type { AskedPartition, FetchQuestion } from '../../kafka/fetch-wire.ts'
import { partitionKey } from '../position.ts'

/** An epoch that brokers take for the first of a session, and none. */
const FIRST_EPOCH = 0

/**
 * A session of fetches with one broker (KIP-227): it remembers what was asked for, and is told differences only. It also
 * turns partitions around, so that none starves behind others that fill an answer.
 */
export class FetchSession {
  #id = 0
  #epoch = FIRST_EPOCH
  /** By `topic/partition`: as the broker has it. */
  #known = new Map<string, AskedPartition>()

  /** What is to be sent so that the broker is asked for exactly these. */
  question(
    wanted: readonly AskedPartition[],
  ): Pick<FetchQuestion, 'session' | 'epoch' | 'partitions' | 'forgotten'> {
    const now = new Map(wanted.map(one => [partitionKey(one.topic, one.partition), one]))
    const isNew = this.#epoch === FIRST_EPOCH
    const partitions = isNew ? wanted : wanted.filter(one => !this.#has(one))
    const forgotten = isNew ? [] : [...this.#known].flatMap(([key, one]) => (now.has(key) ? [] : [one]))
    this.#known = now
    return { session: this.#id, epoch: this.#epoch, partitions, forgotten }
  }

  /** The broker's answer to the last question: the session's number, 0 where it keeps none. */
  answered(session: number): void {
    this.#id = session
    // Brokers that have no room for another session answer as if there were none: all is asked for each time.
    this.#epoch = session === 0 ? FIRST_EPOCH : this.#epoch === 0x7fff_ffff ? 1 : this.#epoch + 1
  }

  /** The broker does not know the session, or not as it is: the next question opens another. */
  lost(): void {
    this.#id = 0
    this.#epoch = FIRST_EPOCH
    this.#known.clear()
  }

  #has(one: AskedPartition): boolean {
    const known = this.#known.get(partitionKey(one.topic, one.partition))
    return known?.offset === one.offset && known.maxBytes === one.maxBytes
  }
}
