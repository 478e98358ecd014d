import { basename } from 'node:path'
import type { Catalog } from './catalog.ts'
import { type HistoryLine, type PollStep, parseHistoryLine, type SendStep } from './history-format.ts'
import { eachLine } from './line-reader.ts'
import { type Batch, type HistorySink, type Outcome, placeOf, type Value } from './operation.ts'

type OperationLine = Extract<HistoryLine, { f: 'send' | 'poll' | 'txn' }>
const NOTHING_MOVED: readonly number[] = []

interface Invoked {
  readonly line: OperationLine
  readonly number: number
}

/** What was read, for the verdict. */
export interface HistoryTotals {
  readonly lines: number
}

/** Reads a file in the open format into `sink`. */
export async function readHistory(path: string, catalog: Catalog, sink: HistorySink): Promise<HistoryTotals> {
  const name = basename(path)
  const reader = new HistoryReader(catalog, sink, catalog.file(name))
  await eachLine(path, name, ({ text, number }) => {
    const line = parseHistoryLine(text, `${name}:${number}`)
    if (line !== null) reader.line(line, number)
  })
  reader.end()
  return { lines: reader.lines }
}

/** Pairs what was invoked with what became of it. */
class HistoryReader {
  lines = 0
  readonly #catalog: Catalog
  readonly #sink: HistorySink
  readonly #file: number
  readonly #invoked = new Map<number, Invoked>()

  constructor(catalog: Catalog, sink: HistorySink, file: number) {
    this.#catalog = catalog
    this.#sink = sink
    this.#file = file
  }

  line(line: HistoryLine, number: number): void {
    this.lines++
    const process = this.#catalog.process(line.process)
    switch (line.f) {
      case 'send':
      case 'poll':
      case 'txn':
        this.#operation(process, line, number)
        break
      case 'assign':
      case 'subscribe':
        if (line.type === 'ok' || line.type === 'info') this.#assignment(process, line, number)
        break
      case 'commit':
        if (line.type === 'ok') this.#commit(process, line, number)
        break
      case 'crash':
        this.#abandon(process)
        this.#sink.crash(process)
        break
      case 'debug-topic-partitions':
        break
    }
  }

  /** What was invoked and never answered may have happened. */
  end(): void {
    for (const process of [...this.#invoked.keys()]) this.#abandon(process)
  }

  #operation(process: number, line: OperationLine, number: number): void {
    if (line.type === 'invoke') {
      this.#abandon(process)
      this.#invoked.set(process, { line, number })
      return
    }
    const invoked = this.#invoked.get(process)
    this.#invoked.delete(process)
    // An answer without a value stands for what was invoked.
    this.#emit(process, line.value == null && invoked ? { ...line, value: invoked.line.value ?? [] } : line, {
      number,
      outcome: line.type,
    })
  }

  #abandon(process: number): void {
    const invoked = this.#invoked.get(process)
    if (invoked === undefined) return
    this.#invoked.delete(process)
    this.#emit(process, invoked.line, { number: invoked.number, outcome: 'info' })
  }

  #emit(process: number, line: OperationLine, at: { number: number; outcome: Outcome }): void {
    const steps = line.value ?? []
    this.#sink.operation({
      process,
      outcome: at.outcome,
      time: line.time ?? null,
      place: placeOf(this.#file, at.number),
      index: line.index ?? null,
      witness: true,
      sends: this.#batches(steps, collectSends),
      polls: this.#batches(steps, collectPolls),
      moved: line['rebalance-log'] ? this.#moved(line['rebalance-log']) : NOTHING_MOVED,
    })
  }

  #moved(log: readonly { readonly keys: readonly (string | number)[] }[]): number[] {
    return log.flatMap(({ keys }) => keys.map(key => this.#catalog.key(String(key))))
  }

  #assignment(
    process: number,
    line: Extract<HistoryLine, { f: 'assign' | 'subscribe' }>,
    number: number,
  ): void {
    const names = new Set((line.value ?? []).map(String))
    this.#sink.assignment({
      process,
      place: placeOf(this.#file, number),
      index: line.index ?? null,
      keeps: partition => {
        const { name } = this.#catalog.partitions[partition] ?? { name: '' }
        return names.has(name) || (line.f === 'subscribe' && names.has(topicOfKey(name)))
      },
      group: line.group ?? (line.f === 'subscribe' ? '' : null),
      rewinds: line['seek-to-beginning?'] === true,
    })
  }

  #commit(process: number, line: Extract<HistoryLine, { f: 'commit' }>, number: number): void {
    this.#sink.commit({
      process,
      place: placeOf(this.#file, number),
      index: line.index ?? null,
      group: line.group ?? '',
      offsets: (line.value ?? []).map(([key, offset]) => [this.#catalog.key(String(key)), offset] as const),
    })
  }

  #batches(steps: readonly (SendStep | PollStep)[], collect: Collect): readonly Batch[] {
    const batches: Collected[] = []
    for (const step of steps)
      collect(step, (key, offset, value) => {
        const partition = this.#catalog.key(key)
        let batch = batches.find(candidate => candidate.partition === partition)
        if (batch === undefined) {
          batch = { partition, values: [], base: null, offsets: [] }
          batches.push(batch)
        }
        batch.values.push(value)
        batch.offsets.push(offset)
      })
    return batches
  }
}

interface Collected extends Batch {
  readonly values: Value[]
  readonly offsets: (number | null)[]
}
type Add = (key: string, offset: number | null, value: Value) => void
type Collect = (step: SendStep | PollStep, add: Add) => void

const collectSends: Collect = (step, add) => {
  if (step[0] !== 'send') return
  const [, key, sent] = step
  if (typeof sent === 'object') add(String(key), sent[0], sent[1])
  else add(String(key), null, sent)
}

const collectPolls: Collect = (step, add) => {
  if (step[0] !== 'poll' || step[1] == null) return
  for (const [key, pairs] of Object.entries(step[1]))
    for (const [offset, value] of pairs) add(key, offset, value)
}

/** `telemetry` of `telemetry-3`. */
export function topicOfKey(key: string): string {
  return key.replace(/-\d+$/, '')
}
