import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { type AutoMqContext, autoMqSoftware } from '../../../chaos/drivers/local/nodes/automq-node.ts'
import { type LabLayout, labLayout } from '../../../chaos/drivers/local/lab/lab-layout.ts'
import { labMarks } from '../../../chaos/drivers/local/lab/supervisor.ts'

const HOME = '/opt/automq'
let dir: string
let layout: LabLayout

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aftershock-automq-'))
  layout = labLayout(0, dir, 'automq')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function software(changes: Partial<AutoMqContext> = {}) {
  return autoMqSoftware({
    layout,
    state: { clusterId: 'rZdE0DjZSrqy96PXrMUZVw', timeouts: 'tuned' },
    distribution: { home: HOME },
    zoneRouter: false,
    store: {
      endpoint: 'http://s3.lab:7070',
      dataBucket: 'data',
      opsBucket: 'ops',
      accessKeyId: 'key-id',
      secretAccessKey: 'secret',
      region: 'us-east-1',
    },
    ...changes,
  })
}

const fileOf = (node: number, name: string) => readFileSync(join(layout.nodeDir(node), name), 'utf8')
const words = (text: string | undefined) => text?.split(' ') ?? []

describe('an AutoMQ node of the lab', () => {
  it('has the properties of the recipe, with its own addresses and the store by its name', async () => {
    await software().prepare()
    const lines = fileOf(2, 'server.properties').split('\n')
    for (const line of [
      'node.id=2',
      'broker.rack=az-b',
      'listeners=CLIENT://127.20.0.2:9092,CTRL://127.20.0.2:9093,REPL://127.20.0.2:9094',
      'elasticstream.enable=true',
      's3.data.buckets=0@s3://data?region=us-east-1&endpoint=http://s3.lab:7070&pathStyle=true',
      's3.ops.buckets=1@s3://ops?region=us-east-1&endpoint=http://s3.lab:7070&pathStyle=true',
      's3.telemetry.metrics.exporter.uri=prometheus://?host=127.20.0.2&port=9404',
      `log.dirs=${join(layout.nodeDir(2), 'data')}`,
      'broker.session.timeout.ms=3000',
    ])
      assert.ok(lines.includes(line), line)
    assert.ok(!lines.some(line => line.startsWith('automq.zonerouter')))
  })

  it('routes between zones through the store when asked', async () => {
    await software({ zoneRouter: true }).prepare()
    assert.match(fileOf(1, 'server.properties'), /^automq\.zonerouter\.channels=0@s3:\/\/data\?/m)
  })

  it('reaches the store over the link of its zone, and the other nodes over theirs', async () => {
    await software().prepare()
    const hosts = fileOf(3, 'hosts').split('\n')
    for (const line of ['127.10.3.9 s3.lab', '127.20.0.3 kafka-az-c.lab', '127.10.3.1 kafka-az-a.lab'])
      assert.ok(hosts.includes(line), line)
  })

  it('is started by its own script, which is given everything by variables', async () => {
    const { program, args, env, cwd } = software().command(2)
    const nodeDir = layout.nodeDir(2)
    assert.equal(program, '/opt/automq/bin/kafka-server-start.sh')
    assert.equal(args[0], join(nodeDir, 'server.properties'))
    assert.equal(cwd, nodeDir)
    const heap = words(env?.['KAFKA_HEAP_OPTS'])
    assert.deepEqual(heap, [
      '-Xms512m',
      '-Xmx512m',
      '-XX:MaxDirectMemorySize=512m',
      '-XX:ReservedCodeCacheSize=96m',
    ])
    const performance = words(env?.['KAFKA_JVM_PERFORMANCE_OPTS'])
    assert.deepEqual(performance, ['-server', '-XX:+UseG1GC', '-Djava.awt.headless=true'])
    const options = words(env?.['KAFKA_OPTS'])
    for (const word of [
      `-Djdk.net.hosts.file=${join(nodeDir, 'hosts')}`,
      '-XX:+ExitOnOutOfMemoryError',
      '-Dio.netty.allocator.maxOrder=11',
      '--add-opens=java.base/java.nio=ALL-UNNAMED',
      '-Duser.timezone=UTC',
    ])
      assert.ok(options.includes(word), word)
    assert.equal(env?.['KAFKA_LOG4J_OPTS'], `-Dlog4j.configuration=file:${join(nodeDir, 'log4j.properties')}`)
    assert.equal(env?.['LOG_DIR'], join(nodeDir, 'jvm'))
  })

  it('carries the mark of its lab, both as a script and as the JVM that takes its place', () => {
    const [mark] = labMarks(dir)
    const { args, env } = software().command(1)
    assert.deepEqual(args.slice(1), ['--override', mark])
    assert.ok(words(env?.['KAFKA_OPTS']).includes(mark))
  })

  it('is given its credentials by variables alone: no file and no command line has them', async () => {
    const node = software()
    await node.prepare()
    const { args, env } = node.command(1)
    assert.equal(env?.['KAFKA_S3_ACCESS_KEY'], 'key-id')
    assert.equal(env?.['KAFKA_S3_SECRET_KEY'], 'secret')
    assert.doesNotMatch([...args, env?.['KAFKA_OPTS'], fileOf(1, 'server.properties')].join(' '), /secret/)
  })

  it('takes nothing over from the shell that would change which program it is', () => {
    const { env } = software().command(1)
    for (const name of ['CLASSPATH', 'JMX_PORT', 'KAFKA_DEBUG', 'KAFKA_MODE']) assert.equal(env?.[name], '')
  })

  it('formats its own disk: it begins empty, and is empty again when it was wiped', async () => {
    const node = software()
    await node.prepare()
    assert.deepEqual(node.look(1), { directoryId: null, clusterId: null, segmentBytes: 0 })
    const meta = join(layout.nodeDir(1), 'data', 'meta.properties')
    writeFileSync(meta, 'version=1\nnode.id=1\ndirectory.id=abc\n')
    assert.equal(node.look(1).directoryId, 'abc')
    node.wipe(1)
    assert.equal(existsSync(meta), false)
    assert.deepEqual(node.look(1), { directoryId: null, clusterId: null, segmentBytes: 0 })
  })

  it('is asked for its metrics every ten seconds at most', () => {
    assert.ok(software().metricsEveryMs >= 10_000)
  })

  it('is refused in a folder that its script would break on', async () => {
    layout = labLayout(0, join(dir, 'my labs'), 'automq')
    await assert.rejects(software().prepare(), (error: AftershockError) => {
      assert.equal(error.code, 'unavailable')
      assert.match(error.hint ?? '', /XDG_STATE_HOME/)
      return true
    })
  })
})
