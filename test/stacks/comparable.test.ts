import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { loadEnvironment } from '../../lib/environment.ts'
import { type Derived, derived, differences } from './derived.ts'
import { changed, resourcesOf, shipped } from './synthesized.ts'

/** Why settings differ from those of `kafka`, and which do. */
type Intended = Readonly<Record<string, readonly string[]>>

const TOPICS = ['telemetry', 'device-state', 'operations', 'integration']
/** Kafka tiers what is deleted by age, and nothing that is compacted. */
const TIERED_TOPICS = TOPICS.filter(topic => topic !== 'device-state')

const TIERED: Intended = {
  'Old segments are in a bucket, so that disks hold hours instead of a day: sized by the same rule': [
    'Cluster bucket',
    'Cluster volume 300 GiB, 125 MiB/s',
    'Cluster volume 60 GiB, 125 MiB/s',
  ],
  'Topics that are deleted by age are tiered, and leave the brokers before their retention is over': [
    ...TIERED_TOPICS.flatMap(topic => [
      `topic ${topic} remote.storage.enable`,
      `topic ${topic} local.retention.ms`,
    ]),
    'shard setting LOCAL_RETENTION',
  ],
  'Kafka has no object store of its own: a plugin is one, with its settings': [
    'broker plugins',
    'broker remote.log.storage.system.enable',
    'broker remote.log.storage.manager.class.name',
    'broker remote.log.storage.manager.class.path',
    'broker remote.log.storage.manager.impl.prefix',
    'broker rsm.config.chunk.size',
    'broker rsm.config.fetch.chunk.cache.class',
    'broker rsm.config.fetch.chunk.cache.size',
    'broker rsm.config.storage.backend.class',
    'broker rsm.config.storage.s3.bucket.name',
    'broker rsm.config.storage.s3.region',
  ],
  'Brokers note in a topic what is in the tier': [
    'broker remote.log.metadata.manager.impl.prefix',
    'broker remote.log.metadata.manager.listener.name',
    'broker rlmm.config.remote.log.metadata.topic.num.partitions',
    'broker rlmm.config.remote.log.metadata.topic.replication.factor',
  ],
}

const AUTOMQ: Intended = {
  'Another product, in another version of Kafka: 1.7.3 on 3.9.1, and not 4.3.1': ['broker distribution'],
  'Brokers keep nothing, so that they come and go in groups': [
    'Cluster group m7g.large',
    'Cluster instance m7g.large',
    'Cluster volume 300 GiB, 125 MiB/s',
  ],
  'An alarm for each volume, of which brokers have none': ['Observability CloudWatch::Alarm'],
  'Brokers without a slot have no name: clients are told addresses, which are in no certificate': [
    'broker listener.name.repl.ssl.endpoint.identification.algorithm',
    'shard setting BROKER_TLS_NAME',
    ...['', 'admin.', 'consumer.', 'producer.'].map(
      of => `worker ${of}ssl.endpoint.identification.algorithm`,
    ),
    'broker advertised.listeners',
    'shard setting BOOTSTRAP_SERVERS',
    'shard setting BOOTSTRAP_SERVERS_PATH',
    'worker setting BOOTSTRAP_SERVERS',
    'worker setting BOOTSTRAP_SERVERS_PATH',
  ],
  'Records are in S3, the write-ahead log too': [
    'Cluster bucket',
    'broker elasticstream.enable',
    'broker s3.data.buckets',
    'broker s3.ops.buckets',
    'broker s3.wal.path',
  ],
  'The store keeps the copies: there is one of each record in the cluster, and no follower to read from': [
    ...TOPICS.flatMap(topic => [`topic ${topic} copies`, `topic ${topic} min.insync.replicas`]),
    'broker default.replication.factor',
    'broker min.insync.replicas',
    'broker offsets.topic.replication.factor',
    'broker replica.selector.class',
    'broker transaction.state.log.min.isr',
    'broker transaction.state.log.replication.factor',
    'worker config.storage.replication.factor',
    'worker offset.storage.replication.factor',
    'worker status.storage.replication.factor',
  ],
  'Caches in direct memory take the place of the page cache, so that heap and direct memory are a third each':
    [
      'broker JVM -Xms',
      'broker JVM -Xmx',
      'broker JVM -XX:MaxDirectMemorySize=',
      'broker s3.block.cache.size',
      'broker s3.stream.allocator.policy',
      'broker s3.wal.cache.size',
      'broker s3.wal.upload.threshold',
    ],
  'Its JVM needs packages opened, its network library set up, and room for compiled code': [
    'broker JVM --add-opens=',
    'broker JVM -Dio.netty.allocator.maxOrder=',
    'broker JVM -Dio.netty.tryReflectionSetAccessible=',
    'broker JVM -XX:ReservedCodeCacheSize=',
  ],
  'It formats its disk by itself': ['broker cluster.id'],
  'Partitions are moved by a balancer, which is off so that only faults move them; Kafka has leaders that go home':
    [
      'broker autobalancer.controller.enable',
      'broker autobalancer.client.auth.security.protocol',
      ...['endpoint.identification.algorithm', 'keystore.location', 'keystore.type'].map(
        key => `broker autobalancer.reporter.ssl.${key}`,
      ),
      'broker autobalancer.reporter.ssl.truststore.location',
      'broker autobalancer.reporter.ssl.truststore.type',
      'broker autobalancer.client.listener.name',
      'broker metric.reporters',
      'broker leader.imbalance.check.interval.seconds',
    ],
}

const ROUTER: Intended = {
  'Clients are sent to brokers of their own zone, and bytes between zones go through the bucket': [
    'broker automq.zone.cidr.blocks',
    'broker automq.zonerouter.channels',
  ],
  'What is forwarded waits in the same cache, and takes its part of it': ['broker s3.wal.upload.threshold'],
  'A cluster of its own': ['broker cluster.id'],
}

describe('the environments that are compared', function () {
  this.timeout(60_000)

  const kafka = derived(shipped('kafka'))

  it('tier old segments on kafka-tiered, and differ in nothing else from kafka', () => {
    assert.deepEqual(differences(kafka, derived(shipped('kafka-tiered'))), keysOf(TIERED))
  })

  it('keep records in S3 on automq, and differ in nothing else from kafka', () => {
    assert.deepEqual(differences(kafka, derived(shipped('automq'))), keysOf(AUTOMQ))
  })

  it('send clients to their own zone on automq-router, and differ in nothing else from automq', () => {
    const [automq, router] = [derived(shipped('automq')), derived(shipped('automq-router'))]
    assert.deepEqual(differences(automq, router), keysOf(ROUTER))
  })

  it('run on no machine whose speed depends on its past, but for the sink, which all share', () => {
    for (const name of ['kafka', 'kafka-tiered', 'automq', 'automq-router'] as const) {
      const { stacks } = shipped(name)
      const text = stacks.map(stack => JSON.stringify(resourcesOf(stack))).join('\n')
      const burstable = text.match(/"(?:InstanceType|DBInstanceClass)":"(?:db\.)?t\d[a-z]*\.[a-z0-9]+"/g)
      assert.deepEqual(burstable, ['"DBInstanceClass":"db.t4g.micro"'], name)
    }
  })

  it('have controllers of one kind, brokers of one kind, and none that is both', () => {
    for (const name of ['kafka', 'kafka-tiered', 'automq', 'automq-router'] as const) {
      const controllers = Object.values(resourcesOf(shipped(name).cluster, 'AWS::EC2::Instance')).filter(
        ({ Properties }) => Properties.InstanceType === 'm7g.medium',
      )
      assert.equal(controllers.length, 3, name)
    }
    assert.equal(derived(shipped('kafka'))['broker process.roles'], 'broker')
  })

  it('differ, with timeouts for drills, also in those of replicas, of which AutoMQ has none', () => {
    const tuned = { timeouts: 'tuned' } as const
    const [one, tiered, automq] = [
      changed('kafka', tuned),
      changed('kafka-tiered', tuned),
      changed('automq', tuned),
    ].map(derived) as [Derived, Derived, Derived]
    assert.deepEqual(differences(one, tiered), keysOf(TIERED))
    const more = differences(one, automq).filter(key => !keysOf(AUTOMQ).includes(key))
    assert.ok(more.length > 0)
    assert.deepEqual(
      more.filter(key => !key.startsWith('broker replica.')),
      [],
    )
  })

  it('would be found to differ in retention, in load, in clients and in timeouts', () => {
    const found = (change: Parameters<typeof changed>[1]) =>
      differences(derived(shipped('automq')), derived(changed('automq', change)))
    const { workload, fleet, connect } = loadEnvironment('automq')
    assert.ok(
      found({ workload: { ...workload, retentionHours: 12 } }).includes('topic telemetry retention.ms'),
    )
    assert.deepEqual(found({ fleet: { ...fleet, devicesPerShard: 100 } }), ['shard setting SHARD_DEVICES'])
    assert.ok(connect)
    const larger = found({ connect: { ...connect, instanceType: 'm7g.large' } })
    assert.ok(larger.includes('worker setting JVM_OPTIONS'))
    assert.ok(found({ timeouts: 'tuned' }).includes('broker broker.session.timeout.ms'))
  })

  it('have the same retention, load and clients, to the letter', () => {
    const others = (['kafka-tiered', 'automq', 'automq-router'] as const).map(name => derived(shipped(name)))
    for (const key of Object.keys(kafka).filter(isOfClients))
      for (const other of others) assert.equal(other[key], kafka[key], key)
  })
})

function isOfClients(key: string): boolean {
  return (
    /^(Network|Connect|Simulator) /.test(key) ||
    / (retention\.ms|segment\.bytes|cleanup\.policy|partitions)$/.test(key) ||
    /^(shard|worker) setting (SHARD_.*|RETENTION|JVM_OPTIONS|DISTRIBUTION_.*|PROGRAM_URI)$/.test(key)
  )
}

function keysOf(intended: Intended): string[] {
  return Object.values(intended).flat().toSorted()
}
