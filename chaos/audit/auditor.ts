import { type AttemptCounts, Attempts } from './attempts.ts'
import type { Catalog } from './catalog.ts'
import { type CleanerSamples, reachOf } from './cleaner-samples.ts'
import { Compaction } from './compaction.ts'
import { Findings } from './findings.ts'
import { GroupCommits } from './group-commits.ts'
import { GroupReads } from './group-reads.ts'
import { scanLog } from './log-scan.ts'
import { Markers } from './markers.ts'
import { MissingAges } from './missing-ages.ts'
import { OffsetMap } from './offset-map.ts'
import {
  type Assignment,
  type Batch,
  byPartition,
  type Commit,
  type Drop,
  type Faulty,
  type Found,
  type HistorySink,
  offsetAt,
  type Operation,
  type Repaired,
  type Repeat,
} from './operation.ts'
import { PollOrder } from './poll-order.ts'
import { scanRecords } from './record-scan.ts'
import { Removals } from './removals.ts'
import type { Reach } from './scan-parts.ts'
import { SendOrder, type Sent } from './send-order.ts'
import { zeroCounts } from './tally.ts'
import type { Counts } from '../record/audit-file.ts'
import { UnknownSends } from './unknown-sends.ts'
import { DROPPED, EXPIRED, LATE, POLLED, READ } from './value-flags.ts'
import { WrongFirmware } from './wrong-firmware.ts'
import type { ValueTable } from './value-table.ts'

export interface AuditorOptions {
  readonly catalog: Catalog
  /**
   * `run`: a final read is the witness, records of one send stand side by side, and failed sends that are
   * stored are told. `open`: every successful poll is a witness.
   */
  readonly kind: 'open' | 'run'
  /** When the witness asked for the partition's bounds; later acknowledgements are beyond its word. */
  readonly readAt?: (partition: number) => number | null
  /** When the witness asked again where the partition begins, once it had read it; null where it did not. */
  readonly startsAt?: (partition: number) => number | null
  /** The offset after the last of the partition; null where nobody asked. @default as the history tells */
  readonly endOf?: (partition: number) => number | null
  /** By handle: what a mirror may have copied here from a cluster to which it was sent too. @default nothing */
  readonly elsewhere?: ReadonlySet<number>
  /** How far the brokers' log cleaners were seen to come. @default nobody looked */
  readonly cleaners?: CleanerSamples | null
}

/**
 * The engine: takes the operations of a history in order, then `finish` tells what was wrong. Per record it
 * keeps two bytes of flags and four bytes for each offset; everything else grows with devices, partitions,
 * processes and with what went wrong.
 */
export class Auditor implements HistorySink {
  readonly values: ValueTable
  readonly offsets = new OffsetMap()
  readonly findings: Findings
  readonly counts: Counts[] = []
  operations = 0
  readonly #options: AuditorOptions
  readonly removals: Removals
  readonly #ages: MissingAges
  /** How many more copies of a record its device meant. */
  readonly #meant = new Map<number, number>()
  readonly #firmware = new WrongFirmware()
  readonly #attempts: Attempts
  readonly #commits: GroupCommits
  readonly #groupReads = new GroupReads()
  readonly #markers = new Markers()
  readonly #pollOrder: PollOrder
  readonly #sendOrder: SendOrder
  readonly #unknown: UnknownSends

  constructor(options: AuditorOptions) {
    this.#options = options
    this.values = options.catalog.values
    const { values, offsets } = this
    this.findings = new Findings(partition => options.catalog.topicOf(partition))
    const { findings, counts } = this
    const { catalog } = options
    const never = () => null
    this.#ages = new MissingAges(catalog, options.readAt ?? never, options.startsAt ?? never)
    this.removals = new Removals({ catalog, findings, counts, ages: this.#ages })
    this.#attempts = new Attempts(values)
    this.#commits = new GroupCommits(findings)
    this.#pollOrder = new PollOrder({
      offsets,
      findings,
      isRemoved: handle => (values.flags(handle) & EXPIRED) !== 0,
      resumesAt: (process, partition) => this.#commits.position(process, partition),
    })
    this.#sendOrder = new SendOrder(offsets, findings)
    this.#unknown = new UnknownSends({
      values,
      offsets,
      attemptsOf: handle => this.#attempts.of(handle),
      contiguous: options.kind === 'run',
    })
  }

  operation(operation: Operation): void {
    this.operations++
    for (const batch of operation.sends) this.#sent(operation, batch)
    const { sends, polls, outcome } = operation
    if (sends.length > 0 && (outcome === 'info' || sends.some(batch => isUnplaced(outcome, batch))))
      this.#unknown.keep(operation)
    if (sends.length > 0 && polls.length > 0) this.#lookForOwn(operation)
    for (const batch of polls) this.#read(operation, batch)
    if (polls.length > 0 && !this.#isFinalRead(operation)) this.#given(operation)
  }

  assignment(assignment: Assignment): void {
    this.operations++
    const { process, keeps, rewinds } = assignment
    const kept = rewinds ? () => false : keeps
    this.#pollOrder.keepOnly(process, kept)
    this.#sendOrder.keepOnly(process, keeps)
    this.#commits.joined(assignment)
    // A subscription that names no group may be of any: a commit tells.
    if (assignment.group) this.#groupReads.joined(process, assignment.group)
  }

  crash(process: number): void {
    this.operations++
    this.#pollOrder.keepOnly(process, () => false)
    this.#sendOrder.keepOnly(process, () => false)
    this.#commits.left(process)
    this.#groupReads.left(process)
  }

  commit(commit: Commit): void {
    this.operations++
    this.#commits.committed(commit)
    this.#groupReads.committed(commit)
  }

  found(found: Found): void {
    this.operations++
    this.#commits.found(found)
    this.#groupReads.found(found)
  }

  drop(drop: Drop): void {
    this.operations++
    for (const handle of drop.handles) this.values.mark(handle, DROPPED)
    this.#count(drop.topic).dropped += drop.handles.length
  }

  repeat({ handles }: Repeat): void {
    this.operations++
    for (const handle of handles) this.#meant.set(handle, (this.#meant.get(handle) ?? 0) + 1)
  }

  faulty(faulty: Faulty): void {
    this.operations++
    this.#firmware.told(faulty, this.values)
  }

  repaired({ handles }: Repaired): void {
    this.operations++
    this.#firmware.wasRepaired(handles)
  }

  /** Everything was read: works out what that means. Call once. */
  finish(reach: (partition: number) => Reach): void {
    const { catalog, kind } = this.#options
    for (const topic of catalog.topics.keys()) this.#count(topic)
    this.#unknown.finish()
    const parts = { catalog, kind, values: this.values, offsets: this.offsets, findings: this.findings }
    const attempts = this.#attempts
    const firmware = this.#firmware
    const { elsewhere = new Set<number>() } = this.#options
    const scan = { ...parts, counts: this.counts, attempts, meant: this.#meant, firmware, elsewhere, reach }
    const positions = scanLog(scan, {
      wanted: [...this.#placeable(), ...this.#unknown.passedOver.map(({ anchor }) => anchor)],
      passedOver: this.#unknown.passedOver,
      removals: this.removals,
      compaction: kind === 'run' ? this.#compaction() : null,
    })
    this.#pollOrder.finish()
    this.#groupReads.finish({
      offsets: this.offsets,
      findings: this.findings,
      countsOf: partition => this.#count(catalog.topicOf(partition)),
      endOf: this.#options.endOf ?? (partition => this.#markers.highestEnd(this.offsets, partition)),
      endAt: partition => (this.#options.endOf ? (this.#options.readAt?.(partition) ?? null) : null),
    })
    this.#sendOrder.finish(handle => {
      const at = positions.get(handle)
      return at?.length === 1 && isOnly(attempts.of(handle)) ? at[0]?.offset : undefined
    })
    scanRecords(scan)
    firmware.tell(this.values, this.findings)
  }

  #compaction(): Compaction {
    const { catalog, cleaners = null } = this.#options
    const cleanedUpTo = reachOf(cleaners, catalog, partition => this.#ages.readAt(partition))
    return new Compaction({ catalog, offsets: this.offsets, cleanedUpTo })
  }

  /** The values of sends that wait for their offset, as far as it will tell which attempt put them there. */
  *#placeable(): Generator<number> {
    for (const handle of this.#sendOrder.wanted()) if (isOnly(this.#attempts.of(handle))) yield handle
  }

  #sent(operation: Operation, batch: Batch): void {
    const { outcome, process, place, time } = operation
    const { partition, handles } = batch
    const counts = this.#count(this.#options.catalog.topicOf(partition))
    counts.sends += handles.length
    if (this.#options.kind === 'open') this.#markers.sent(batch, outcome)
    counts[outcome === 'ok' ? 'acked' : outcome === 'fail' ? 'failed' : 'unknown'] += handles.length
    if (operation.isRefused && handles.length === 1) counts.refused++
    const readAt = this.#options.readAt?.(partition) ?? null
    const isLate = outcome === 'ok' && readAt !== null && time !== null && time > readAt
    for (let i = 0; i < handles.length; i++) {
      const handle = handles[i] as number
      this.#attempts.add(handle, outcome)
      if (outcome !== 'ok') continue
      const offset = offsetAt(batch, i)
      if (offset !== null) this.offsets.claim(partition, offset, handle)
      if (isLate) this.values.mark(handle, LATE)
    }
    if (outcome === 'fail' || handles.length === 0) return
    if (operation.invokedAt !== null) this.#ages.sent(partition, handles, operation.invokedAt)
    const last = handles.length - 1
    // The batch of a produce request is stored as it is or not at all: its inside needs no look.
    if (this.#options.kind === 'run' || last === 0)
      this.#sendOrder.sentRange(
        process,
        partition,
        sentAt(outcome, batch, 0),
        sentAt(outcome, batch, last),
        place,
      )
    else
      this.#sendOrder.sent(
        process,
        partition,
        handles.map((_, i) => sentAt(outcome, batch, i)),
        place,
      )
  }

  #read(operation: Operation, batch: Batch): void {
    const { partition, handles } = batch
    const isOk = operation.outcome === 'ok'
    const isFinalRead = this.#isFinalRead(operation)
    if (isFinalRead && operation.time !== null) this.#ages.looked(partition, operation.time)
    const bits = (operation.witness && isOk ? READ : 0) | (isOk && !isFinalRead ? POLLED : 0)
    if (isOk && !isFinalRead) this.#count(this.#options.catalog.topicOf(partition)).polled += handles.length
    for (let i = 0; i < handles.length; i++) {
      const handle = handles[i] as number
      if (bits !== 0) this.values.mark(handle, bits)
      const offset = offsetAt(batch, i)
      if (offset === null) continue
      if ((bits & READ) !== 0) this.offsets.see(partition, offset, handle, operation.place)
      else this.offsets.claim(partition, offset, handle)
    }
  }

  /** The consumer's side of an operation: was it given the log in order? */
  #given(operation: Operation): void {
    const { process, polls, place } = operation
    for (const batch of polls) {
      const position = this.#pollOrder.position(process, batch.partition)
      if (position === null) this.#commits.resumed(process, batch, place)
      // The position is the order's own, which moves it.
      if (operation.outcome === 'ok')
        this.#groupReads.given(process, batch, position && { ...position }, place)
      else if (operation.outcome === 'info') this.#groupReads.perhapsGiven(process, batch)
    }
    this.#pollOrder.polled(operation)
  }

  /** Kafka's readers are to see only what is committed, their own transaction's records included. */
  #lookForOwn({ sends, polls, place }: Operation): void {
    const sent = byPartition(sends)
    for (const poll of polls) {
      const own = new Set((sent.get(poll.partition) ?? []).flatMap(send => send.handles))
      const seen = poll.handles.find(handle => own.has(handle))
      if (seen !== undefined)
        this.findings.add('precommitted-read', poll.partition, () => ({
          what: 'a transaction was given a record that it had itself sent',
          handles: [seen],
          offsets: [],
          places: [place],
          traceValues: false,
        }))
    }
  }

  #isFinalRead({ witness }: Operation): boolean {
    return witness && this.#options.kind === 'run'
  }

  #count(topic: number): Counts {
    let counts = this.counts[topic]
    if (counts === undefined) {
      counts = zeroCounts()
      this.counts[topic] = counts
    }
    return counts
  }
}

/** Only one attempt can have stored the value. */
function isOnly({ acked, unknown }: AttemptCounts): boolean {
  return acked + unknown === 1
}

/** An unknown send's offsets are not taken from its own line: they count only once it is proven. */
function sentAt(outcome: Operation['outcome'], batch: Batch, i: number): Sent {
  return { handle: batch.handles[i] as number, offset: outcome === 'ok' ? offsetAt(batch, i) : null }
}

/** Acknowledged without offsets: what its neighbours tell may still place it. */
function isUnplaced(outcome: Operation['outcome'], batch: Batch): boolean {
  return (
    outcome === 'ok' && batch.handles.length > 1 && batch.handles.some((_, i) => offsetAt(batch, i) === null)
  )
}
