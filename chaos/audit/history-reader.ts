import { AftershockError } from '../core/errors.ts'
import type { Catalog } from './catalog.ts'
import { type HistoryLine, type PollStep, parseHistoryLine, type SendStep } from './history-format.ts'
import { HistoryScanner, type ScannedOperation } from './history-scanner.ts'
import { eachLine, type Line, textOf } from './line-reader.ts'
import {
  type Batch,
  BatchBuilder,
  type HistorySink,
  lineOf,
  type Outcome,
  type Place,
  placeOf,
  type Value,
} from './operation.ts'

type OperationLine = Extract<HistoryLine, { f: 'send' | 'poll' | 'txn' }>
type AssignmentLine = Extract<HistoryLine, { f: 'assign' | 'subscribe' }>
type CommitLine = Extract<HistoryLine, { f: 'commit' }>

interface Invoked {
  readonly operation: ScannedOperation
  readonly place: Place
  /** Others of its sends were answered, so that these do not stand or fall together. */
  readonly isMixed?: true
}

/** A history in the open format; `name` is its name in messages and in evidence. */
export interface HistorySource {
  readonly name: string
  /** Called once for each time that it is read. */
  readonly chunks: () => AsyncIterable<Buffer>
}

/** Reads a history into `sink`; resolves to the number of its lines. */
export async function readHistory(
  source: HistorySource,
  catalog: Catalog,
  sink: HistorySink,
): Promise<number> {
  const { name } = source
  const reader = new HistoryReader(catalog, sink, name)
  const scanner = new HistoryScanner(catalog)
  const read = (line: Line) => {
    const scanned = scanner.scan(line)
    if (scanned !== null) {
      reader.operation(scanned, line.number)
      return
    }
    const parsed = parseHistoryLine(textOf(line), `${name}:${line.number}`)
    if (parsed !== null) reader.parsed(parsed, line.number)
  }
  await eachLine(source.chunks(), name, read, (...lines) => reader.skips(...lines))
  reader.end()
  return reader.lines
}

/** Pairs what was invoked with what became of it. */
class HistoryReader {
  lines = 0
  readonly #catalog: Catalog
  readonly #sink: HistorySink
  readonly #file: number
  readonly #name: string
  readonly #invoked = new Map<number, Invoked>()

  constructor(catalog: Catalog, sink: HistorySink, name: string) {
    this.#catalog = catalog
    this.#sink = sink
    this.#file = catalog.file(name)
    this.#name = name
  }

  parsed(line: HistoryLine, number: number): void {
    const process = this.#catalog.process(line.process)
    const place = placeOf(this.#file, number)
    switch (line.f) {
      case 'send':
      case 'poll':
      case 'txn':
        this.operation(this.#fromLine(line), number)
        return
      case 'assign':
      case 'subscribe':
        if (line.type === 'ok' || line.type === 'info') this.#assignment(process, line, place)
        break
      case 'commit':
        if (line.type === 'ok') this.#commit(process, line, place)
        break
      case 'crash':
        this.#abandon(process)
        this.#sink.crash(process)
        break
      case 'debug-topic-partitions':
        break
    }
    this.lines++
  }

  operation(operation: ScannedOperation, number: number): void {
    this.lines++
    const { type, process } = operation
    const place = placeOf(this.#file, number)
    if (type === 'invoke') {
      this.#abandon(process)
      this.#invoked.set(process, { operation, place })
      return
    }
    const invoked = this.#invoked.get(process)
    this.#invoked.delete(process)
    if (invoked && !operation.isBlank) {
      const { left, unasked } = remainder(invoked.operation, operation)
      if (unasked) throw this.#answersWhatWasNotSent(unasked, number, lineOf(invoked.place))
      if (left) this.#invoked.set(process, { ...invoked, operation: left, isMixed: true })
    }
    if (operation.isBlank && invoked) {
      const { sends, polls } = invoked.operation
      this.#emit({ ...operation, sends, polls }, type, place)
    } else this.#emit(operation, type, place)
  }

  #answersWhatWasNotSent({ partition, handle }: Unasked, number: number, invokedAt: number): AftershockError {
    const value = JSON.stringify(this.#catalog.values.valueOf(handle))
    const key = this.#catalog.partitions[partition]?.name
    return new AftershockError(
      'input',
      `${this.#name}:${number}: answers the send of ${value} to ${key}, but line ${invokedAt}, which it answers, sends no such record`,
      { hint: 'an answer repeats the sends of its invoke, or some of them: docs/audit.md has examples' },
    )
  }

  /** Passes over what the sink has no interest in, but not before what it awaits is answered. */
  skips(bytes: Buffer, to: number, firstLine: number): boolean {
    const { interest } = this.#sink
    if (interest === undefined) return false
    for (const { operation, place } of this.#invoked.values())
      if (interest.awaits(place, operation.sends)) return false
    if (!interest.skips(bytes, to, this.#file, firstLine)) return false
    this.#invoked.clear()
    return true
  }

  /** What was invoked and never answered may have happened. */
  end(): void {
    for (const process of this.#invoked.keys()) this.#abandon(process)
  }

  #abandon(process: number): void {
    const invoked = this.#invoked.get(process)
    if (invoked === undefined) return
    this.#invoked.delete(process)
    const { operation, place, isMixed } = invoked
    if (!isMixed) this.#emit(operation, 'info', place)
    else for (const batch of operation.sends) this.#emit({ ...operation, sends: [batch] }, 'info', place)
  }

  #emit(
    { process, index, time, sends, polls, moved }: ScannedOperation,
    outcome: Outcome,
    place: Place,
  ): void {
    this.#sink.operation({
      process,
      outcome,
      time,
      invokedAt: null,
      place,
      index,
      witness: true,
      sends,
      polls,
      moved,
    })
  }

  #assignment(process: number, line: AssignmentLine, place: Place): void {
    const names = new Set((line.value ?? []).map(String))
    this.#sink.assignment({
      process,
      place,
      index: line.index ?? null,
      keeps: partition => {
        const { name } = this.#catalog.partitions[partition] ?? { name: '' }
        return names.has(name) || (line.f === 'subscribe' && names.has(topicOfKey(name)))
      },
      group: line.group ?? (line.f === 'subscribe' ? '' : null),
      rewinds: line['seek-to-beginning?'] === true,
    })
  }

  #commit(process: number, line: CommitLine, place: Place): void {
    this.#sink.commit({
      process,
      place,
      index: line.index ?? null,
      time: null,
      group: line.group ?? '',
      offsets: (line.value ?? []).map(([key, offset]) => [this.#partition(key), offset] as const),
    })
  }

  #fromLine(line: OperationLine): ScannedOperation {
    const sends = new BatchBuilder()
    const polls = new BatchBuilder()
    for (const step of line.value ?? []) this.#step(step, sends, polls)
    return {
      type: line.type,
      process: this.#catalog.process(line.process),
      index: line.index ?? null,
      time: line.time ?? null,
      sends: sends.batches,
      polls: polls.batches,
      moved: (line['rebalance-log'] ?? []).flatMap(({ keys }) => keys.map(key => this.#partition(key))),
      isBlank: line.value === null || line.value === undefined,
    }
  }

  #step(step: SendStep | PollStep, sends: BatchBuilder, polls: BatchBuilder): void {
    const add = (builder: BatchBuilder, key: string | number, offset: number | null, value: Value) => {
      const partition = this.#partition(key)
      builder.add(partition, offset, this.#catalog.values.intern(this.#catalog.topicOf(partition), value))
    }
    if (step[0] === 'send') {
      const [, key, sent] = step
      if (typeof sent === 'object') add(sends, key, sent[0], sent[1])
      else add(sends, key, null, sent)
      return
    }
    for (const [key, pairs] of Object.entries(step[1] ?? {}))
      for (const [offset, value] of pairs) add(polls, key, offset, value)
  }

  #partition(key: string | number): number {
    return this.#catalog.key(this.#catalog.topic(String(key)))
  }
}

interface Unasked {
  readonly partition: number
  readonly handle: number
}

/**
 * `left`: the sends that an answer leaves open, since of a mixed answer each line names those of one outcome; null: it
 * names all. `unasked`: one that it names and that was not invoked.
 */
function remainder(
  invoked: ScannedOperation,
  { sends }: ScannedOperation,
): { readonly left: ScannedOperation | null; readonly unasked?: Unasked } {
  if (isSame(invoked.sends, sends)) return { left: null }
  const builder = new BatchBuilder()
  const answers = new Map(sends.map(({ partition, handles }) => [partition, timesOf(handles)]))
  for (const { partition, handles } of invoked.sends) {
    const answered = answers.get(partition)
    for (const handle of handles) {
      const times = answered?.get(handle) ?? 0
      if (times === 0) builder.add(partition, null, handle)
      else answered?.set(handle, times - 1)
    }
  }
  for (const [partition, times] of answers)
    for (const [handle, more] of times) if (more > 0) return { left: null, unasked: { partition, handle } }
  const { batches } = builder
  return { left: batches.length === 0 ? null : { ...invoked, sends: batches, polls: [] } }
}

function timesOf(handles: readonly number[]): Map<number, number> {
  const times = new Map<number, number>()
  for (const handle of handles) times.set(handle, (times.get(handle) ?? 0) + 1)
  return times
}

/** The same records in the same order. */
function isSame(some: readonly Batch[], others: readonly Batch[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ partition, handles }, i) => {
      const other = others[i]
      return (
        other?.partition === partition &&
        other.handles.length === handles.length &&
        handles.every((handle, at) => handle === other.handles[at])
      )
    })
  )
}

/** `telemetry` of `telemetry-3`. */
export function topicOfKey(key: string): string {
  return key.replace(/-\d+$/, '')
}
