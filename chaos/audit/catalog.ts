/** Names to small numbers and back: files, processes, topics and partitions of one history. */
export interface Topic {
  readonly name: string
  /** Looks like a device's records? Only what the contract says; null without one. */
  readonly duplicates: 'tolerated' | 'forbidden' | null
  /** Compaction may remove a record that has a successor, once it is older than this; null: it never may. */
  readonly compactableAfterMs: number | null
}

export interface Partition {
  readonly name: string
  readonly topic: number
}

export type TopicFacts = (name: string) => Omit<Topic, 'name'>
const NO_FACTS: TopicFacts = () => ({ duplicates: null, compactableAfterMs: null })

export class Catalog {
  readonly files: string[] = []
  readonly processes: string[] = []
  readonly topics: Topic[] = []
  readonly partitions: Partition[] = []
  readonly #facts: TopicFacts
  readonly #processIds = new Map<string | number, number>()
  readonly #topicIds = new Map<string, number>()
  readonly #keys = new Map<string, number>()
  readonly #numbered: number[][] = []

  constructor(facts: TopicFacts = NO_FACTS) {
    this.#facts = facts
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
    let id = this.#topicIds.get(name)
    if (id === undefined) {
      id = this.topics.push({ name, ...this.#facts(name) }) - 1
      this.#topicIds.set(name, id)
      this.#numbered.push([])
    }
    return id
  }

  /** A partition known by topic and number, as runs have it: the topic's values are one space. */
  partition(topicName: string, number: number): number {
    const topic = this.topic(topicName)
    const numbered = this.#numbered[topic] as number[]
    let id = numbered[number]
    if (id === undefined) {
      id = this.partitions.push({ name: `${topicName}/${number}`, topic }) - 1
      numbered[number] = id
    }
    return id
  }

  /** A partition known by one key, as open histories have it: each key is a topic of its own. */
  key(key: string): number {
    let id = this.#keys.get(key)
    if (id === undefined) {
      id = this.partitions.push({ name: key, topic: this.topic(key) }) - 1
      this.#keys.set(key, id)
    }
    return id
  }

  topicOf(partition: number): number {
    return (this.partitions[partition] as Partition).topic
  }
}
