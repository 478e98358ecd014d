import type { Admin, ITopicConfig } from 'kafkajs'
import { waitFor } from '../../chaos/core/wait.ts'
import { systemClock } from '../../chaos/system-clock.ts'

/**
 * Makes topics, and resolves when each of their partitions has a leader. kafkajs's own wait asks a broker that may not
 * have heard of a topic yet, and takes that for an error.
 */
export async function makeTopics(admin: Admin, topics: readonly ITopicConfig[]): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics: [...topics] })
  const names = topics.map(({ topic }) => topic)
  let seen = ''
  await waitFor(
    `${names.join(', ')} to have leaders`,
    async () => {
      try {
        const told = await admin.fetchTopicMetadata({ topics: names })
        seen = JSON.stringify(told)
        return told.topics.every(
          ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
        )
      } catch (error) {
        seen = String(error)
        return false
      }
    },
    { clock: systemClock, deadlineMs: 30_000, lastSeen: () => seen },
  )
}
