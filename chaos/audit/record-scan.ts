import type { ScanParts } from './scan-parts.ts'
import type { Counts } from '../record/audit-file.ts'
import {
  ACCOUNTABLE,
  ACKED,
  ATTEMPTED,
  DROPPED,
  EXPIRED,
  FAILED,
  LATE,
  LOST,
  PLACED,
  POLLED,
  READ,
  UNKNOWN,
} from './value-flags.ts'
import { type Stream, valueIn } from './value-table.ts'

/**
 * Walks every record by device, epoch and sequence, after the log was walked: what became of each, and what
 * is missing between records of one device.
 */
export function scanRecords(parts: ScanParts): void {
  for (const stream of parts.values.streams) {
    const counts = parts.counts[stream.topic] as Counts
    for (const [, flags, handle] of parts.values.sequences(stream))
      tellRecord(parts, counts, stream, flags, handle)
    if (stream.isDevice) new DeviceGaps(parts, counts, stream).find()
  }
}

function tellRecord(
  { kind, findings, firmware, elsewhere }: ScanParts,
  counts: Counts,
  { topic }: Stream,
  flags: number,
  handle: number,
): void {
  const isRead = (flags & READ) !== 0
  const attempts = flags & ATTEMPTED
  if (attempts !== 0) counts.records++
  else if ((flags & (READ | POLLED)) !== 0) counts.foreign++
  if ((flags & LOST) !== 0) counts.lost++
  if (isRead && firmware.malformed.has(handle)) counts.malformed++
  if ((attempts & UNKNOWN) !== 0 && (attempts & ACKED) === 0)
    counts[isRead ? 'unknownStored' : 'unknownNotStored']++
  const hasFailed = attempts === FAILED && !elsewhere.has(handle)
  if (hasFailed && (flags & POLLED) !== 0)
    findings.addToTopic('G1a', topic, () =>
      aRecord(handle, 'a consumer was given it, although its send had failed'),
    )
  if (attempts === FAILED && !isRead) counts.failedNotStored++
  if (hasFailed && isRead) {
    counts.failedButStored++
    if (kind === 'run')
      findings.addToTopic('failed-but-stored', topic, () =>
        aRecord(handle, 'is stored, although every attempt to send it failed'),
      )
  }
  if ((flags & ACKED) !== 0 && (flags & (READ | LOST | EXPIRED)) === 0) {
    counts.unseen++
    findings.addToTopic('unseen', topic, () =>
      aRecord(handle, 'acknowledged, and beyond everything that was read'),
    )
  }
}

function aRecord(handle: number, what: string) {
  return { what, handles: [handle], offsets: [], places: [], traceValues: true }
}

/** The holes in what was read of one device's epoch, each with what explains it. */
class DeviceGaps {
  readonly #parts: ScanParts
  readonly #counts: Counts
  readonly #stream: Stream
  /** A stream that this history does not know the sender of: then nothing explains a hole. */
  #isSent = false
  #highestRead = -1

  constructor(parts: ScanParts, counts: Counts, stream: Stream) {
    this.#parts = parts
    this.#counts = counts
    this.#stream = stream
  }

  find(): void {
    const { values } = this.#parts
    for (const [sequence, flags] of values.sequences(this.#stream)) {
      if ((flags & ATTEMPTED) !== 0) this.#isSent = true
      if ((flags & READ) !== 0) this.#highestRead = sequence
    }
    let previous = -1
    let hole: [from: number, to: number] | null = null
    for (const [sequence, flags] of values.sequences(this.#stream)) {
      if (sequence > this.#highestRead) break
      // What only a failed transaction was given does not say where the device began.
      if (previous < 0 && (flags & (ATTEMPTED | DROPPED | READ)) === 0) continue
      if (previous >= 0 && sequence > previous + 1) {
        if (this.#isSent) this.#counts.gapsNeverAcked += sequence - previous - 1
        else hole = this.#grow(hole, previous + 1, sequence - 1)
      }
      if (this.#isUnexplained(flags)) hole = this.#grow(hole, sequence, sequence)
      else if (hole !== null && (flags & READ) !== 0) hole = this.#tell(hole)
      previous = sequence
    }
    if (hole !== null) this.#tell(hole)
  }

  #isUnexplained(flags: number): boolean {
    if ((flags & (READ | EXPIRED | LATE)) !== 0) return false
    if ((flags & LOST) !== 0) return true
    // Above everything that was read, but of a device of which a later record was read: an inversion, no hole.
    if ((flags & ACCOUNTABLE) !== 0) return (flags & PLACED) === 0
    if ((flags & (ATTEMPTED | DROPPED)) === 0 && !this.#isSent) return true
    this.#counts[(flags & DROPPED) === 0 ? 'gapsNeverAcked' : 'gapsDropped']++
    return false
  }

  #grow(hole: [number, number] | null, from: number, to: number): [number, number] {
    this.#counts.gapsUnexplained += to - from + 1
    return hole === null ? [from, to] : [hole[0], to]
  }

  #tell([from, to]: [number, number]): null {
    const stream = this.#stream
    const missing = from === to ? `${from} is` : `${from} to ${to} are`
    this.#parts.findings.addToTopic('device-gap', stream.topic, () => ({
      what: `${missing} missing before ${this.#highestRead} of ${stream.prefix}, and nothing explains it`,
      handles: (to > from ? [from, to] : [from]).map(sequence =>
        this.#parts.values.intern(stream.topic, valueIn(stream, sequence)),
      ),
      offsets: [],
      places: [],
      traceValues: true,
    }))
    return null
  }
}
