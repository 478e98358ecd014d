/**
 * What became of one produce request, from what the broker answered on the wire. Pure, and pessimistic:
 * `failed` is said only of what certainly was not stored.
 */

/** One partition's answer, as in the produce response. `baseOffset` is -1 when nothing was appended. */
export interface PartAnswer {
  readonly errorCode: number
  readonly baseOffset: number
}

/** What a sender knows at the end of a request; it never throws. */
export interface SendReport {
  /** By part: whether a byte of it was handed to a socket. */
  readonly wrote: readonly boolean[]
  /** By part: the broker's answer, if one came. */
  readonly answers: readonly (PartAnswer | undefined)[]
  /** Why there are answers missing, in words. */
  readonly error?: string
}

export type PartOutcome = 'acked' | 'failed' | 'unknown'

export type RequestOutcome =
  | { readonly kind: 'acked'; readonly offsets: readonly number[] }
  | { readonly kind: 'failed' | 'unknown'; readonly error: string; readonly parts: readonly PartOutcome[] }

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
  [32, 'INVALID_TIMESTAMP'],
  [44, 'POLICY_VIOLATION'],
  [74, 'FENCED_LEADER_EPOCH'],
  [87, 'INVALID_RECORD'],
  [89, 'THROTTLING_QUOTA_EXCEEDED'],
])

/** Codes after which the batch may be in the log, or may yet be truncated from it. */
const DOUBTS = new Map([
  [-1, 'UNKNOWN_SERVER_ERROR'],
  [7, 'REQUEST_TIMED_OUT'],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'],
  [56, 'KAFKA_STORAGE_ERROR'],
])

export function errorName(code: number): string {
  return REFUSALS.get(code) ?? DOUBTS.get(code) ?? `error ${code}`
}

export function partOutcome(answer: PartAnswer | undefined, wrote: boolean): PartOutcome {
  if (!answer) return wrote ? 'unknown' : 'failed'
  if (answer.errorCode === 0) return answer.baseOffset >= 0 ? 'acked' : 'unknown'
  // NOT_LEADER_OR_FOLLOWER has two meanings. A leader that was deposed while it waited for its followers
  // (kafka.server.DelayedProduce, case B) replaces only the error: the base offset of what it appended
  // stays in the answer. Only without one was the batch refused.
  return REFUSALS.has(answer.errorCode) && answer.baseOffset < 0 ? 'failed' : 'unknown'
}

export function requestOutcome(report: SendReport): RequestOutcome {
  const parts = report.answers.map((answer, i) => partOutcome(answer, report.wrote[i] ?? true))
  if (parts.every(part => part === 'acked')) {
    return { kind: 'acked', offsets: report.answers.map(answer => answer?.baseOffset ?? -1) }
  }
  const kind = parts.every(part => part === 'failed') ? 'failed' : 'unknown'
  return { kind, error: describe(report, parts), parts }
}

function describe(report: SendReport, parts: readonly PartOutcome[]): string {
  const reasons = new Set<string>()
  report.answers.forEach((answer, i) => {
    if (parts[i] === 'acked') return
    reasons.add(answer ? errorName(answer.errorCode) : (report.error ?? 'no answer'))
  })
  const mixed = parts.some(part => part === 'acked') ? 'mixed answer: ' : ''
  return mixed + [...reasons].join(', ')
}
