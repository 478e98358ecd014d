import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { kafkaProperties, type KafkaNodeConfig } from '../../../../chaos/platforms/kafka/properties.ts'
import { aivenS3Tier, tieredTopicProperties } from '../../../../chaos/platforms/kafka-tiered/properties.ts'

const LAB_NODE: KafkaNodeConfig = {
  nodeId: 2,
  zone: 'az-b',
  host: 'kafka-az-b.lab',
  bindAddress: '127.20.0.2',
  ports: { client: 9092, control: 9093, replication: 9094 },
  voters: ['a', 'b', 'c'].map((zone, index) => ({ nodeId: index + 1, host: `kafka-az-${zone}.lab` })),
  logDir: '/lab/node-2/data',
  timeouts: 'tuned',
}

describe('the properties of a Kafka node', () => {
  it('are, for the local lab, exactly those that its measurements were made with', () => {
    assert.equal(kafkaProperties(LAB_NODE), LAB_PROPERTIES)
  })

  it('leave failover at its defaults when asked to', () => {
    const properties = kafkaProperties({ ...LAB_NODE, timeouts: 'defaults' })
    assert.doesNotMatch(properties, /session\.timeout|election/)
  })

  it('give a controller its own listener only, and a broker the others', () => {
    const controller = kafkaProperties({ ...LAB_NODE, roles: 'controller' })
    assert.match(controller, /^listeners=CTRL:\/\/127\.20\.0\.2:9093$/m)
    const broker = kafkaProperties({ ...LAB_NODE, roles: 'broker' })
    assert.match(broker, /^listeners=CLIENT:\/\/127\.20\.0\.2:9092,REPL:\/\/127\.20\.0\.2:9094$/m)
  })

  it('keep three copies of everything on machines of their own, and read from the near one', () => {
    const properties = kafkaProperties({ ...LAB_NODE, sizing: 'server' })
    assert.match(properties, /^default\.replication\.factor=3$/m)
    assert.match(properties, /^min\.insync\.replicas=2$/m)
    assert.match(properties, /^replica\.selector\.class=.*RackAwareReplicaSelector$/m)
    assert.doesNotMatch(properties, /num\.network\.threads/)
  })

  it('have a tier when they are given one, with the settings of its plugin', () => {
    const tier = aivenS3Tier({ bucket: 'segments', region: 'eu-west-1', pluginDir: '/plugins' })
    const properties = kafkaProperties({ ...LAB_NODE, tier: { ...tier, pace: 'fast' } })
    for (const line of [
      'remote.log.storage.system.enable=true',
      'remote.log.metadata.manager.listener.name=REPL',
      'remote.log.storage.manager.class.path=/plugins/core/*:/plugins/s3/*',
      'rlmm.config.remote.log.metadata.topic.replication.factor=3',
      'rsm.config.storage.s3.bucket.name=segments',
      'remote.log.manager.task.interval.ms=2000',
    ])
      assert.ok(properties.split('\n').includes(line), line)
  })

  it('have no tier on a controller, which keeps no segments', () => {
    const tier = aivenS3Tier({ bucket: 'segments', region: 'eu-west-1', pluginDir: '/plugins' })
    assert.doesNotMatch(kafkaProperties({ ...LAB_NODE, roles: 'controller', tier }), /remote\.log/)
  })

  it('tell a tiered topic how much of it stays local', () => {
    assert.deepEqual(tieredTopicProperties({ segmentBytes: 8388608, localRetentionMs: 60_000 }), {
      'remote.storage.enable': 'true',
      'segment.bytes': 8388608,
      'local.retention.ms': 60_000,
    })
    assert.deepEqual(tieredTopicProperties({ segmentMs: 5000, localRetentionMs: 60_000 }), {
      'remote.storage.enable': 'true',
      'segment.ms': 5000,
      'local.retention.ms': 60_000,
    })
  })
})

const LAB_PROPERTIES = `process.roles=broker,controller
node.id=2
broker.rack=az-b
listeners=CLIENT://127.20.0.2:9092,CTRL://127.20.0.2:9093,REPL://127.20.0.2:9094
advertised.listeners=CLIENT://kafka-az-b.lab:9092,CTRL://kafka-az-b.lab:9093,REPL://kafka-az-b.lab:9094
listener.security.protocol.map=CLIENT:PLAINTEXT,CTRL:PLAINTEXT,REPL:PLAINTEXT
inter.broker.listener.name=REPL
controller.listener.names=CTRL
controller.quorum.voters=1@kafka-az-a.lab:9093,2@kafka-az-b.lab:9093,3@kafka-az-c.lab:9093
log.dirs=/lab/node-2/data
offsets.topic.num.partitions=6
offsets.topic.replication.factor=3
transaction.state.log.num.partitions=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
min.insync.replicas=2
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=8388608
leader.imbalance.check.interval.seconds=5
auto.create.topics.enable=false
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
replica.lag.time.max.ms=4000
replica.socket.timeout.ms=3000
replica.fetch.wait.max.ms=200
replica.fetch.backoff.ms=200
controller.quorum.request.timeout.ms=1000
controller.quorum.fetch.timeout.ms=1500
controller.quorum.election.timeout.ms=1000
controller.quorum.election.backoff.max.ms=500
controller.socket.timeout.ms=2000
socket.connection.setup.timeout.ms=1000
socket.connection.setup.timeout.max.ms=2000
`
