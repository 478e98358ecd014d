import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { within } from '../../../core/wait.ts'
import { endAdmin } from '../../../kafka/admin.ts'
import { labAdmin } from '../lab/lab-admin.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { groupOf } from './sink-configuration.ts'

/** One partition of a sink's topics. `committed` null: nothing was. */
export type SinkOffsets = readonly [
  topic: string,
  partition: number,
  low: number,
  high: number,
  committed: number | null,
]

const ASK_MS = 2500

/** Asks the brokers again and again how far sinks came, over one connection for as long as that answers. */
export class OffsetReader {
  readonly #layout: LabLayout
  readonly #clock: Clock
  #admin: Admin | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(layout: LabLayout, clock: Clock) {
    this.#layout = layout
    this.#clock = clock
  }

  /** null when no broker answered in time. Who asks while another does waits for his turn. */
  read(sink: string, topics: readonly string[]): Promise<SinkOffsets[] | null> {
    const answer = this.#turn.then(async () => {
      try {
        return await within('the brokers to tell offsets', this.#read(sink, topics), {
          clock: this.#clock,
          deadlineMs: ASK_MS,
        })
      } catch {
        await this.end()
        return null
      }
    })
    this.#turn = answer
    return answer
  }

  async #read(sink: string, topics: readonly string[]): Promise<SinkOffsets[]> {
    const isNew = this.#admin === null
    if (!this.#admin) {
      const admin = labAdmin(this.#layout)
      this.#admin = admin
      await admin.connect()
    }
    const admin = this.#admin
    // What is committed first: an end that is asked later is never less. kafkajs knows no broker until it has metadata.
    if (isNew) await admin.fetchTopicMetadata({ topics: [...topics] })
    const committed = await admin.fetchOffsets({ groupId: groupOf(sink), topics: [...topics] })
    const ends = await Promise.all(topics.map(topic => admin.fetchTopicOffsets(topic)))
    const next = new Map(
      committed.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
      ),
    )
    return ends.flatMap((partitions, index) =>
      partitions
        .toSorted((a, b) => a.partition - b.partition)
        .map(({ partition, low, high }): SinkOffsets => {
          const topic = topics[index] as string
          const offset = next.get(`${topic}/${partition}`) ?? -1
          return [topic, partition, Number(low), Number(high), offset < 0 ? null : offset]
        }),
    )
  }

  async end(): Promise<void> {
    const admin = this.#admin
    this.#admin = null
    if (admin) await endAdmin(admin, this.#clock)
  }
}

/** Records that are stored and that the sink has not committed. */
export const lagOf = (offsets: readonly SinkOffsets[]): number =>
  offsets.reduce((sum, [, , low, high, committed]) => sum + Math.max(0, high - (committed ?? low)), 0)

export const storedOf = (offsets: readonly SinkOffsets[]): number =>
  offsets.reduce((sum, [, , , high]) => sum + high, 0)
