import assert from 'node:assert/strict'
import type { Admin } from 'kafkajs'
import type { Driver } from '../../../chaos/drivers/driver.ts'
import { createTopics } from '../../../chaos/run/topics.ts'
import { fakeDriver, fakeWorld } from '../faults/fake-driver.ts'

/** One topic of two partitions, of which so many have a leader; a clock that jumps when it sleeps. */
function made(leadersAt: (now: number) => readonly number[]) {
  let now = 0
  const clock = { now: () => now, wallMs: () => now, sleep: async (ms: number) => void (now += ms) }
  const driver: Driver = {
    ...fakeDriver(fakeWorld()),
    cluster: {
      describe: async () => ({
        answered: [1],
        controller: 1,
        partitions: Object.fromEntries(
          leadersAt(now).map((leader, at) => [
            `telemetry/${at}`,
            { leader, leaderEpoch: 0, replicas: [1], isr: [1] },
          ]),
        ),
      }),
    },
  }
  const admin = { listTopics: async () => [], createTopics: async () => true } as unknown as Admin
  const topics = [{ topic: 'telemetry', numPartitions: 2, replicationFactor: 1, configEntries: [] }]
  return createTopics({ topics, driver, admin: work => work(admin), clock })
}

describe('the topics of a run', () => {
  it('are waited for as long as a platform takes that opens a store for each partition', async () => {
    const { topics } = await made(now => (now < 90_000 ? [1, -1] : [1, 1]))
    assert.deepEqual(topics, { telemetry: { partitions: 2, replicas: 1 } })
  })

  it('are given up in the end, with what was there', async () => {
    await assert.rejects(
      made(() => [1, -1]),
      /2 partitions to have a leader and all replicas in sync.*2 are there, 1 have a leader/,
    )
  })
})
