import { isOwnNumber, type Part, WHOLE } from './part.ts'
import { SliceTable } from './slice-table.ts'
import { ValueTable } from './value-table.ts'

/** Names to small numbers and back: files, processes, topics, partitions and values of one history. */
export interface Topic {
  readonly name: string
  /** What the contract says; null without one. */
  readonly duplicates: 'tolerated' | 'forbidden' | null
  /** How long it keeps its records; null without a contract. */
  readonly keeping: Keeping | null
  /** What its records are for; null where that is missing. */
  readonly dataClass: string | null
}

export interface Keeping {
  /** Whether a record may go that a newer one of its key supersedes. */
  readonly compacts: boolean
  /** A record that is younger may not be gone, whatever the reason. */
  readonly windowMs: number
  /** From this age on its records are deleted; null where the run does not say. */
  readonly retentionMs: number | null
  readonly isLimitedBySize: boolean
}

export interface Partition {
  readonly name: string
  readonly topic: number
}

export type TopicFacts = (name: string) => Omit<Topic, 'name'>
const NO_FACTS: TopicFacts = () => ({ duplicates: null, keeping: null, dataClass: null })

export class Catalog {
  readonly files: string[] = []
  readonly processes: string[] = []
  readonly topics: Topic[] = []
  readonly partitions: Partition[] = []
  readonly values = new ValueTable()
  /** What of the run is looked at. */
  readonly part: Part
  readonly #facts: TopicFacts
  readonly #processIds = new Map<string | number, number>()
  readonly #topicNames = new SliceTable()
  /** By topic: the partition whose key is the topic's name; -1 when there is none. */
  readonly #keys: number[] = []
  readonly #numbered: number[][] = []

  /** Of a partition that is of another part, nothing is kept but its name. */
  readonly #isOwn: boolean[] = []

  constructor(facts: TopicFacts = NO_FACTS, part: Part = WHOLE) {
    this.#facts = facts
    this.part = part
  }

  file(name: string): number {
    const known = this.files.indexOf(name)
    return known >= 0 ? known : this.files.push(name) - 1
  }

  process(name: string | number): number {
    let id = this.#processIds.get(name)
    if (id === undefined) {
      id = this.processes.push(String(name)) - 1
      this.#processIds.set(name, id)
    }
    return id
  }

  topic(name: string): number {
    const bytes = Buffer.from(name)
    return this.topicAt(bytes, 0, bytes.length)
  }

  /** The same for a name that is still bytes. */
  topicAt(bytes: Buffer, from: number, to: number): number {
    const known = this.#topicNames.find(0, bytes, from, to)
    if (known >= 0) return known
    const name = bytes.toString('utf8', from, to)
    this.topics.push({ name, ...this.#facts(name) })
    this.#numbered.push([])
    this.#keys.push(-1)
    return this.#topicNames.add(0, bytes, from, to)
  }

  /** A partition known by topic and number, as runs have it: the topic's values are one space. */
  partition(topic: number, number: number): number {
    const numbered = this.#numbered[topic] as number[]
    let id = numbered[number]
    if (id === undefined) {
      id = this.partitions.push({ name: `${this.topics[topic]?.name}/${number}`, topic }) - 1
      numbered[number] = id
      this.#isOwn[id] = isOwnNumber(this.part, number)
    }
    return id
  }

  /** Whether the partition is of the part that is looked at. */
  isOwn(partition: number): boolean {
    return this.#isOwn[partition] as boolean
  }

  /** A partition known by one key, as open histories have it: each key is a topic of its own. */
  key(topic: number): number {
    let id = this.#keys[topic] as number
    if (id < 0) {
      id = this.partitions.push({ name: this.topics[topic]?.name ?? '', topic }) - 1
      this.#keys[topic] = id
    }
    return id
  }

  topicOf(partition: number): number {
    return (this.partitions[partition] as Partition).topic
  }
}
