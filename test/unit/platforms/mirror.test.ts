import assert from 'node:assert/strict'
import { gatesOfBounds, regionsSchema } from '../../../chaos/core/regions.ts'
import { GATES } from '../../../chaos/numbers/index.ts'
import { mirrorConnectors, parseCheckpoint } from '../../../chaos/platforms/mirror.ts'
import { assertText } from '../../inline-text.ts'

const configured = (given: object, withSinks = false) =>
  mirrorConnectors({
    source: { alias: 'a', bootstrap: ['kafka-az-a.lab:9092', 'kafka-az-b.lab:9092'] },
    target: { alias: 'b', bootstrap: ['kafka-az-a.region-b.lab:9092'] },
    topics: ['telemetry', 'operations'],
    replicas: 1,
    spec: regionsSchema.parse({ mirror: given }).mirror,
    withSinks,
  })

describe('the settings of a mirror', () => {
  it('have no checkpoint connector where none is to be emitted: Kafka refuses one', () => {
    assert.deepEqual(
      [...configured({ emitCheckpoints: false }).keys()],
      ['mirror-source', 'mirror-heartbeat'],
    )
  })

  it('leave places of sinks out, as MirrorMaker does, unless sinks go to the other region', () => {
    assert.equal(configured({}).get('mirror-checkpoint')?.['groups.exclude'], undefined)
    const excluded = configured({}, true).get('mirror-checkpoint')?.['groups.exclude']
    assert.equal(excluded, 'console-consumer-.*,__.*')
  })

  it('are those of three connectors that read far and write near', () => {
    const text = [...configured({})]
      .map(([, config]) =>
        Object.entries(config)
          .map(([key, value]) => `${key}=${value}`)
          .join('\n'),
      )
      .join('\n\n')
    assertText(
      text,
      `
      name=mirror-source
      connector.class=org.apache.kafka.connect.mirror.MirrorSourceConnector
      source.cluster.alias=a
      target.cluster.alias=b
      source.cluster.bootstrap.servers=kafka-az-a.lab:9092,kafka-az-b.lab:9092
      target.cluster.bootstrap.servers=kafka-az-a.region-b.lab:9092
      replication.policy.class=org.apache.kafka.connect.mirror.IdentityReplicationPolicy
      replication.factor=1
      key.converter=org.apache.kafka.connect.converters.ByteArrayConverter
      value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
      tasks.max=1
      topics=telemetry,operations
      offset.lag.max=100
      sync.topic.configs.enabled=true
      sync.topic.acls.enabled=false
      refresh.topics.interval.seconds=10
      offset-syncs.topic.location=target
      offset-syncs.topic.replication.factor=1
      source.consumer.isolation.level=read_committed
      exactly.once.support=required
      producer.override.transaction.timeout.ms=10000

      name=mirror-checkpoint
      connector.class=org.apache.kafka.connect.mirror.MirrorCheckpointConnector
      source.cluster.alias=a
      target.cluster.alias=b
      source.cluster.bootstrap.servers=kafka-az-a.lab:9092,kafka-az-b.lab:9092
      target.cluster.bootstrap.servers=kafka-az-a.region-b.lab:9092
      replication.policy.class=org.apache.kafka.connect.mirror.IdentityReplicationPolicy
      replication.factor=1
      key.converter=org.apache.kafka.connect.converters.ByteArrayConverter
      value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
      tasks.max=1
      groups=.*
      emit.checkpoints.enabled=true
      emit.checkpoints.interval.seconds=5
      sync.group.offsets.enabled=true
      sync.group.offsets.interval.seconds=5
      refresh.groups.interval.seconds=10
      offset-syncs.topic.location=target
      checkpoints.topic.replication.factor=1

      name=mirror-heartbeat
      connector.class=org.apache.kafka.connect.mirror.MirrorHeartbeatConnector
      source.cluster.alias=a
      target.cluster.alias=b
      source.cluster.bootstrap.servers=kafka-az-a.lab:9092,kafka-az-b.lab:9092
      target.cluster.bootstrap.servers=kafka-az-a.region-b.lab:9092
      replication.policy.class=org.apache.kafka.connect.mirror.IdentityReplicationPolicy
      replication.factor=1
      key.converter=org.apache.kafka.connect.converters.ByteArrayConverter
      value.converter=org.apache.kafka.connect.converters.ByteArrayConverter
      tasks.max=1
      heartbeats.topic.replication.factor=1
      emit.heartbeats.interval.seconds=1
      `,
    )
  })

  it('say what a drill says of checkpoints, of offsets and of names', () => {
    const connectors = configured({
      policy: 'default',
      syncGroupOffsets: false,
      intervalSeconds: 1,
      offsetLagMax: 0,
    })
    const checkpoint = connectors.get('mirror-checkpoint')
    assert.equal(checkpoint?.['emit.checkpoints.enabled'], 'true')
    assert.equal(checkpoint?.['sync.group.offsets.enabled'], 'false')
    assert.equal(checkpoint?.['emit.checkpoints.interval.seconds'], '1')
    assert.equal(connectors.get('mirror-source')?.['offset.lag.max'], '0')
    assert.match(
      connectors.get('mirror-source')?.['replication.policy.class'] ?? '',
      /DefaultReplicationPolicy$/,
    )
  })
})

describe('a checkpoint as a record has it', () => {
  const text = (value: string) => {
    const bytes = Buffer.from(value)
    const length = Buffer.alloc(2)
    length.writeInt16BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const int = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    return bytes
  }
  const long = (value: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(BigInt(value))
    return bytes
  }
  const key = Buffer.concat([text('tail-1'), text('telemetry'), int(3)])
  const value = Buffer.concat([Buffer.alloc(2), long(4711), long(4800), text('')])

  it('is read whole', () => {
    assert.deepEqual(parseCheckpoint(key, value), {
      group: 'tail-1',
      topic: 'telemetry',
      partition: 3,
      upstream: 4711,
      downstream: 4800,
    })
  })

  it('is none when it is cut short, empty, or of another version', () => {
    assert.equal(parseCheckpoint(key.subarray(0, 5), value), null)
    assert.equal(parseCheckpoint(key, null), null)
    assert.equal(parseCheckpoint(key, Buffer.concat([Buffer.from([0, 1]), value.subarray(2)])), null)
  })
})

describe('what a drill promises of its regions', () => {
  it('is a gate for each bound, in the unit of the gate', () => {
    const { bounds } = regionsSchema.parse({ bounds: { lossAtMost: 100, minutesAtMost: 0.5 } })
    assert.deepEqual(gatesOfBounds(bounds, true), [
      { gate: 'region-lost-records', atMost: 100 },
      { gate: 'region-skipped-records', atMost: 0 },
      { gate: 'region-recovery-seconds', atMost: 30 },
    ])
    for (const { gate } of gatesOfBounds(bounds, true)) assert.ok(GATES.has(gate), gate)
  })
})
