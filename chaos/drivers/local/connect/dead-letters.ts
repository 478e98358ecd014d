import type { Consumer, Kafka, KafkaMessage } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError } from '../../../core/errors.ts'
import { waitFor, within } from '../../../core/wait.ts'
import type { QuarantinedRecord } from '../../environment.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import { withLabAdmin } from '../lab/lab-admin.ts'

/** Which record a dead letter is about, and why. */
export type DeadLetter = QuarantinedRecord

export interface DeadLetterPlace {
  readonly layout: LabLayout
  readonly clock: Clock
}

const READ_MS = 30_000
const END_MS = 5000
const LONGEST_REASON = 200

/**
 * Every dead letter of a topic, read by whoever `kafka` is; none where Connect never made it.
 * @throws AftershockError `unavailable` when it cannot be read whole, or a letter does not say what it is about.
 */
export async function readDeadLetters(
  { layout, clock }: DeadLetterPlace,
  topic: string,
  kafka: Kafka,
): Promise<DeadLetter[]> {
  const ends = await withLabAdmin(layout, async admin =>
    (await admin.listTopics()).includes(topic) ? admin.fetchTopicOffsets(topic) : [],
  )
  const due = ends.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0)
  if (due === 0) return []
  // A group of its own each time: one that was left before a rebalance ends would wait for it.
  const groupId = `aftershock-${topic}-${Math.round(clock.wallMs())}`
  const consumer = kafka.consumer({ groupId })
  const letters: DeadLetter[] = []
  try {
    await consume(consumer, topic, message => letters.push(subjectOf(topic, message)))
    await waitFor(`${due} dead letters of ${topic}`, () => letters.length >= due, {
      clock,
      deadlineMs: READ_MS,
      lastSeen: () => `${letters.length} of them`,
    })
    return letters
  } finally {
    await within('a reader to end', consumer.disconnect(), { clock, deadlineMs: END_MS }).catch(() => {})
  }
}

async function consume(
  consumer: Consumer,
  topic: string,
  take: (message: KafkaMessage) => void,
): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => take(message) })
}

function subjectOf(letters: string, { headers, offset }: KafkaMessage): DeadLetter {
  const said = (name: string) => headers?.[`__connect.errors.${name}`]?.toString()
  const [topic, partition, at] = [said('topic'), said('partition'), said('offset')]
  if (topic === undefined || partition === undefined || at === undefined)
    throw new AftershockError(
      'unavailable',
      `the dead letter ${offset} of ${letters} does not say what it is about`,
    )
  const reason = said('exception.message') ?? said('exception.class.name') ?? 'it does not say why'
  return { topic, partition: Number(partition), offset: Number(at), reason: reason.slice(0, LONGEST_REASON) }
}
