import type { KafkaMessage } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { waitFor, within } from '../../../core/wait.ts'
import type { SourceRecord } from '../../../record/source-evidence.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { labKafka } from '../lab/lab-admin.ts'

export const OUTBOX_PARTITIONS = 3
/** The transaction of a worker that was killed is open until its time-out (60 s), and hides what comes after it. */
const READ_MS = 90_000
const END_MS = 5000
/** The key of what is written behind everything else, so that a reader knows that it has everything. */
const MARK_KEY = 'aftershock-end'

/**
 * What stands committed in the topic, read to its very end: a mark of this reading's own is written to each partition,
 * and read. @throws AftershockError `unavailable` when that takes longer than 90 s.
 */
export async function readOutboxRecords(
  layout: LabLayout,
  topic: string,
  mark: string,
  clock: Clock,
): Promise<SourceRecord[]> {
  const kafka = labKafka(layout)
  const producer = kafka.producer()
  const consumer = kafka.consumer({ groupId: `aftershock-${topic}-${mark}` })
  const records: SourceRecord[] = []
  const ended = new Set<number>()
  try {
    await producer.connect()
    const messages = Array.from({ length: OUTBOX_PARTITIONS }, (_, partition) => ({
      partition,
      key: MARK_KEY,
      value: mark,
    }))
    await producer.send({ topic, acks: -1, messages })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        if (message.key?.toString() !== MARK_KEY) records.push(recordOf(partition, message))
        else if (message.value?.toString() === mark) ended.add(partition)
      },
    })
    await waitFor(`the end of ${topic}`, () => ended.size === OUTBOX_PARTITIONS, {
      clock,
      deadlineMs: READ_MS,
      lastSeen: () => `the ends of ${ended.size} of ${OUTBOX_PARTITIONS} partitions`,
    })
    return records.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
  } finally {
    const end = Promise.all([producer.disconnect(), consumer.disconnect()])
    await within('clients of the outbox to end', end, { clock, deadlineMs: END_MS }).catch(() => {})
  }
}

function recordOf(partition: number, { offset, value, timestamp }: KafkaMessage): SourceRecord {
  return [partition, Number(offset), idIn(value?.toString() ?? ''), Number(timestamp)]
}

function idIn(text: string): number | null {
  try {
    const { id } = JSON.parse(text) as { id?: unknown }
    return typeof id === 'number' ? id : null
  } catch {
    return null
  }
}
