import type { Anomaly } from '../record/audit-file.ts'
import type { Place } from './operation.ts'

/** Examples kept for each anomaly; the counts are always full. */
export const EXAMPLES = 5

/** One anomaly, small: what it is about, and which lines of the history to look at. */
export interface Finding {
  readonly anomaly: Anomaly
  readonly topic: number
  /** null where it is about a record as such. */
  readonly partition: number | null
  /** In words, for people. */
  readonly what: string
  /** The values, by their handles. */
  readonly handles: readonly number[]
  readonly offsets: readonly number[]
  readonly places: readonly Place[]
  /** Lines elsewhere in the history that name the values belong to the proof. */
  readonly traceValues: boolean
}

/** Counts every anomaly by topic, and keeps the first few of each. */
export class Findings {
  readonly examples = new Map<Anomaly, Finding[]>()
  readonly #counts = new Map<Anomaly, number[]>()
  readonly #topicOf: (partition: number) => number

  constructor(topicOf: (partition: number) => number) {
    this.#topicOf = topicOf
  }

  /** `describe` is called only while examples are still wanted. `count`: so many at once. */
  add(anomaly: Anomaly, partition: number, describe: Describe, count = 1): void {
    this.#add(anomaly, this.#topicOf(partition), partition, describe, count)
  }

  /** The same for a record as such; `partition` where it is known all the same. */
  addToTopic(anomaly: Anomaly, topic: number, describe: Describe, partition: number | null = null): void {
    this.#add(anomaly, topic, partition, describe, 1)
  }

  countOf(anomaly: Anomaly, topic: number): number {
    return this.#counts.get(anomaly)?.[topic] ?? 0
  }

  total(anomaly: Anomaly): number {
    let total = 0
    for (const count of this.#counts.get(anomaly) ?? []) total += count ?? 0
    return total
  }

  #add(anomaly: Anomaly, topic: number, partition: number | null, describe: Describe, count: number): void {
    let counts = this.#counts.get(anomaly)
    if (counts === undefined) {
      counts = []
      this.#counts.set(anomaly, counts)
    }
    counts[topic] = (counts[topic] ?? 0) + count
    const examples = this.examples.get(anomaly) ?? []
    if (examples.length >= EXAMPLES) return
    examples.push({ anomaly, topic, partition, ...describe() })
    this.examples.set(anomaly, examples)
  }
}

type Describe = () => Omit<Finding, 'anomaly' | 'topic' | 'partition'>
