import type { GivenRecord } from './position.ts'

/** What kafkajs 2.2.4 keeps of an answer beside what its types tell (consumer/batch.js). */
interface Kept {
  readonly fetchedOffset: string
  readonly rawMessages: readonly { readonly offset: string }[]
}

interface BatchOfMessages {
  readonly messages: readonly { readonly offset: string }[]
}

/**
 * One partition's part of an answer: from which offset it was asked for, and every record in it, also those that kafkajs
 * hides from its callers (control records, records of aborted transactions).
 */
export function givenIn(batch: BatchOfMessages): {
  /** null where kafkajs does not tell. */
  readonly askedFrom: number | null
  readonly records: readonly GivenRecord[]
} {
  const offsets = batch.messages.map(({ offset }) => Number(offset))
  if (!isKept(batch)) {
    return { askedFrom: null, records: offsets.map(offset => ({ offset, isForReaders: true })) }
  }
  const forReaders = new Set(offsets)
  const records = batch.rawMessages.map(message => {
    const offset = Number(message.offset)
    return { offset, isForReaders: forReaders.has(offset) }
  })
  return { askedFrom: Number(batch.fetchedOffset), records }
}

function isKept(batch: object): batch is Kept {
  return 'fetchedOffset' in batch && 'rawMessages' in batch && Array.isArray(batch.rawMessages)
}
