import type { SendNotOk, SendOk, SendSettled, SettledPart } from '../record/history.ts'
import type { PartAnswer } from '../kafka/produce-wire.ts'

/**
 * What became of one produce request, from what the broker answered on the wire. Pure, and pessimistic:
 * `failed` is said only of what certainly was not stored.
 */

/** What a sender knows at the end of a request; it never throws. */
export interface SendReport {
  /** By part: whether a byte of it was handed to a socket. */
  readonly wrote: readonly boolean[]
  /** By part: the broker's answer, if one came. */
  readonly answers: readonly (PartAnswer | undefined)[]
  /** Why there are answers missing, in words. */
  readonly error?: string
}

/**
 * What became of one part; its offset, or why it is not known to be stored. `refused` is a certain failure too: the
 * leader took offence at a record, and would take the same of others.
 */
export type PartOutcome =
  | { readonly kind: 'acked'; readonly offset: number }
  | { readonly kind: 'failed' | 'unknown' | 'refused'; readonly error: string }

/** Kafka's error codes (protocol guide) with which a leader refuses a batch before it appends anything. */
const REFUSALS = new Map([
  [2, 'CORRUPT_MESSAGE'],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION'],
  [5, 'LEADER_NOT_AVAILABLE'],
  [6, 'NOT_LEADER_OR_FOLLOWER'],
  [9, 'REPLICA_NOT_AVAILABLE'],
  [10, 'MESSAGE_TOO_LARGE'],
  [17, 'INVALID_TOPIC_EXCEPTION'],
  [18, 'RECORD_LIST_TOO_LARGE'],
  [19, 'NOT_ENOUGH_REPLICAS'],
  [29, 'TOPIC_AUTHORIZATION_FAILED'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED'],
  [32, 'INVALID_TIMESTAMP'],
  [44, 'POLICY_VIOLATION'],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
  [47, 'INVALID_PRODUCER_EPOCH'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
  [59, 'UNKNOWN_PRODUCER_ID'],
  [74, 'FENCED_LEADER_EPOCH'],
  [87, 'INVALID_RECORD'],
  [89, 'THROTTLING_QUOTA_EXCEEDED'],
  [90, 'PRODUCER_FENCED'],
])

/** Of those, what is refused for a record in it, or for its size: one such record has the whole batch refused. */
const RECORD_REFUSALS = new Set([10, 18, 32, 87])

/**
 * Codes after which the batch may be in the log, or may yet be truncated from it. DUPLICATE_SEQUENCE_NUMBER is among
 * them: a leader has stored something under these numbers, but no offset says what, or where the audit could look.
 */
const DOUBTS = new Map([
  [-1, 'UNKNOWN_SERVER_ERROR'],
  [7, 'REQUEST_TIMED_OUT'],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'],
  [46, 'DUPLICATE_SEQUENCE_NUMBER'],
  [56, 'KAFKA_STORAGE_ERROR'],
])

export function errorName(code: number): string {
  return REFUSALS.get(code) ?? DOUBTS.get(code) ?? `error ${code}`
}

/** By part: a device forgets its records exactly when this says `acked`, and so must the history. */
export function partOutcomes({ answers, wrote, error }: SendReport): PartOutcome[] {
  return answers.map((answer, i) => partOutcome(answer, wrote[i] ?? true, error))
}

export function partOutcome(
  answer: PartAnswer | undefined,
  wrote: boolean,
  silence = 'no answer',
): PartOutcome {
  if (!answer) return { kind: wrote ? 'unknown' : 'failed', error: silence }
  const { errorCode, baseOffset } = answer
  if (errorCode === 0) {
    if (baseOffset >= 0) return { kind: 'acked', offset: baseOffset }
    return { kind: 'unknown', error: 'acknowledged without an offset' }
  }
  // NOT_LEADER_OR_FOLLOWER has two meanings. A leader that was deposed while it waited for its followers
  // (kafka.server.DelayedProduce, case B) replaces only the error: the base offset of what it appended
  // stays in the answer. Only without one was the batch refused.
  const error = errorName(errorCode)
  if (!REFUSALS.has(errorCode) || baseOffset >= 0) return { kind: 'unknown', error }
  return { kind: RECORD_REFUSALS.has(errorCode) ? 'refused' : 'failed', error }
}

/** The line of the history that says what became of a request: short where all of its parts fared alike. */
export function outcomeLine(
  op: number,
  t: number,
  parts: readonly PartOutcome[],
): SendOk | SendNotOk | SendSettled {
  const offsets = parts.flatMap(part => (part.kind === 'acked' ? [part.offset] : []))
  if (offsets.length === parts.length) return { kind: 'ok', op, t, offsets }
  const error = [...new Set(parts.flatMap(part => (part.kind === 'acked' ? [] : [part.error])))].join(', ')
  if (parts.every(part => part.kind === 'failed')) return { kind: 'fail', op, t, error }
  if (parts.every(part => part.kind === 'unknown')) return { kind: 'info', op, t, error }
  return { kind: 'settled', op, t, parts: parts.map(settledPart) }
}

function settledPart(part: PartOutcome): SettledPart {
  return part.kind === 'acked' ? [part.kind, part.offset] : [part.kind, part.error]
}
