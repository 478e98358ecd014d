import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { KeptAdmin } from '../lab/kept-admin.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { groupOf } from './sink-configuration.ts'

/** One partition of the topics that a group reads. `committed` null: nothing was. */
export type GroupOffsets = readonly [
  topic: string,
  partition: number,
  low: number,
  high: number,
  committed: number | null,
]

/** Asks the brokers again and again how far sinks came. */
export class OffsetReader {
  readonly #admin: KeptAdmin

  constructor(layout: LabLayout, clock: Clock) {
    this.#admin = new KeptAdmin(layout, clock)
  }

  /** null when no broker answered in time. */
  read(sink: string, topics: readonly string[]): Promise<GroupOffsets[] | null> {
    return this.#admin.ask(topics, admin => readOffsets(admin, groupOf(sink), topics))
  }

  end(): Promise<void> {
    return this.#admin.end()
  }
}

/** What is committed first: an end that is asked later is never less. */
export async function readOffsets(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<GroupOffsets[]> {
  const committed = await admin.fetchOffsets({ groupId, topics: [...topics] })
  const ends = await Promise.all(topics.map(topic => admin.fetchTopicOffsets(topic)))
  const next = new Map(
    committed.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
    ),
  )
  return ends.flatMap((partitions, index) =>
    partitions
      .toSorted((a, b) => a.partition - b.partition)
      .map(({ partition, low, high }): GroupOffsets => {
        const topic = topics[index] as string
        const offset = next.get(`${topic}/${partition}`) ?? -1
        return [topic, partition, Number(low), Number(high), offset < 0 ? null : offset]
      }),
  )
}

/** Records that are stored and that the group has not committed. */
export const lagOf = (offsets: readonly GroupOffsets[]): number =>
  offsets.reduce((sum, [, , low, high, committed]) => sum + Math.max(0, high - (committed ?? low)), 0)

export const storedOf = (offsets: readonly GroupOffsets[]): number =>
  offsets.reduce((sum, [, , , high]) => sum + high, 0)
