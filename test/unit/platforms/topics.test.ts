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
    const telemetry = of({ isShared: false, tier: null }).get('telemetry')
    assert.deepEqual(telemetry, {
      replicationFactor: 3,
      'cleanup.policy': 'delete',
      'retention.ms': '86400000',
      'min.insync.replicas': '2',
    })
  })

  it('ask for one copy where the object store keeps it', () => {
    const telemetry = of({ isShared: true, tier: null }).get('telemetry')
    assert.equal(telemetry?.replicationFactor, 1)
    assert.equal(telemetry && 'min.insync.replicas' in telemetry && telemetry['min.insync.replicas'], '1')
  })

  it('tier what is deleted by age, and keep compacted topics whole, which Kafka does not tier', () => {
    const tiered = of({ isShared: false, tier: { localRetentionMs: 7_200_000 } })
    const entries = (topic: string) => Object.entries(tiered.get(topic) ?? {})
    const isTiered = (topic: string) => entries(topic).some(([name]) => name === 'remote.storage.enable')
    assert.ok(isTiered('telemetry'))
    assert.ok(!isTiered('device-state'))
    assert.deepEqual(entries('telemetry').find(([name]) => name === 'local.retention.ms')?.[1], '7200000')
    assert.ok(!entries('telemetry').some(([name]) => name === 'segment.bytes'))
  })

  it('keep no more than their environment says, and what was promised where that is less', () => {
    const kept = of({
      isShared: false,
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
      isShared: false,
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
