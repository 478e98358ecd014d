import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import type { SinkSpec } from '../../../core/connectors.ts'
import { messageOf } from '../../../core/errors.ts'
import { waitFor } from '../../../core/wait.ts'
import { deadLetterTopic, groupOf } from './sink-configuration.ts'

/** A group whose members were killed is empty once their sessions have ended. */
const EMPTY_WITHIN_MS = 30_000

/**
 * On a lab that stays, sinks of these names may have run before: their offsets would make new ones begin in the middle,
 * and their dead letters would count. @throws AftershockError `unavailable` when a group does not get empty.
 */
export async function forgetEarlierSinks(
  admin: Admin,
  sinks: readonly SinkSpec[],
  clock: Clock,
): Promise<void> {
  const groups = new Set(sinks.map(({ name }) => groupOf(name)))
  let seen = ''
  await waitFor(
    'groups of earlier sinks to be gone',
    async () => {
      const left = (await admin.listGroups()).groups.flatMap(({ groupId }) =>
        groups.has(groupId) ? [groupId] : [],
      )
      if (left.length === 0) return true
      seen = await admin.deleteGroups(left).then(() => left.join(', '), messageOf)
      return false
    },
    { clock, deadlineMs: EMPTY_WITHIN_MS, everyMs: 500, lastSeen: () => seen },
  )
  const letters = new Set(sinks.map(({ name }) => deadLetterTopic(name)))
  const topics = (await admin.listTopics()).filter(topic => letters.has(topic))
  if (topics.length > 0) await admin.deleteTopics({ topics })
}
