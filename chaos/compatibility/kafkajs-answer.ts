import { messageOf } from '../core/errors.ts'
import type { KafkaJsPlace } from './kafkajs-place.ts'
import { CannotTry, type ClientAnswer, Lacks, type Probe } from './line.ts'

/** A broker's own answer fails a line; whatever else goes wrong may be the machine's or the network's, and leaves it open. */
export async function kafkaJsAnswer(probe: Probe, place: KafkaJsPlace): Promise<ClientAnswer> {
  try {
    return { verdict: 'pass', shown: await probe(place) }
  } catch (error) {
    const isAnswer = error instanceof Lacks || isBrokersAnswer(error)
    const isOpen = error instanceof CannotTry || !isAnswer
    return { verdict: isOpen ? 'not-run' : 'fail', shown: messageOf(error) }
  }
}

/** kafkajs wraps what a broker said, also when it gave up after it had tried again. */
function isBrokersAnswer(error: unknown): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; depth += 1) {
    if ('type' in one && typeof one.type === 'string' && 'code' in one) return !isRetriable(one)
    if (one.name === 'KafkaJSServerDoesNotSupportApiKey') return true
    one = one.cause ?? (one as { readonly originalError?: unknown }).originalError
  }
  return false
}

const isRetriable = (error: object): boolean => 'retriable' in error && error.retriable === true
