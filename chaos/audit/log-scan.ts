import type { Compacted, Compaction } from './compaction.ts'
import { EXAMPLES } from './findings.ts'
import { isDevice, reportDuplicates, reportDuplicatesAcross } from './duplicates.ts'
import type { Removals } from './removals.ts'
import { type Position, type Positions, type Reach, type ScanParts, startOf } from './scan-parts.ts'
import type { Counts } from '../record/audit-file.ts'
import type { PassedOver } from './unknown-sends.ts'
import { ACCOUNTABLE, ACKED, EXPIRED, LATE, LOST, PASSED, PLACED, READ } from './value-flags.ts'
import type { Stream } from './value-table.ts'

export interface LogQuestions {
  /** Values whose offsets are wanted. */
  readonly wanted: readonly number[]
  readonly passedOver: readonly PassedOver[]
  readonly removals: Removals
  /** null: no final read says what compaction left. */
  readonly compaction: Compaction | null
}

/**
 * Walks every partition in the order of its offsets: what is lost, what stands at several offsets, what
 * differs between accounts, and what is out of a device's order.
 */
export function scanLog(parts: ScanParts, questions: LogQuestions): Positions {
  const duplicated = new Map<number, number>()
  const scan = new LogScan(parts, questions, duplicated)
  for (const partition of parts.catalog.partitions.keys()) scan.partition(partition)
  const shown = [...firstOf(duplicated.keys(), () => true), ...firstOf(duplicated.keys(), isDevice(parts))]
  const positions = locate(parts, new Set([...questions.wanted, ...shown]))
  scan.passedOver(positions)
  reportDuplicates(parts, duplicated, positions)
  if (parts.kind === 'open') reportDuplicatesAcross(parts)
  return positions
}

class LogScan {
  readonly #parts: ScanParts
  readonly #questions: LogQuestions
  /** How often each stands in the log that stands there more than once. */
  readonly #duplicated: Map<number, number>
  /** By stream: the last sequence that was passed in order, its offset, and in which partition that was. */
  readonly #lastSequence: Float64Array
  readonly #lastOffset: Float64Array
  readonly #lastPartition: Int32Array
  readonly #highestRead = new Map<number, number>()
  /** By partition, of topics that compact. */
  readonly #compacted = new Map<number, Compacted>()
  /** Copies that devices meant and that were not passed yet. */
  readonly #meant: Map<number, number>
  /** The same of copies that wrong firmware made, and of other records under the same id. */
  readonly #repeated: Map<number, number>
  readonly #restarted: Map<number, number>
  readonly #repairedAgain: Map<number, number>

  constructor(parts: ScanParts, questions: LogQuestions, duplicated: Map<number, number>) {
    this.#parts = parts
    this.#questions = questions
    this.#duplicated = duplicated
    this.#meant = new Map(parts.meant)
    this.#repeated = new Map(parts.firmware.repeated)
    this.#restarted = new Map(parts.firmware.restarted)
    this.#repairedAgain = new Map([...parts.firmware.repaired].map(([handle, times]) => [handle, times - 1]))
    const streams = parts.values.streams.length
    this.#lastSequence = new Float64Array(streams)
    this.#lastOffset = new Float64Array(streams)
    this.#lastPartition = new Int32Array(streams).fill(-1)
  }

  partition(partition: number): void {
    const { offsets, values, catalog, reach } = this.#parts
    const counts = this.#parts.counts[catalog.topicOf(partition)] as Counts
    const { removals } = this.#questions
    const { low, lowAfter, upTo } = reach(partition)
    this.#tellConflicts(partition)
    this.#compact(partition, low)
    const beganAnew = this.#beganAnew(partition)
    const first = offsets.minSeen(partition)
    offsets.scan(partition, (offset, handle, seen) => {
      const flags = values.flags(handle)
      if ((flags & PLACED) !== 0) this.#duplicated.set(handle, (this.#duplicated.get(handle) ?? 1) + 1)
      if (seen) this.#stored(partition, offset, handle, flags, counts)
      values.mark(handle, seen ? PLACED | PASSED : PLACED)
      if (
        !seen &&
        this.#isOtherRecordLost(partition, offset, handle, {
          low: Math.max(startOf({ low, lowAfter }), first),
          lowAfter,
          upTo,
        })
      )
        this.#lost(partition, offset, handle)
      if ((flags & (READ | LOST | EXPIRED | LATE)) !== 0 || (flags & ACCOUNTABLE) === 0) return
      if (offset < low) removals.byRetention(partition, offset, handle)
      else if (offset < (lowAfter ?? first) && removals.isOverdueSince(partition, handle))
        removals.meanwhile(partition, handle)
      else if (lowAfter !== null && offset < lowAfter) removals.byRetention(partition, offset, handle)
      else if (offset <= upTo) {
        this.#lost(partition, offset, handle)
        if (beganAnew) counts.lostWithLog++
      }
    })
  }

  /** Values that no offset is known of, but that must stand beside one that was read. */
  passedOver(positions: Positions): void {
    const { values, reach } = this.#parts
    const { removals } = this.#questions
    const settled = READ | LOST | EXPIRED | LATE | PLACED
    for (const { partition, handle, anchor, distance } of this.#questions.passedOver) {
      if ((values.flags(handle) & settled) !== 0) continue
      const at = positions.get(anchor)?.findLast(position => position.seen)?.offset
      const low = startOf(reach(partition))
      // Before offset 0 nothing can have been: then the batch was torn, not shortened.
      const isBelow = low > 0 && at !== undefined && at + distance < low
      if (isBelow) removals.byRetention(partition, null, handle)
      else if (at !== undefined && this.#isCompacted(partition, at + distance, handle))
        removals.byCompaction(partition, null, handle)
      else this.#lost(partition, null, handle, values.valueOf(anchor))
    }
  }

  #stored(partition: number, offset: number, handle: number, flags: number, counts: Counts): void {
    const { values, findings } = this.#parts
    counts.stored++
    if ((flags & PASSED) !== 0) {
      counts[this.#causeOfCopy(handle)]++
      return
    }
    const stream = values.streamOf(handle)
    if (!(values.streams[stream] as Stream).isDevice) return
    const { firmware } = this.#parts
    if (firmware.repaired.has(handle)) counts.repaired++
    if (firmware.repaired.has(handle) || firmware.isRestarted(stream)) {
      counts.orderNotJudged++
      return
    }
    const sequence = values.sequenceOf(handle)
    const last = this.#lastPartition[stream] === partition ? (this.#lastSequence[stream] as number) : -1
    if (sequence < last) {
      const [before, beforeAt] = [last, this.#lastOffset[stream] as number]
      findings.add('device-reorder', partition, () => ({
        what: `stored at offset ${offset}, after its device's later record ${before} at offset ${beforeAt}`,
        handles: [handle],
        offsets: [beforeAt, offset],
        places: [],
        traceValues: true,
      }))
      return
    }
    this.#lastPartition[stream] = partition
    this.#lastSequence[stream] = sequence
    this.#lastOffset[stream] = offset
  }

  #causeOfCopy(
    handle: number,
  ): 'sequenceRestarted' | 'repeatedByFirmware' | 'repeatedOnPurpose' | 'storedTwice' {
    if (takeOne(this.#restarted, handle)) return 'sequenceRestarted'
    if (takeOne(this.#repeated, handle)) return 'repeatedByFirmware'
    // A repair job that is run again repairs again, on purpose.
    if (takeOne(this.#repairedAgain, handle)) return 'repeatedOnPurpose'
    return takeOne(this.#meant, handle) ? 'repeatedOnPurpose' : 'storedTwice'
  }

  /**
   * Of an id that was given to several records: one that was acknowledged at an offset must be there, whatever stands
   * elsewhere under the same id.
   */
  #isOtherRecordLost(partition: number, offset: number, handle: number, { low, upTo }: Reach): boolean {
    const { values, firmware } = this.#parts
    const flags = values.flags(handle)
    if (!firmware.restarted.has(handle) || (flags & (ACKED | READ)) !== (ACKED | READ)) return false
    if ((flags & (LOST | LATE)) !== 0 || offset < low || offset > upTo) return false
    return this.#compacted.get(partition)?.covers(offset) !== true
  }

  #lost(partition: number, offset: number | null, handle: number, anchor?: string | number): void {
    const { values, findings, offsets } = this.#parts
    values.mark(handle, LOST)
    const max = offsets.maxSeen(partition)
    findings.add('lost-write', partition, () => ({
      what:
        offset === null
          ? `must stand beside ${anchor}, which its batch put there and which was read; it was not read`
          : `is accountable at offset ${offset} and was not read, although offsets up to ${max.offset} were`,
      handles: [handle],
      offsets: offset === null ? [] : [offset],
      places: max.offset < 0 ? [] : [max.place],
      traceValues: true,
    }))
  }

  #tellConflicts(partition: number): void {
    const { offsets, findings } = this.#parts
    for (const [offset, others] of offsets.conflicts(partition)) {
      findings.add('inconsistent-offsets', partition, () => {
        const there = offsets.between(partition, offset - 1, offset + 1, 1).first.map(([, handle]) => handle)
        return {
          what: `${others.length + there.length} different records were reported at offset ${offset}`,
          handles: [...there, ...others],
          offsets: [offset],
          places: [],
          traceValues: true,
        }
      })
    }
  }

  /** Tells what compaction took before anything is called lost. */
  #compact(partition: number, low: number): void {
    const { catalog } = this.#parts
    const { compaction, removals } = this.#questions
    if (compaction === null || catalog.topics[catalog.topicOf(partition)]?.keeping?.compacts !== true) return
    const compacted = compaction.of(partition, low)
    this.#compacted.set(partition, compacted)
    for (const [offset, handle] of compacted.removed) removals.byCompaction(partition, offset, handle)
  }

  /** Of a record whose own offset nobody named: it has a successor, and stood where compaction has passed. */
  #isCompacted(partition: number, offset: number, handle: number): boolean {
    if (this.#compacted.get(partition)?.covers(offset) !== true) return false
    const { values } = this.#parts
    const streamId = values.streamOf(handle)
    let highest = this.#highestRead.get(streamId)
    if (highest === undefined) {
      highest = -1
      for (const [sequence, flags] of values.sequences(values.streams[streamId] as Stream))
        if ((flags & READ) !== 0) highest = sequence
      this.#highestRead.set(streamId, highest)
    }
    return highest > values.sequenceOf(handle)
  }

  /**
   * Whether another record stands at the very start of the log than was acknowledged there: the topic was deleted and
   * made again, or its disk was lost and no replica had a copy.
   */
  #beganAnew(partition: number): boolean {
    const { offsets, values } = this.#parts
    const start = offsets.minSeen(partition)
    const others = offsets.conflicts(partition).get(start) ?? []
    return others.some(handle => (values.flags(handle) & (ACKED | READ)) === ACKED)
  }
}

/** Takes one away, if there is one. */
function takeOne(counts: Map<number, number>, handle: number): boolean {
  const count = counts.get(handle) ?? 0
  if (count > 0) counts.set(handle, count - 1)
  return count > 0
}

/** All places of the given values; a second walk, since nobody keeps where a value stands. */
function locate({ catalog, offsets }: ScanParts, handles: ReadonlySet<number>): Positions {
  const positions = new Map<number, Position[]>()
  if (handles.size === 0) return positions
  for (const partition of catalog.partitions.keys())
    offsets.scan(partition, (offset, handle, seen) => {
      if (!handles.has(handle)) return
      const known = positions.get(handle)
      if (known === undefined) positions.set(handle, [{ partition, offset, seen }])
      else known.push({ partition, offset, seen })
    })
  return positions
}

/** As many as are shown. */
function firstOf(handles: Iterable<number>, isWanted: (handle: number) => boolean): number[] {
  const first: number[] = []
  for (const handle of handles) {
    if (first.length === EXAMPLES) break
    if (isWanted(handle)) first.push(handle)
  }
  return first
}
