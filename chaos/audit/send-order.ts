import type { Findings } from './findings.ts'
import { NumberLog, packOffset, unpackOffset } from './number-log.ts'
import type { OffsetMap } from './offset-map.ts'
import type { Place } from './operation.ts'

/** A value that was sent; its offset where the acknowledgement named one. */
export interface Sent {
  readonly handle: number
  readonly offset: number | null
}

interface Step {
  readonly first: Sent
  readonly last: Sent
  readonly place: Place
}

/** Where the process's sends to a partition stand. */
interface Position {
  offset: number | null
  place: Place
}
interface Trail extends Position {
  /** Sends since then of which at least one offset is not known yet, five numbers each. */
  readonly waiting: number[]
}

const STEP_NUMBERS = 5

/**
 * Each producer's records must enter a partition in the order of its sends. `nonmonotonic-send` compares the
 * first offset of an operation with the last one of the process's operations before it; the `int-` forms
 * compare neighbours within one operation. An offset that the acknowledgement did not name may be told by
 * a reader, so what depends on it waits until everything is read. A value that stands nowhere is passed over.
 */
export class SendOrder {
  readonly #offsets: OffsetMap
  readonly #findings: Findings
  readonly #trails: Map<number, Trail>[] = []
  /** Trails that wait: partition, position, its place, how many steps, and the steps. */
  readonly #waiting = new NumberLog()
  /** Operations to look into: partition, place, how many values, and each with its offset. */
  readonly #within = new NumberLog()

  constructor(offsets: OffsetMap, findings: Findings) {
    this.#offsets = offsets
    this.#findings = findings
  }

  /** A successful or unknown operation sent these to the partition, in this order. */
  sent(process: number, partition: number, sends: readonly Sent[], place: Place): void {
    if (sends.length > 1 && !contiguous(sends)) {
      for (const number of [partition, place, sends.length]) this.#within.push(number)
      for (const sent of sends) for (const number of packSent(sent)) this.#within.push(number)
    }
    this.sentRange(process, partition, sends[0] as Sent, sends.at(-1) as Sent, place)
  }

  /** As `sent`, for sends that are known to stand side by side. */
  sentRange(process: number, partition: number, first: Sent, last: Sent, place: Place): void {
    const trail = this.#trail(process, partition)
    const isKnown = first.offset !== null && last.offset !== null
    if (isKnown && trail.waiting.length === 0) {
      this.#compare(partition, trail, { first, last, place }, first.offset, last.offset)
      return
    }
    trail.waiting.push(...packSent(first), ...packSent(last), place)
    if (!isKnown) return
    this.#defer(partition, trail)
    trail.offset = last.offset
    trail.place = place
  }

  keepOnly(process: number, keeps: (partition: number) => boolean): void {
    const trails = this.#trails[process]
    if (trails === undefined) return
    for (const [partition, trail] of trails) {
      if (keeps(partition)) continue
      this.#defer(partition, trail)
      trails.delete(partition)
    }
  }

  /** Everything whose offset is still wanted; call before `finish`. */
  *wanted(): Generator<number> {
    for (const trails of this.#trails)
      for (const [partition, trail] of trails ?? []) this.#defer(partition, trail)
    for (const [, , steps] of this.#deferred())
      for (const { first, last } of steps) {
        if (first.offset === null) yield first.handle
        if (last.offset === null && last.handle !== first.handle) yield last.handle
      }
    for (const [, , sends] of this.#inside())
      for (const { handle, offset } of sends) if (offset === null) yield handle
  }

  /** `offsetOf` tells where a value stands, in the end; undefined when nowhere. */
  finish(offsetOf: (handle: number) => number | undefined): void {
    const at = (sent: Sent) => sent.offset ?? offsetOf(sent.handle) ?? null
    for (const [partition, position, steps] of this.#deferred())
      for (const step of steps) this.#compare(partition, position, step, at(step.first), at(step.last))
    for (const [partition, place, sends] of this.#inside()) this.#compareWithin(partition, sends, place, at)
  }

  #defer(partition: number, trail: Trail): void {
    const { waiting } = trail
    if (waiting.length === 0) return
    const head = [partition, packOffset(trail.offset), trail.place, waiting.length / STEP_NUMBERS]
    for (const number of head) this.#waiting.push(number)
    for (const number of waiting) this.#waiting.push(number)
    waiting.length = 0
  }

  *#deferred(): Generator<readonly [partition: number, position: Position, steps: readonly Step[]]> {
    const log = this.#waiting
    for (let at = 0; at < log.length; ) {
      const partition = log.at(at)
      const position = { offset: unpackOffset(log.at(at + 1)), place: log.at(at + 2) }
      const steps: Step[] = []
      const end = at + 4 + log.at(at + 3) * STEP_NUMBERS
      for (at += 4; at < end; at += STEP_NUMBERS)
        steps.push({ first: unpackSent(log, at), last: unpackSent(log, at + 2), place: log.at(at + 4) })
      yield [partition, position, steps]
    }
  }

  *#inside(): Generator<readonly [partition: number, place: Place, sends: readonly Sent[]]> {
    const log = this.#within
    for (let at = 0; at < log.length; ) {
      const [partition, place, length] = [log.at(at), log.at(at + 1), log.at(at + 2)]
      const start = at + 3
      at = start + 2 * length
      yield [partition, place, Array.from({ length }, (_, i) => unpackSent(log, start + 2 * i))]
    }
  }

  #compare(
    partition: number,
    position: Position,
    step: Step,
    first: number | null,
    last: number | null,
  ): void {
    const { offset, place } = position
    if (offset !== null && first !== null && first <= offset)
      this.#findings.add('nonmonotonic-send', partition, () => ({
        what: `sent to offset ${first} after it had sent to ${offset}`,
        handles: [step.first.handle],
        offsets: [offset, first],
        places: [place, step.place],
        traceValues: false,
      }))
    if (last === null) return
    position.offset = last
    position.place = step.place
  }

  #compareWithin(
    partition: number,
    sends: readonly Sent[],
    place: Place,
    at: (sent: Sent) => number | null,
  ): void {
    const placed = sends.filter(sent => at(sent) !== null)
    for (const [i, now] of placed.entries()) {
      const before = placed[i - 1]
      if (before === undefined) continue
      const [from, to] = [at(before) as number, at(now) as number]
      const between = to > from ? this.#offsets.between(partition, from, to, 3) : null
      if (between !== null && between.count === 0) continue
      this.#findings.add(between === null ? 'int-nonmonotonic-send' : 'int-send-skip', partition, () => ({
        what:
          between === null
            ? `sent to offset ${to} after ${from} within one operation`
            : `sent to offsets ${from} and ${to} with ${between.count} other record(s) between them`,
        handles: [before.handle, now.handle],
        offsets: [from, ...(between?.first ?? []).map(([offset]) => offset), to],
        places: [place],
        traceValues: false,
      }))
    }
  }

  #trail(process: number, partition: number): Trail {
    let trails = this.#trails[process]
    if (trails === undefined) {
      trails = new Map()
      this.#trails[process] = trails
    }
    let trail = trails.get(partition)
    if (trail === undefined) {
      trail = { offset: null, place: 0, waiting: [] }
      trails.set(partition, trail)
    }
    return trail
  }
}

const packSent = ({ handle, offset }: Sent) => [handle, packOffset(offset)] as const
const unpackSent = (log: NumberLog, at: number): Sent => ({
  handle: log.at(at),
  offset: unpackOffset(log.at(at + 1)),
})

function contiguous(sends: readonly Sent[]): boolean {
  const start = sends[0]?.offset
  return typeof start === 'number' && sends.every(({ offset }, i) => offset === start + i)
}
