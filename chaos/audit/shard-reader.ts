import type { Catalog } from './catalog.ts'
import { AftershockError } from '../core/errors.ts'
import type { HistoryLine, ShardHeader } from '../core/history.ts'
import { assertNever } from '../core/exhaustive.ts'
import { eachLine } from './line-reader.ts'
import type { HistorySink, Outcome, Place } from './operation.ts'
import { placeOf } from './operation.ts'
import { parseShardLine } from './shard-format.ts'

export interface PartitionBounds {
  readonly low: number
  /** The offset after the last. */
  readonly high: number
  /** When they were asked for. */
  readonly t: number
}

/** What one shard was, beside what it said. */
export interface ShardSummary {
  readonly header: ShardHeader
  /** Why it is not the whole of what its process did; null when it is. */
  readonly incomplete: string | null
  readonly bounds: ReadonlyMap<number, PartitionBounds>
}

/** Reads a shard of a run into `sink`. `name` is its name in messages and in evidence. */
export async function readShard(
  path: string,
  name: string,
  catalog: Catalog,
  sink: HistorySink,
  onHeader: (header: ShardHeader) => void = () => {},
): Promise<ShardSummary> {
  const reader = new ShardReader(name, catalog, sink)
  let cut: string | null = null
  await eachLine(path, name, ({ text, number, isOpen }) => {
    let line: HistoryLine
    try {
      line = parseShardLine(text, `${name}:${number}`)
    } catch (error) {
      // The process died while it wrote its last line: what came before it counts.
      if (!isOpen || number === 1) throw error
      cut = 'its last line is cut'
      return
    }
    if (line.kind === 'header' && number === 1) onHeader(line)
    reader.line(line, number)
  })
  return reader.end(cut)
}

type Invoke = Extract<HistoryLine, { kind: 'invoke' }>
type Answer = Extract<HistoryLine, { kind: 'ok' | 'fail' | 'info' }>
type Poll = Extract<HistoryLine, { kind: 'poll' }>

class ShardReader {
  readonly #name: string
  readonly #catalog: Catalog
  readonly #sink: HistorySink
  readonly #file: number
  readonly #pending = new Map<number, { readonly line: Invoke; readonly number: number }>()
  readonly #bounds = new Map<number, PartitionBounds>()
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

  line(line: HistoryLine, number: number): void {
    if (this.#header === null && line.kind !== 'header')
      throw this.#wrong(number, 'a shard begins with its header')
    if (this.#endedAt !== null) throw this.#wrong(number, 'there is something after the end of the shard')
    this.#lines++
    const place = placeOf(this.#file, number)
    switch (line.kind) {
      case 'header':
        if (this.#header !== null) throw this.#wrong(number, 'a second header')
        this.#header = line
        this.#process = this.#catalog.process(line.process)
        break
      case 'invoke':
        if (this.#pending.has(line.op)) throw this.#wrong(number, `operation ${line.op} is invoked twice`)
        this.#pending.set(line.op, { line, number })
        break
      case 'ok':
      case 'fail':
      case 'info':
        this.#answered(line, number)
        break
      case 'poll':
        this.#polled(line, place)
        break
      case 'drop':
        this.#sink.drop({
          process: this.#process,
          place,
          topic: this.#catalog.topic(line.topic),
          values: line.records,
        })
        break
      case 'assign':
      case 'commit':
        this.#consumer(line, place)
        break
      case 'bounds':
        for (const [topic, partition, low, high] of line.partitions)
          this.#bounds.set(this.#catalog.partition(topic, partition), { low, high, t: line.t })
        break
      case 'end':
        this.#endedAt = line.lines
        break
      default:
        assertNever(line)
    }
  }

  end(cut: string | null): ShardSummary {
    if (this.#header === null) throw this.#wrong(1, 'an empty file; a shard begins with its header')
    for (const { line, number } of this.#pending.values())
      this.#emit(line, 'info', null, line.t, placeOf(this.#file, number))
    return {
      header: this.#header,
      incomplete: cut ?? this.#whyIncomplete(),
      bounds: this.#bounds,
    }
  }

  #whyIncomplete(): string | null {
    if (this.#endedAt === null) return 'it has no end line'
    const before = this.#lines - 1
    return this.#endedAt === before
      ? null
      : `its end counts ${this.#endedAt} lines before it, and there are ${before}`
  }

  #answered(line: Answer, number: number): void {
    const invoked = this.#pending.get(line.op)
    if (invoked === undefined)
      throw this.#wrong(number, `operation ${line.op} is answered but was not invoked`)
    this.#pending.delete(line.op)
    const offsets = line.kind === 'ok' ? line.offsets : null
    if (offsets !== null && offsets.length !== invoked.line.parts.length)
      throw this.#wrong(
        number,
        `operation ${line.op} had ${invoked.line.parts.length} parts and has ${offsets.length} offsets`,
      )
    this.#emit(invoked.line, line.kind, offsets, line.t, placeOf(this.#file, number))
  }

  /** Every part is an operation of its own: a partition's batch is stored whole or not at all, a request is not. */
  #emit(
    { parts }: Invoke,
    outcome: Outcome,
    offsets: readonly (number | null)[] | null,
    time: number,
    place: Place,
  ): void {
    for (const [i, [topic, number, , values]] of parts.entries()) {
      const partition = this.#catalog.partition(topic, number)
      const sends = [{ partition, values, base: offsets?.[i] ?? null, offsets: null }]
      this.#sink.operation({ ...this.#common(place, time), outcome, sends, polls: [], witness: false })
    }
  }

  #polled({ runs, t }: Poll, place: Place): void {
    const polls = mergeRuns(
      runs.map(([topic, number, base, values]) => ({
        partition: this.#catalog.partition(topic, number),
        values,
        base,
        offsets: null,
      })),
    )
    const witness = this.#header?.role === 'final-read'
    this.#sink.operation({ ...this.#common(place, t), outcome: 'ok', sends: [], polls, witness })
  }

  #consumer(line: Extract<HistoryLine, { kind: 'assign' | 'commit' }>, place: Place): void {
    const common = { process: this.#process, place, index: null }
    if (line.kind === 'commit') {
      const offsets = line.offsets.map(
        ([topic, number, offset]) => [this.#catalog.partition(topic, number), offset] as const,
      )
      this.#sink.commit({ ...common, group: line.group, offsets })
      return
    }
    const kept = new Set(line.partitions.map(([topic, number]) => this.#catalog.partition(topic, number)))
    this.#sink.assignment({
      ...common,
      keeps: partition => kept.has(partition),
      group: null,
      rewinds: false,
    })
  }

  #common(place: Place, time: number) {
    return { process: this.#process, place, time, index: null, moved: [] }
  }

  #wrong(number: number, what: string): AftershockError {
    return new AftershockError('input', `${this.#name}:${number}: ${what}`, {
      hint: 'The shard was not written by this version, or was changed since.',
    })
  }
}

interface Run {
  readonly partition: number
  readonly values: readonly string[]
  readonly base: number
  readonly offsets: null
}

/** Runs of one partition that a single poll returned are one batch, so that the jump between them is seen. */
function mergeRuns(runs: readonly Run[]) {
  const partitions = new Set(runs.map(run => run.partition))
  if (partitions.size === runs.length) return runs
  return [...partitions].map(partition => {
    const own = runs.filter(run => run.partition === partition)
    const [only] = own
    if (own.length === 1 && only !== undefined) return only
    return {
      partition,
      values: own.flatMap(run => run.values),
      base: null,
      offsets: own.flatMap(run => run.values.map((_, i) => run.base + i)),
    }
  })
}
