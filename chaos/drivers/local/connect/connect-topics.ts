import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { waitFor } from '../../../core/wait.ts'
import { CONNECT_TOPICS } from '../../../platforms/connect.ts'
import { type PlatformName, internalReplicas } from '../../../platforms/index.ts'

/** New and empty, so that the worker knows of no earlier connector; small, since one worker asks them. */
export async function makeConnectTopics(admin: Admin, platform: PlatformName, clock: Clock): Promise<void> {
  await removeConnectTopics(admin)
  const wait = { clock, deadlineMs: 30_000 }
  const gone = async () => !(await admin.listTopics()).some(name => CONNECT_TOPICS.includes(name))
  await waitFor("an earlier worker's topics to be gone", gone, wait)
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
  const existing = (await admin.listTopics()).filter(name => CONNECT_TOPICS.includes(name))
  if (existing.length > 0) await admin.deleteTopics({ topics: existing })
}
