import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { type Contract, contractSchema } from '../../chaos/core/contract.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { checkContract, type ContractReport } from '../../chaos/governance/check-contract.ts'
import { bootstrapServers } from '../../chaos/kafka/bootstrap-servers.ts'
import { topicSettings } from '../../chaos/platforms/topics.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { makeTopics } from './make-topics.ts'
import { type PlainCluster, startPlainCluster } from './plain-cluster.ts'
import { fleetContract } from './test-contract.ts'

const promise = { ...fleetContract.topics['telemetry'], replayWindow: '1h', retention: '2h', partitions: 1 }
const contract: Contract = contractSchema.parse({
  contract: 'planted',
  topics: {
    kept: promise,
    inherits: promise,
    compacted: promise,
    shortened: promise,
    filling: { ...promise, retentionBytes: 2_000_000 },
    absent: promise,
  },
})

describe('a contract held against three real brokers', function () {
  this.timeout(180_000)
  let cluster: PlainCluster
  let report: ContractReport

  before(async () => {
    cluster = await startPlainCluster()
    await makeWrongTopics(cluster)
    const writing = writer(cluster)
    try {
      await writing.begun
      report = await checkContract(contract, {
        bootstrap: bootstrapServers(cluster.bootstrap),
        login: null,
        watchMs: 2000,
        clock: systemClock,
        signal: new AbortController().signal,
        progress: () => {},
      })
    } finally {
      await writing.stop()
    }
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  const wrong = (topic: string) =>
    report.findings
      .filter(finding => finding.topic === topic && finding.verdict !== 'pass')
      .map(({ verdict, check }) => `${verdict} ${check}`)
  // These brokers ask nobody who they are.
  const OPEN = 'fail who may read'

  it('finds nothing else wrong with a topic that is as promised', () => {
    assert.deepEqual(wrong('kept'), [OPEN])
  })

  it('finds settings that the topic has of the brokers, and what follows from them', () => {
    assert.deepEqual(wrong('inherits'), [
      'fail replicas',
      'fail in sync now',
      'fail own settings',
      'fail retention',
      OPEN,
    ])
  })

  it('finds compaction where full history was promised', () => {
    assert.deepEqual(wrong('compacted'), ['fail cleanup', 'fail compaction lag', OPEN])
  })

  it('finds records of the window that are gone, and how far back the rest reaches', () => {
    assert.deepEqual(wrong('shortened'), ['fail window available', OPEN])
    const found = report.findings.find(
      ({ topic, check }) => topic === 'shortened' && check === 'window available',
    )
    const reach = /reaches back (\d+) min/.exec(found?.actual ?? '')?.[1]
    // What is left was stamped half an hour ago.
    assert.ok(Number(reach) >= 29 && Number(reach) <= 33, found?.actual)
  })

  it('finds a limit by bytes that the present rate fills within the window', () => {
    assert.deepEqual(wrong('filling'), ['fail retention by bytes', OPEN])
  })

  it('finds a topic that does not exist, and topics that nobody promised anything about', () => {
    assert.deepEqual(wrong('absent'), ['fail exists'])
    assert.deepEqual(report.uncovered, ['forgotten'])
    assert.equal(report.verdict, 'fail')
    assert.equal(report.cluster?.brokers, 3)
  })
})

async function makeWrongTopics({ kafka }: PlainCluster): Promise<void> {
  const promised = topicSettings(contract, { isReplicated: true, tier: null })
  const change = (name: string, key: string, value: string) =>
    promised
      .filter(({ topic }) => topic === name)
      .map(settings => ({
        ...settings,
        configEntries: [...settings.configEntries.filter(entry => entry.name !== key), { name: key, value }],
      }))
  const asPromised = promised.filter(({ topic }) => ['kept', 'shortened', 'filling'].includes(topic))
  const admin = kafka.admin()
  await admin.connect()
  try {
    await makeTopics(admin, [
      ...asPromised,
      ...change('compacted', 'cleanup.policy', 'compact').map(settings => ({
        ...settings,
        configEntries: settings.configEntries.filter(({ name }) => name !== 'min.compaction.lag.ms'),
      })),
      { topic: 'inherits', numPartitions: 1, replicationFactor: 1 },
      { topic: 'forgotten', numPartitions: 1, replicationFactor: 1 },
    ])
    const producer = kafka.producer()
    await producer.connect()
    const now = systemClock.wallMs()
    const at = (minutes: number) => ({ value: 'x', timestamp: `${now - minutes * 60_000}` })
    await producer.send({ topic: 'shortened', acks: -1, messages: [at(50), at(30), at(1)] })
    await producer.disconnect()
    // kafkajs looks for the leader among what it has heard of.
    await admin.fetchTopicOffsets('shortened')
    await admin.deleteTopicRecords({ topic: 'shortened', partitions: [{ partition: 0, offset: '1' }] })
  } finally {
    await admin.disconnect()
  }
}

/** Writes to `filling` until it is told to stop. */
function writer({ kafka }: PlainCluster): { readonly begun: Promise<unknown>; stop(): Promise<void> } {
  const producer = kafka.producer()
  const stop = new AbortController()
  let sent = 0
  const loop = async () => {
    await producer.connect()
    while (!stop.signal.aborted) {
      await producer.send({ topic: 'filling', acks: -1, messages: [{ value: 'x'.repeat(2000) }] })
      sent += 1
      await systemClock.sleep(20)
    }
    await producer.disconnect()
  }
  const done = loop()
  return {
    begun: waitFor('records to be written', () => sent > 3, { clock: systemClock, deadlineMs: 60_000 }),
    stop: async () => {
      stop.abort()
      await done
    },
  }
}
