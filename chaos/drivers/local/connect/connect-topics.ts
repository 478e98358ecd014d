import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { CONNECT_TOPICS } from '../../../platforms/connect.ts'
import { type PlatformName, internalReplicas } from '../../../platforms/index.ts'
import { deleteTopics, forgetTopics } from '../lab/lab-parts.ts'

const isConnectTopic = (topic: string): boolean => CONNECT_TOPICS.includes(topic)

/** New and empty, so that the worker knows of no earlier connector; small, since one worker asks them. */
export async function makeConnectTopics(admin: Admin, platform: PlatformName, clock: Clock): Promise<void> {
  await forgetTopics(admin, 'an earlier worker', isConnectTopic, clock)
  const copies = internalReplicas(platform)
  const configEntries = [
    { name: 'cleanup.policy', value: 'compact' },
    { name: 'min.insync.replicas', value: String(Math.min(copies, 2)) },
  ]
  await admin.createTopics({
    waitForLeaders: false,
    topics: CONNECT_TOPICS.map(topic => ({
      topic,
      numPartitions: 1,
      replicationFactor: copies,
      configEntries,
    })),
  })
}

export async function removeConnectTopics(admin: Admin): Promise<void> {
  await deleteTopics(admin, isConnectTopic)
}
