import type { Findings } from './findings.ts'
import type { Faulty } from './operation.ts'
import { type Stream, type ValueTable, valueIn } from './value-table.ts'

/** What histories say that wrong firmware did, by the handles of records. */
export class WrongFirmware {
  /** How often each was published again. */
  readonly repeated = new Map<number, number>()
  /** How many more records each id was given to. */
  readonly restarted = new Map<number, number>()
  /** What is no record, by what it holds. */
  readonly malformed = new Set<number>()
  /** How often a repair job has made each of what nobody could read. */
  readonly repaired = new Map<number, number>()
  /** Of each device and epoch whose sequence restarted: the lowest and the highest id that was used again, and how many. */
  readonly #streams = new Map<number, { readonly ids: number; readonly low: number; readonly high: number }>()

  told({ what, handles }: Faulty, values: ValueTable): void {
    // A matter of latencies: nothing of what is stored is to be explained by it.
    if (what === 'clock') return
    for (const handle of handles) {
      if (what === 'malformed') this.malformed.add(handle)
      else if (what === 'repeat') increase(this.repeated, handle)
      else {
        increase(this.restarted, handle)
        this.#restartedStream(values.streamOf(handle), values.sequenceOf(handle))
      }
    }
  }

  wasRepaired(handles: readonly number[]): void {
    for (const handle of handles) increase(this.repaired, handle)
  }

  /** How many copies beyond the first are explained by it. */
  copiesOf(handle: number): number {
    const again = Math.max(0, (this.repaired.get(handle) ?? 0) - 1)
    return (this.repeated.get(handle) ?? 0) + (this.restarted.get(handle) ?? 0) + again
  }

  /** Whether records of this device and epoch cannot be told apart by their sequence. */
  isRestarted(stream: number): boolean {
    return this.#streams.has(stream)
  }

  tell(values: ValueTable, findings: Findings): void {
    for (const [id, { ids, low, high }] of this.#streams) {
      const stream = values.streams[id] as Stream
      findings.addToTopic('sequence-restarted', stream.topic, () => ({
        what: `sequence restarted: ${stream.prefix} gave ${ids === 1 ? 'an id' : `${ids} ids`} from ${low} to ${high} to other records too; which is which is unknown`,
        handles: [values.intern(stream.topic, valueIn(stream, low))],
        offsets: [],
        places: [],
        traceValues: true,
      }))
    }
  }

  #restartedStream(stream: number, sequence: number): void {
    const { ids, low, high } = this.#streams.get(stream) ?? { ids: 0, low: sequence, high: sequence }
    this.#streams.set(stream, {
      ids: ids + 1,
      low: Math.min(low, sequence),
      high: Math.max(high, sequence),
    })
  }
}

function increase(counts: Map<number, number>, handle: number): void {
  counts.set(handle, (counts.get(handle) ?? 0) + 1)
}
