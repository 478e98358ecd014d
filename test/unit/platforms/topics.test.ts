import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { topicSettings } from '../../../chaos/platforms/topics.ts'
import { fleetContract } from '../../local/test-contract.ts'

const HOUR = 3_600_000

const of = (terms: Parameters<typeof topicSettings>[1]) =>
  new Map(
    topicSettings(fleetContract, terms).map(({ topic, replicationFactor, configEntries }) => [
      topic,
      { replicationFactor, ...Object.fromEntries(configEntries.map(({ name, value }) => [name, value])) },
    ]),
  )

describe('the settings of topics', () => {
  it('are what the contract promises', () => {
    const telemetry = of({ isReplicated: true, tier: null }).get('telemetry')
    assert.deepEqual(telemetry, {
      replicationFactor: 3,
      'cleanup.policy': 'delete',
      'retention.ms': '86400000',
      'min.insync.replicas': '2',
    })
  })

  it('let compaction wait as long as the contract lets a replay begin, and no other topic', () => {
    const topics = of({ isReplicated: true, tier: { localRetentionMs: HOUR } })
    const lags = [...topics].map(([topic, settings]) => [topic, new Map(Object.entries(settings))] as const)
    assert.deepEqual(
      lags.flatMap(([topic, settings]) =>
        settings.has('min.compaction.lag.ms') ? [[topic, settings.get('min.compaction.lag.ms')]] : [],
      ),
      [['device-state', String(24 * HOUR)]],
    )
  })

  it('are those that a contract names, before those of its environment and its tier', () => {
    const telemetry = {
      ...fleetContract.topics['telemetry']!,
      retentionBytes: 4_000_000,
      segmentBytes: 2_097_152,
      segmentMs: 3000,
      timestampType: 'append' as const,
      timestampBeforeMax: 30_000,
      timestampAfterMax: 60_000,
    }
    const contract = { ...fleetContract, topics: { telemetry } }
    const [made] = topicSettings(contract, {
      isReplicated: true,
      tier: { localRetentionMs: HOUR, segmentBytes: 1_048_576, segmentMs: 5000 },
      keep: { segmentBytes: 134_217_728 },
    })
    const entries = new Map(made?.configEntries.map(({ name, value }) => [name, value]))
    assert.equal(entries.size, made?.configEntries.length)
    const wanted = {
      'retention.bytes': '4000000',
      'segment.bytes': '2097152',
      'segment.ms': '3000',
      'message.timestamp.type': 'LogAppendTime',
      'message.timestamp.before.max.ms': '30000',
      'message.timestamp.after.max.ms': '60000',
    }
    for (const [name, value] of Object.entries(wanted)) assert.equal(entries.get(name), value, name)
  })

  it('leave closed segments on brokers for as long as a contract says, where there is a tier', () => {
    const telemetry = { ...fleetContract.topics['telemetry']!, localRetention: HOUR }
    const local = (tier: { localRetentionMs: number } | null, keep = {}) =>
      topicSettings(
        { ...fleetContract, topics: { telemetry } },
        { isReplicated: true, tier, keep },
      )[0]?.configEntries.find(({ name }) => name === 'local.retention.ms')?.value
    assert.equal(local({ localRetentionMs: 10_000 }), String(HOUR))
    assert.equal(local({ localRetentionMs: 10_000 }, { retentionMs: HOUR / 2 }), String(HOUR / 2))
    assert.equal(local(null), undefined)
  })

  it('ask for one copy where the object store keeps it', () => {
    const telemetry = of({ isReplicated: false, tier: null }).get('telemetry')
    assert.equal(telemetry?.replicationFactor, 1)
    assert.equal(telemetry && 'min.insync.replicas' in telemetry && telemetry['min.insync.replicas'], '1')
  })

  it('tier what is deleted by age, and keep compacted topics whole, which Kafka does not tier', () => {
    const tiered = of({ isReplicated: true, tier: { localRetentionMs: 7_200_000 } })
    const entries = (topic: string) => Object.entries(tiered.get(topic) ?? {})
    const isTiered = (topic: string) => entries(topic).some(([name]) => name === 'remote.storage.enable')
    assert.ok(isTiered('telemetry'))
    assert.ok(!isTiered('device-state'))
    assert.deepEqual(entries('telemetry').find(([name]) => name === 'local.retention.ms')?.[1], '7200000')
    assert.ok(!entries('telemetry').some(([name]) => name === 'segment.bytes'))
  })

  it('keep no more than their environment says, and what was promised where that is less', () => {
    const kept = of({
      isReplicated: true,
      tier: null,
      keep: { retentionMs: 48 * HOUR, segmentBytes: 134_217_728 },
    })
    const valueOf = (topic: string, name: string) =>
      Object.entries(kept.get(topic) ?? {}).find(([key]) => key === name)?.[1]
    assert.equal(valueOf('operations', 'retention.ms'), String(48 * HOUR))
    assert.equal(valueOf('telemetry', 'retention.ms'), String(24 * HOUR))
    for (const topic of kept.keys()) assert.equal(valueOf(topic, 'segment.bytes'), '134217728')
  })

  it('never ask brokers to keep a topic for longer than it is kept at all, which Kafka refuses', () => {
    const tiered = of({
      isReplicated: true,
      tier: { localRetentionMs: 12 * HOUR },
      keep: { retentionMs: 6 * HOUR },
    })
    for (const topic of ['telemetry', 'operations', 'integration'])
      assert.equal(
        Object.entries(tiered.get(topic) ?? {}).find(([key]) => key === 'local.retention.ms')?.[1],
        String(6 * HOUR),
      )
  })
})
