import type { Anomaly } from '../record/audit-file.ts'
import type { Findings } from './findings.ts'
import type { OffsetMap } from './offset-map.ts'
import { offsetAt, type Operation, type Place } from './operation.ts'

/** What is kept of a jump: whether something was jumped over is known only when all is read. */
type Jump = readonly [
  anomaly: Anomaly,
  partition: number,
  from: number,
  to: number,
  before: Place,
  now: Place,
]

interface Position {
  offset: number
  place: Place
}

export interface PollOrderParts {
  readonly offsets: OffsetMap
  readonly findings: Findings
  /** Retention or compaction took it: a consumer that was not given it has left out nothing. */
  readonly isRemoved: (handle: number) => boolean
  /** Where a process without a position of its own is expected to begin: the group's commit. */
  readonly resumesAt: (process: number, partition: number) => Position | null
}

/**
 * Each consumer must be given the log in order and whole. `nonmonotonic-poll` and `poll-skip` compare the
 * first offset of an operation with the last one of the process's successful operation before it; the
 * `int-` forms compare neighbours within one operation. An operation that failed or is unknown does not move
 * the position: an aborted transaction must rewind.
 */
export class PollOrder {
  readonly #parts: PollOrderParts
  readonly #positions: Map<number, Position>[] = []
  readonly #jumps: Jump[] = []

  constructor(parts: PollOrderParts) {
    this.#parts = parts
  }

  polled({ process, polls, outcome, place, moved }: Operation): void {
    const positions = this.#of(process)
    for (const batch of polls) {
      const isMoved = moved.includes(batch.partition)
      let last = -1
      for (let i = 0; i < batch.handles.length; i++) {
        const offset = offsetAt(batch, i)
        if (offset === null) continue
        if (last < 0) this.#begin(process, batch.partition, positions.get(batch.partition), offset, place)
        else if (offset !== last + 1 && !isMoved) this.#step(batch.partition, last, offset, place)
        last = offset
      }
      if (last >= 0 && outcome === 'ok') positions.set(batch.partition, { offset: last, place })
    }
  }

  keepOnly(process: number, keeps: (partition: number) => boolean): void {
    const positions = this.#of(process)
    for (const partition of positions.keys()) if (!keeps(partition)) positions.delete(partition)
  }

  /** The last offset that it was given; null when it has none. */
  position(process: number, partition: number): Readonly<Position> | null {
    return this.#of(process).get(partition) ?? null
  }

  /** Decides which jumps left something out, now that everything in the log is known. */
  finish(): void {
    const { offsets, findings, isRemoved } = this.#parts
    const isThere = (handle: number) => !isRemoved(handle)
    for (const [anomaly, partition, from, to, before, now] of this.#jumps) {
      const { count, first } = offsets.between(partition, from, to, 3, isThere)
      if (count === 0) continue
      findings.add(anomaly, partition, () => ({
        what: `went from offset ${from} to ${to} and left out ${count} known record${count === 1 ? '' : 's'}`,
        handles: first.map(([, handle]) => handle),
        offsets: [from, ...first.map(([offset]) => offset), to],
        places: before === now ? [now] : [before, now],
        traceValues: true,
      }))
    }
  }

  #begin(
    process: number,
    partition: number,
    known: Position | undefined,
    offset: number,
    place: Place,
  ): void {
    const position = known ?? this.#parts.resumesAt(process, partition)
    if (position === null) return
    // Before its commit: the group's own anomaly, told by the keeper of commits.
    if (offset > position.offset + 1)
      this.#jumps.push(['poll-skip', partition, position.offset, offset, position.place, place])
    else if (offset <= position.offset && known !== undefined)
      this.#parts.findings.add('nonmonotonic-poll', partition, () => ({
        what: `began at offset ${offset} after it had been given ${position.offset}`,
        handles: [],
        offsets: [position.offset, offset],
        places: [position.place, place],
        traceValues: false,
      }))
  }

  #step(partition: number, from: number, to: number, place: Place): void {
    if (to > from) this.#jumps.push(['int-poll-skip', partition, from, to, place, place])
    else
      this.#parts.findings.add('int-nonmonotonic-poll', partition, () => ({
        what: `was given offset ${to} after ${from} within one operation`,
        handles: [],
        offsets: [from, to],
        places: [place],
        traceValues: false,
      }))
  }

  #of(process: number): Map<number, Position> {
    let positions = this.#positions[process]
    if (positions === undefined) {
      positions = new Map()
      this.#positions[process] = positions
    }
    return positions
  }
}
