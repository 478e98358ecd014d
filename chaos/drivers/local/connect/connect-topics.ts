import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { type ConnectClusterName, connectTopics, isConnectTopic } from '../../../platforms/connect.ts'
import { type PlatformName, internalReplicas } from '../../../platforms/index.ts'
import { deleteTopics, forgetTopics } from '../lab/lab-parts.ts'

/** New and empty, so that the worker knows of no earlier connector; small, since one worker asks them. */
export async function makeConnectTopics(admin: Admin, platform: PlatformName, clock: Clock): Promise<void> {
  await forgetTopics(admin, 'an earlier worker', isConnectTopic, clock)
  await admin.createTopics({
    waitForLeaders: false,
    topics: ownTopics('connect', internalReplicas(platform)),
  })
}

/** As workers of that cluster need them. */
export const ownTopics = (cluster: ConnectClusterName, copies: 1 | 3) =>
  connectTopics(cluster).map(topic => ({
    topic,
    numPartitions: 1,
    replicationFactor: copies,
    configEntries: [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'min.insync.replicas', value: String(Math.min(copies, 2)) },
    ],
  }))

export async function removeConnectTopics(admin: Admin): Promise<void> {
  await deleteTopics(admin, isConnectTopic)
}
