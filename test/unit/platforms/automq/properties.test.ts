import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  AUTOMQ_SMALL_JVM,
  autoMqJvm,
  autoMqLog4jProperties,
  type AutoMqNodeConfig,
  autoMqProperties,
  cachesIn,
  zoneRouterClientId,
} from '../../../../chaos/platforms/automq/properties.ts'

const NODE: AutoMqNodeConfig = {
  clusterId: 'rZdE0DjZSrqy96PXrMUZVw',
  nodeId: 1,
  zone: 'az-a',
  host: 'automq-az-a.lab',
  bindAddress: '127.20.0.1',
  ports: { client: 9092, control: 9093, replication: 9094 },
  voters: ['a', 'b', 'c'].map((zone, index) => ({ nodeId: index + 1, host: `automq-az-${zone}.lab` })),
  logDir: '/data/kraft',
  timeouts: 'tuned',
  store: {
    dataBucket: 'automq-data',
    opsBucket: 'automq-ops',
    region: 'us-east-1',
    endpoint: 'http://s3.lab:7070',
    pathStyle: true,
  },
  metrics: { host: '127.20.0.1', port: 9095 },
}

const SECURED: AutoMqNodeConfig = {
  ...NODE,
  certificates: { node: '/run/node.pem', authority: '/run/authority.pem' },
}

describe('the properties of an AutoMQ node', () => {
  it('are those of the recipe that was tried on a running 1.7.3, with listeners as in the lab', () => {
    const access = 'region=us-east-1&endpoint=http://s3.lab:7070&pathStyle=true'
    assert.deepEqual(lines(NODE), [
      'process.roles=broker,controller',
      'node.id=1',
      'cluster.id=rZdE0DjZSrqy96PXrMUZVw',
      'broker.rack=az-a',
      'listeners=CLIENT://127.20.0.1:9092,CTRL://127.20.0.1:9093,REPL://127.20.0.1:9094',
      'advertised.listeners=CLIENT://automq-az-a.lab:9092,CTRL://automq-az-a.lab:9093,REPL://automq-az-a.lab:9094',
      'listener.security.protocol.map=CLIENT:PLAINTEXT,CTRL:PLAINTEXT,REPL:PLAINTEXT',
      'inter.broker.listener.name=REPL',
      'controller.listener.names=CTRL',
      'controller.quorum.voters=1@automq-az-a.lab:9093,2@automq-az-b.lab:9093,3@automq-az-c.lab:9093',
      'log.dirs=/data/kraft',
      'elasticstream.enable=true',
      `s3.data.buckets=0@s3://automq-data?${access}`,
      `s3.ops.buckets=1@s3://automq-ops?${access}`,
      `s3.wal.path=0@s3://automq-data?${access}&batchInterval=250&maxBytesInBatch=8388608`,
      's3.stream.allocator.policy=POOLED_DIRECT',
      's3.wal.cache.size=104857600',
      's3.block.cache.size=20971520',
      's3.wal.upload.threshold=34952533',
      'offsets.topic.replication.factor=1',
      'transaction.state.log.replication.factor=1',
      'transaction.state.log.min.isr=1',
      'metric.reporters=kafka.autobalancer.metricsreporter.AutoBalancerMetricsReporter',
      'autobalancer.client.listener.name=REPL',
      'autobalancer.controller.enable=false',
      'auto.create.topics.enable=false',
      's3.telemetry.metrics.exporter.uri=prometheus://?host=127.20.0.1&port=9095',
      'offsets.topic.num.partitions=6',
      'transaction.state.log.num.partitions=3',
      'group.initial.rebalance.delay.ms=0',
      'log.cleaner.dedupe.buffer.size=33554432',
      'num.network.threads=2',
      'num.io.threads=4',
      'background.threads=2',
      'broker.heartbeat.interval.ms=500',
      'broker.session.timeout.ms=3000',
      'controller.quorum.request.timeout.ms=1000',
      'controller.quorum.fetch.timeout.ms=1500',
      'controller.quorum.election.timeout.ms=1000',
      'controller.quorum.election.backoff.max.ms=500',
      'controller.socket.timeout.ms=2000',
      'socket.connection.setup.timeout.ms=1000',
      'socket.connection.setup.timeout.max.ms=2000',
      'autobalancer.controller.anomaly.detect.interval.ms=1000',
    ])
  })

  it('let a balancer that is off sleep as AutoMQ has it where timings are its own, or the machine is a server', () => {
    const sleeps = (node: Partial<AutoMqNodeConfig>) =>
      lines({ ...NODE, ...node }).some(line => line.includes('anomaly.detect.interval'))
    assert.equal(sleeps({ timeouts: 'defaults' }), false)
    assert.equal(sleeps({ sizing: 'server' }), false)
  })

  it('route between zones through the store when asked, with the batches of the write-ahead log', () => {
    const router = lines({ ...NODE, zoneRouter: true }).find(line => line.startsWith('automq.zonerouter'))
    assert.match(router ?? '', /^automq\.zonerouter\.channels=0@s3:\/\/automq-data\?.*&batchInterval=250&max/)
    const rack = lines(NODE).find(line => line.startsWith('broker.rack='))
    assert.equal(rack, `broker.rack=${zoneRouterClientId('az-a').replace('automq_az=', '')}`)
  })

  it('tell the router where networks are, and say nothing of them without a router', () => {
    const zoneNetworks = { 'az-a': ['10.0.0.0/20', '10.0.48.0/20'], 'az-b': ['10.0.16.0/20'] }
    const blocks = (router: boolean) =>
      lines({ ...NODE, zoneRouter: router, zoneNetworks }).find(line => line.includes('cidr'))
    assert.equal(blocks(true), 'automq.zone.cidr.blocks=az-a@10.0.0.0/20,10.0.48.0/20<>az-b@10.0.16.0/20')
    assert.equal(blocks(false), undefined)
    assert.ok(!lines({ ...NODE, zoneRouter: true }).some(line => line.includes('cidr')))
  })

  it('let a broker be no controller and a controller no broker', () => {
    const broker = lines({ ...NODE, roles: 'broker' })
    assert.ok(broker.includes('listeners=CLIENT://127.20.0.1:9092,REPL://127.20.0.1:9094'))
    const controller = lines({ ...NODE, roles: 'controller' })
    assert.ok(controller.includes('listeners=CTRL://127.20.0.1:9093'))
    // By the name that is in its certificate, and not by the address that it listens on.
    assert.ok(controller.includes('advertised.listeners=CTRL://automq-az-a.lab:9093'))
  })

  it('have clients log in and nodes show certificates when given some', () => {
    const secured = lines(SECURED)
    const map = secured.filter(line => line.startsWith('listener.security.protocol.map='))
    assert.deepEqual(map, ['listener.security.protocol.map=CLIENT:SASL_SSL,CTRL:SSL,REPL:SSL'])
    assert.ok(secured.includes('listener.name.repl.ssl.endpoint.identification.algorithm='))
  })

  it('keep caches where the allocator takes them from, in half of the direct memory, on brokers alone', () => {
    const caches = cachesIn(2560)
    const broker = valuesOf({ ...NODE, roles: 'broker', caches })
    assert.equal(broker.get('s3.stream.allocator.policy'), 'POOLED_DIRECT')
    const bytes = ['s3.wal.cache.size', 's3.block.cache.size'].map(key => Number(broker.get(key)))
    assert.ok(bytes.reduce((sum, one) => sum + one) <= 1280 * 1024 * 1024)
    const controller = [...valuesOf({ ...NODE, roles: 'controller', caches }).keys()]
    assert.deepEqual(
      controller.filter(key => /cache|allocator|threshold|reporter/.test(key)),
      [],
    )
  })

  it('upload at the threshold that AutoMQ applies, which follows the share of the cache that is for own records', () => {
    const threshold = (router: boolean) =>
      Number(valuesOf({ ...NODE, zoneRouter: router, caches: cachesIn(1536) }).get('s3.wal.upload.threshold'))
    const wal = 512 * 1024 * 1024
    assert.equal(threshold(false), Math.floor(wal / 3))
    assert.equal(threshold(true), Math.floor(Math.floor(wal / 3) / 3))
  })

  it('leave failover at its defaults when asked to', () => {
    assert.ok(!lines({ ...NODE, timeouts: 'defaults' }).some(line => line.includes('session.timeout')))
  })
})

/** What `AutoBalancerMetricsReporter.configure` of 1.7.3, which every broker has, makes of a broker's properties. */
function reporterClient(node: Map<string, string>) {
  const listeners = (node.get('listeners') ?? '').split(',').map(listener => listener.split(':')[0])
  const wanted = node.get('autobalancer.client.listener.name') ?? ''
  const dialled = wanted === '' ? listeners[0] : listeners.find(name => name === wanted)
  const own = [...node].flatMap(([key, value]): [string, string][] =>
    key.startsWith('autobalancer.reporter.') ? [[key.slice('autobalancer.reporter.'.length), value]] : [],
  )
  return {
    dialled,
    protocol: node.get('autobalancer.client.auth.security.protocol') ?? 'PLAINTEXT',
    settings: Object.fromEntries(own),
  }
}

function spokenBy(listener: string | undefined, node: Map<string, string>): string | undefined {
  const map = (node.get('listener.security.protocol.map') ?? '').split(',').map(pair => pair.split(':'))
  return map.find(([name]) => name === listener)?.[1]
}

describe('the reporter that AutoMQ gives every broker', () => {
  const kinds: Record<string, AutoMqNodeConfig> = {
    'of plaintext listeners': NODE,
    'of a lab whose clients log in': { ...NODE, hasAuthorizer: true },
    'with certificates': SECURED,
    'with certificates and a controller beside it': { ...SECURED, roles: 'broker' },
  }
  for (const [kind, config] of Object.entries(kinds))
    it(`speaks what the listener speaks that it dials, on a broker ${kind}`, () => {
      const node = valuesOf(config)
      const { dialled, protocol } = reporterClient(node)
      assert.equal(dialled, 'REPL')
      assert.equal(protocol, spokenBy(dialled, node))
    })

  it('shows the certificate of its node, where listeners ask for one', () => {
    assert.deepEqual(reporterClient(valuesOf(SECURED)).settings, {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': '/run/node.pem',
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': '/run/authority.pem',
      'ssl.endpoint.identification.algorithm': '',
    })
  })

  it('would dial clients’ listener in plaintext, were it told nothing', () => {
    const unmeasured = new Map([...valuesOf(SECURED)].filter(([key]) => !key.startsWith('autobalancer.')))
    const { dialled, protocol } = reporterClient(unmeasured)
    assert.deepEqual([dialled, protocol, spokenBy(dialled, unmeasured)], ['CLIENT', 'PLAINTEXT', 'SASL_SSL'])
  })
})

describe('the JVM of an AutoMQ node', () => {
  it('ends when memory does, because an own KAFKA_OPTS drops the default that does so', () => {
    assert.ok(AUTOMQ_SMALL_JVM.includes('-XX:+ExitOnOutOfMemoryError'))
    assert.ok(AUTOMQ_SMALL_JVM.includes('-Xmx512m'))
  })

  it('opens the packages that its network library needs', () => {
    const opened = autoMqJvm({ heapMiB: 2048, directMiB: 2048 }).filter(word =>
      word.startsWith('--add-opens'),
    )
    assert.equal(opened.length, 10)
    assert.ok(opened.includes('--add-opens=java.base/sun.nio.ch=ALL-UNNAMED'))
  })

  it('prints its log instead of uploading it', () => {
    assert.match(autoMqLog4jProperties(), /ConsoleAppender/)
    assert.doesNotMatch(autoMqLog4jProperties(), /s3/i)
    assert.match(autoMqLog4jProperties(), /^log4j\.logger\.kafka\.autobalancer\.metricsreporter=OFF$/m)
    assert.match(autoMqLog4jProperties(), /^log4j\.logger\.kafka\.autobalancer=WARN$/m)
  })
})

function lines(node: AutoMqNodeConfig): string[] {
  return autoMqProperties(node).trimEnd().split('\n')
}

function valuesOf(node: AutoMqNodeConfig): Map<string, string> {
  return new Map(
    lines(node).map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}
