/** Parts of produce requests that were not acknowledged, summed by what was said, by partition and by second. */
export class SendErrors {
  readonly #sums = new Map<string, ErrorSum>()

  /** @param askedAt when it was sent: who led the partition then was asked */
  add(error: string, partition: string, askedAt: number, doneAt: number, records: number, isFailed: boolean) {
    const second = Math.floor(askedAt / 1000) * 1000
    const key = `${second} ${partition} ${error}`
    let sum = this.#sums.get(key)
    if (!sum) {
      const kind = errorClass(error)
      sum = { error: kind, partition, second, parts: 0, records: 0, failedRecords: 0, lastMs: doneAt }
      this.#sums.set(key, sum)
    }
    sum.parts += 1
    sum.records += records
    if (isFailed) sum.failedRecords += records
    sum.lastMs = Math.max(sum.lastMs, doneAt)
  }

  /** In the order of time. */
  get sums(): readonly ErrorSum[] {
    return [...this.#sums.values()].toSorted((a, b) => a.second - b.second)
  }
}

export interface ErrorSum {
  readonly error: string
  readonly partition: string
  /** When it was asked, whole seconds in milliseconds of the run. */
  readonly second: number
  parts: number
  records: number
  failedRecords: number
  /** When the last of them was known to have gone wrong. */
  lastMs: number
}

const CLASSES: readonly (readonly [RegExp, string])[] = [
  [/no answer in|timed? ?out/i, 'no answer in time'],
  [/closed connection|not connected|ECONN|EPIPE|socket hang up/i, 'no connection, or it was lost'],
  [/^There is no leader for this topic-partition/, 'LEADER_NOT_AVAILABLE'],
  [/^This server is not the leader for that topic-partition/, 'NOT_LEADER_OR_FOLLOWER'],
  [/fleet was stopped|gateway (is down|crashed)|devices moved/, 'given up by the drill itself'],
]

const LONGEST_CLASS = 80

/** Kafka's codes are told as they are; what a client says in its own words is put with what means the same. */
export function errorClass(error: string): string {
  if (/^[A-Z_]+(, [A-Z_]+)*$/.test(error)) return error
  const known = CLASSES.find(([pattern]) => pattern.test(error))
  // Addresses and numbers would make a class of each.
  if (known) return known[1]
  const plain = error.replaceAll(/[\d.:[\]]*\d[\d.:[\]]*/g, '…')
  return plain.length > LONGEST_CLASS ? `${plain.slice(0, LONGEST_CLASS - 1)}…` : plain
}
