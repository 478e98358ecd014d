import type { Clock } from '../../../core/clock.ts'
import type { RegionName } from '../../../core/regions.ts'
import { waitFor, within } from '../../../core/wait.ts'
import { checkpointsTopic, parseCheckpoint } from '../../../platforms/mirror.ts'
import type { TimedCheckpoint } from '../../environment.ts'
import { labKafka, withLabAdmin } from '../lab/lab-admin.ts'
import type { LabLayout } from '../lab/lab-layout.ts'

const READ_MS = 30_000
const END_MS = 5000

/**
 * Every checkpoint that is stored, in its order; none where the mirror never made the topic.
 * @param source the region that is copied from
 * @throws AftershockError `unavailable` when it cannot be read whole
 */
export async function readCheckpoints(
  layout: LabLayout,
  source: RegionName,
  clock: Clock,
): Promise<TimedCheckpoint[]> {
  const topic = checkpointsTopic(source)
  const ends = await withLabAdmin(layout, async admin =>
    (await admin.listTopics()).includes(topic) ? admin.fetchTopicOffsets(topic) : [],
  )
  const [end] = ends
  if (!end || Number(end.high) <= Number(end.low)) return []
  const upTo = Number(end.high)
  const consumer = labKafka(layout).consumer({
    groupId: `aftershock-checkpoints-${Math.round(clock.wallMs())}`,
  })
  const checkpoints: TimedCheckpoint[] = []
  let passed = 0
  // The last records may be those that end a transaction, which nobody is given.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    passed = Math.max(passed, Number(payload.lastOffset) + 1)
  })
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        const checkpoint = parseCheckpoint(message.key, message.value)
        if (checkpoint) checkpoints.push({ ...checkpoint, wallMs: Number(message.timestamp) })
      },
    })
    await waitFor(`checkpoints up to offset ${upTo}`, () => passed >= upTo, {
      clock,
      deadlineMs: READ_MS,
      lastSeen: () => `offset ${passed}`,
    })
    return checkpoints
  } finally {
    await within('a reader to end', consumer.disconnect(), { clock, deadlineMs: END_MS }).catch(() => {})
  }
}
