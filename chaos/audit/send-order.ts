import type { Findings } from './findings.ts'
import type { Place } from './operation.ts'
import type { OffsetMap } from './offset-map.ts'

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

interface Trail {
  /** Where the process's sends to this partition stood before the first step; null before its first send. */
  position: number | null
  place: Place
  /** Sends since then of which at least one offset is not known yet. */
  steps: Step[]
}

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
  readonly #waiting: (readonly [partition: number, trail: Trail])[] = []
  readonly #within: (readonly [partition: number, sends: readonly Sent[], place: Place])[] = []

  constructor(offsets: OffsetMap, findings: Findings) {
    this.#offsets = offsets
    this.#findings = findings
  }

  /** A successful or unknown operation sent these to the partition, in this order. */
  sent(process: number, partition: number, sends: readonly Sent[], place: Place): void {
    if (sends.length > 1 && !contiguous(sends)) this.#within.push([partition, sends, place])
    this.sentRange(process, partition, sends[0] as Sent, sends.at(-1) as Sent, place)
  }

  /** As `sent`, for sends that are known to stand side by side. */
  sentRange(process: number, partition: number, first: Sent, last: Sent, place: Place): void {
    const trail = this.#trail(process, partition)
    const known = first.offset !== null && last.offset !== null
    if (known && trail.steps.length === 0) {
      this.#compare(partition, trail, { first, last, place }, first.offset, last.offset)
      return
    }
    trail.steps.push({ first, last, place })
    if (!known) return
    this.#waiting.push([partition, { ...trail }])
    trail.position = last.offset
    trail.place = place
    trail.steps = []
  }

  keepOnly(process: number, keeps: (partition: number) => boolean): void {
    const trails = this.#trails[process]
    if (trails === undefined) return
    for (const [partition, trail] of trails) {
      if (keeps(partition)) continue
      if (trail.steps.length > 0) this.#waiting.push([partition, trail])
      trails.delete(partition)
    }
  }

  /** Everything whose offset is still wanted. */
  *wanted(): Generator<number> {
    for (const [, trail] of this.#unfinished())
      for (const { first, last } of trail.steps) {
        if (first.offset === null) yield first.handle
        if (last.offset === null) yield last.handle
      }
    for (const [, sends] of this.#within)
      for (const { handle, offset } of sends) if (offset === null) yield handle
  }

  /** `offsetOf` tells where a value stands, in the end; undefined when nowhere. */
  finish(offsetOf: (handle: number) => number | undefined): void {
    const at = (sent: Sent) => sent.offset ?? offsetOf(sent.handle) ?? null
    for (const [partition, trail] of this.#unfinished())
      for (const step of trail.steps) this.#compare(partition, trail, step, at(step.first), at(step.last))
    for (const [partition, sends, place] of this.#within) this.#compareWithin(partition, sends, place, at)
  }

  *#unfinished(): Generator<readonly [number, Trail]> {
    yield* this.#waiting
    for (const trails of this.#trails) if (trails !== undefined) yield* trails
  }

  #compare(partition: number, trail: Trail, step: Step, first: number | null, last: number | null): void {
    const { position, place } = trail
    if (position !== null && first !== null && first <= position)
      this.#findings.add('nonmonotonic-send', partition, () => ({
        what: `sent to offset ${first} after it had sent to ${position}`,
        handles: [step.first.handle],
        offsets: [position, first],
        places: [place, step.place],
        traceValues: false,
      }))
    if (last === null) return
    trail.position = last
    trail.place = step.place
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
      trail = { position: null, place: 0, steps: [] }
      trails.set(partition, trail)
    }
    return trail
  }
}

function contiguous(sends: readonly Sent[]): boolean {
  const start = sends[0]?.offset
  return typeof start === 'number' && sends.every(({ offset }, i) => offset === start + i)
}
