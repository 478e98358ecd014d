import { AftershockError } from '../core/errors.ts'
import { assertNever } from '../core/exhaustive.ts'
import type { HistoryLine, PartitionAges, SendPart, SettledPart, ShardHeader } from '../record/history.ts'
import type { Catalog } from './catalog.ts'
import { chunksOf, eachLine, type Line, textOf } from './line-reader.ts'
import {
  type Batch,
  byPartition,
  type HistorySink,
  type Outcome,
  offsetAt,
  type Place,
  placeOf,
} from './operation.ts'
import { isOwnRecord } from './part.ts'
import { parseShardLine } from './shard-format.ts'
import { type ScannedShardLine, ShardScanner } from './shard-scanner.ts'

export interface PartitionBounds {
  readonly low: number
  /** The offset after the last. */
  readonly high: number
  /** When they were asked for. */
  readonly t: number
}

/** The first offset of a partition, and when it was asked for. */
export interface PartitionStart {
  readonly low: number
  readonly t: number
}

export type AgesAtRead = PartitionAges & { readonly readAtWallMs: number }

/** What one shard was, beside what it said. */
export interface ShardSummary {
  readonly header: ShardHeader
  /** Why it is not the whole of what its process did; null when it is. */
  readonly incomplete: string | null
  /** Its end counts other lines than there are: what is missing may be anywhere in it. */
  readonly lacksLines: boolean
  readonly bounds: ReadonlyMap<number, PartitionBounds>
  /** Where logs began once they were read; empty where the history does not say. */
  readonly starts: ReadonlyMap<number, PartitionStart>
  /** How old what is stored is; empty where the history does not say. */
  readonly ages: ReadonlyMap<number, AgesAtRead>
  /**
   * Records of requests of which some parts were acknowledged, and nobody knows which: format 1 kept only that the
   * answer was mixed, and devices forgot what was acknowledged.
   */
  readonly mixed: readonly number[]
}

/** Reads a shard of a run into `sink`. `name` is its name in messages and in evidence. */
export async function readShard(
  path: string,
  name: string,
  catalog: Catalog,
  sink: HistorySink,
): Promise<ShardSummary> {
  const reader = new ShardReader(name, catalog, sink)
  const scanner = new ShardScanner(catalog)
  let cut: string | null = null
  const read = (line: Line) => {
    const scanned = scanner.scan(line)
    if (scanned !== null) {
      reader.scanned(scanned, line.number)
      return
    }
    let parsed: HistoryLine
    try {
      parsed = parseShardLine(textOf(line), `${name}:${line.number}`)
    } catch (error) {
      // The process died while it wrote its last line: what came before it counts.
      if (!line.isOpen || line.number === 1) throw error
      cut = 'its last line is cut'
      return
    }
    reader.line(parsed, line.number)
  }
  await eachLine(chunksOf(path), name, read, (...lines) => reader.skips(...lines))
  return reader.end(cut)
}

type Invoke = Extract<ScannedShardLine, { kind: 'invoke' }>

class ShardReader {
  readonly #name: string
  readonly #catalog: Catalog
  readonly #sink: HistorySink
  readonly #file: number
  readonly #pending = new Map<number, { readonly line: Invoke; readonly number: number }>()
  readonly #bounds = new Map<number, PartitionBounds>()
  readonly #starts = new Map<number, PartitionStart>()
  readonly #ages = new Map<number, AgesAtRead>()
  readonly #mixed: number[] = []
  #header: ShardHeader | null = null
  #process = -1
  #lines = 0
  #endedAt: number | null = null

  constructor(name: string, catalog: Catalog, sink: HistorySink) {
    this.#name = name
    this.#catalog = catalog
    this.#sink = sink
    this.#file = catalog.file(name)
  }

  scanned(line: ScannedShardLine, number: number): void {
    this.#begin(number)
    switch (line.kind) {
      case 'invoke':
        if (this.#pending.has(line.op)) throw this.#wrong(number, `operation ${line.op} is invoked twice`)
        this.#pending.set(line.op, { line, number })
        break
      case 'ok':
        this.#answered(line.op, line.t, line.offsets.map(acked), number)
        break
      case 'poll':
        this.#polled(line.batches, line.t, placeOf(this.#file, number))
        break
      default:
        assertNever(line)
    }
  }

  line(line: HistoryLine, number: number): void {
    switch (line.kind) {
      case 'invoke':
        this.scanned({ ...line, batches: line.parts.map(part => this.#batch(part, null)) }, number)
        return
      case 'poll':
        this.scanned({ ...line, batches: line.runs.map(run => this.#batch(run, run[2])) }, number)
        return
      case 'ok':
        this.scanned(line, number)
        return
      case 'header':
        if (this.#header !== null) throw this.#wrong(number, 'a second header')
        this.#header = line
        this.#process = this.#catalog.process(line.process)
        break
      default:
        break
    }
    this.#begin(number)
    if (line.kind !== 'header') this.#other(line, number)
  }

  #begin(number: number): void {
    if (this.#header === null) throw this.#wrong(number, 'a shard begins with its header')
    if (this.#endedAt !== null) throw this.#wrong(number, 'there is something after the end of the shard')
    this.#lines++
  }

  #other(line: Exclude<HistoryLine, { kind: 'header' | 'invoke' | 'poll' | 'ok' }>, number: number): void {
    const place = placeOf(this.#file, number)
    switch (line.kind) {
      case 'fail':
      case 'info':
        if (line.error.startsWith(MIXED)) this.#keepMixed(line.op)
        this.#answered(line.op, line.t, line.kind, number)
        break
      case 'settled':
        this.#answered(line.op, line.t, line.parts.map(settled), number)
        break
      case 'drop':
        this.#sink.drop({ process: this.#process, place, ...this.#records(line.topic, line.records) })
        break
      case 'repeat':
        this.#sink.repeat({ process: this.#process, place, ...this.#records(line.topic, line.records) })
        break
      case 'faulty':
        this.#sink.faulty({
          process: this.#process,
          place,
          what: line.what,
          ...this.#records(line.topic, line.records),
        })
        break
      case 'repair':
        this.#sink.repaired({ process: this.#process, place, ...this.#records(line.topic, line.records) })
        break
      case 'assign':
      case 'commit':
      case 'committed':
        this.#consumer(line, place)
        break
      case 'bounds':
        for (const [topic, partition, low, high] of line.partitions)
          this.#bounds.set(this.#partition(topic, partition), { low, high, t: line.t })
        break
      case 'starts':
        for (const [topic, partition, low] of line.partitions)
          this.#starts.set(this.#partition(topic, partition), { low, t: line.t })
        break
      case 'ages':
        for (const of of line.partitions)
          this.#ages.set(this.#partition(of.topic, of.partition), { ...of, readAtWallMs: line.wallMs })
        break
      case 'end':
        this.#endedAt = line.lines
        break
      default:
        assertNever(line)
    }
  }

  /** Passes over what the sink has no interest in, but not before what it awaits is answered. */
  skips(bytes: Buffer, to: number, firstLine: number): boolean {
    const { interest } = this.#sink
    if (interest === undefined || this.#header === null) return false
    for (const { line, number } of this.#pending.values())
      if (interest.awaits(placeOf(this.#file, number), line.batches)) return false
    if (!interest.skips(bytes, to, this.#file, firstLine)) return false
    this.#pending.clear()
    return true
  }

  end(cut: string | null): ShardSummary {
    if (this.#header === null) throw this.#wrong(1, 'an empty file; a shard begins with its header')
    for (const { line, number } of this.#pending.values())
      this.#emit(line, line.batches.map(unheard), line.t, placeOf(this.#file, number))
    return {
      header: this.#header,
      incomplete: cut ?? this.#whyIncomplete(),
      lacksLines: this.#lacksLines,
      bounds: this.#bounds,
      starts: this.#starts,
      ages: this.#ages,
      mixed: this.#mixed,
    }
  }

  #whyIncomplete(): string | null {
    if (this.#endedAt === null) return 'it has no end line'
    return this.#lacksLines
      ? `its end counts ${this.#endedAt} lines before it, and there are ${this.#lines - 1}`
      : null
  }

  get #lacksLines(): boolean {
    return this.#endedAt !== null && this.#endedAt !== this.#lines - 1
  }

  #keepMixed(op: number): void {
    for (const { handles } of this.#pending.get(op)?.line.batches ?? NONE) this.#mixed.push(...handles)
  }

  /** `fates` tells what became of each part, or of all. */
  #answered(op: number, t: number, fates: readonly Fate[] | 'fail' | 'info', number: number): void {
    const invoked = this.#pending.get(op)
    if (invoked === undefined) {
      // Or was passed over.
      if (this.#sink.interest) return
      throw this.#wrong(number, `operation ${op} is answered but was not invoked`)
    }
    this.#pending.delete(op)
    const { batches } = invoked.line
    const each = typeof fates === 'string' ? batches.map(() => ({ outcome: fates, base: null })) : fates
    if (each.length !== batches.length)
      throw this.#wrong(number, `operation ${op} had ${batches.length} parts and has ${each.length} answers`)
    this.#emit(invoked.line, each, t, placeOf(this.#file, invoked.number))
  }

  /**
   * Its place is the line that invoked it, which names its records. Every part is an operation of its own: a partition's batch is stored whole or not at all, a request is not.
   */
  #emit({ batches, t }: Invoke, fates: readonly Fate[], time: number, place: Place): void {
    for (const [i, batch] of batches.entries()) {
      const { base, ...fate } = fates[i] as Fate
      this.#operation(fate, [{ ...batch, base }], NONE, { time, invokedAt: t }, place)
    }
  }

  #polled(runs: readonly Batch[], time: number, place: Place): void {
    this.#operation({ outcome: 'ok' }, NONE, mergeRuns(runs), { time, invokedAt: null }, place)
  }

  #operation(
    fate: Omit<Fate, 'base'>,
    sends: readonly Batch[],
    polls: readonly Batch[],
    times: { readonly time: number; readonly invokedAt: number | null },
    place: Place,
  ): void {
    const witness = polls.length > 0 && this.#header?.role === 'final-read'
    const process = this.#process
    const { time, invokedAt } = times
    this.#sink.operation({
      process,
      ...fate,
      time,
      invokedAt,
      place,
      index: null,
      witness,
      sends: this.#own(sends),
      polls: this.#own(polls),
      moved: NONE,
    })
  }

  /** What is of another part of the run is not for the sink. */
  #own(batches: readonly Batch[]): readonly Batch[] {
    if (this.#catalog.part.count === 1) return batches
    return batches.filter(({ partition }) => this.#catalog.isOwn(partition))
  }

  #consumer(line: Extract<HistoryLine, { kind: 'assign' | 'commit' | 'committed' }>, place: Place): void {
    const common = { process: this.#process, place, index: null }
    const numbered = <T>(offsets: readonly (readonly [topic: string, partition: number, offset: T])[]) =>
      offsets
        .map(([topic, number, offset]) => [this.#partition(topic, number), offset] as const)
        .filter(([partition]) => this.#catalog.isOwn(partition))
    if (line.kind === 'commit') {
      this.#sink.commit({ ...common, time: line.t, group: line.group, offsets: numbered(line.offsets) })
      return
    }
    if (line.kind === 'committed') {
      this.#sink.found({ ...common, group: line.group, offsets: numbered(line.offsets) })
      return
    }
    const kept = new Set(line.partitions.map(([topic, number]) => this.#partition(topic, number)))
    this.#sink.assignment({
      ...common,
      keeps: partition => kept.has(partition),
      group: line.resumes ?? null,
      rewinds: line.resumes !== undefined,
    })
  }

  /** Of a part of a send, or of a run of a poll: both are a topic, a partition, a number and records. */
  #batch([topic, number, , records]: SendPart, base: number | null): Batch {
    const topicId = this.#catalog.topic(topic)
    const partition = this.#catalog.partition(topicId, number)
    const own = this.#catalog.isOwn(partition) ? records : []
    return { partition, handles: this.#handles(topicId, own), base, offsets: null }
  }

  /** Of a line that names records and no partition. */
  #records(topicName: string, records: readonly string[]) {
    const topic = this.#catalog.topic(topicName)
    const own = records.filter(record => isOwnRecord(this.#catalog.part, record))
    return { topic, handles: this.#handles(topic, own) }
  }

  #handles(topic: number, records: readonly string[]): number[] {
    return records.map(record => this.#catalog.values.intern(topic, record))
  }

  #partition(topic: string, number: number): number {
    return this.#catalog.partition(this.#catalog.topic(topic), number)
  }

  #wrong(number: number, what: string): AftershockError {
    return new AftershockError('input', `${this.#name}:${number}: ${what}`, {
      hint: 'The shard was not written by this version, or was changed since.',
    })
  }
}

const NONE: readonly never[] = []

/** How the error of an answer began, in format 1, that acknowledged some of the request's parts. */
const MIXED = 'mixed answer: '

/** What became of one partition's part of a request. */
interface Fate {
  readonly outcome: Outcome
  readonly base: number | null
  readonly isRefused?: true
}

const acked = (base: number | null): Fate => ({ outcome: 'ok', base })
const unheard = (): Fate => ({ outcome: 'info', base: null })
const OUTCOMES = { failed: 'fail', unknown: 'info', refused: 'fail' } as const

function settled(part: SettledPart): Fate {
  if (part[0] === 'acked') return acked(part[1])
  const fate = { outcome: OUTCOMES[part[0]], base: null }
  return part[0] === 'refused' ? { ...fate, isRefused: true } : fate
}

/** Runs of one partition that a single poll returned are one batch, so that the jump between them is seen. */
function mergeRuns(runs: readonly Batch[]): readonly Batch[] {
  if (runs.length < 2) return runs
  const groups = byPartition(runs)
  if (groups.size === runs.length) return runs
  return [...groups].map(([partition, own]) => ({
    partition,
    handles: own.flatMap(run => run.handles),
    base: null,
    offsets: own.flatMap(run => run.handles.map((_, i) => offsetAt(run, i))),
  }))
}
