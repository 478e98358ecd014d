import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitMsOf, processorSchema } from '../../../chaos/core/processor.ts'
import { instancesOf, linkId, workersOf } from '../../../chaos/core/topology.ts'
import { instanceHostsFor, labLayout, withProcessor } from '../../../chaos/drivers/local/lab/lab-layout.ts'
import { membersOf } from '../../../chaos/drivers/local/processor/group-view.ts'
import { readState } from '../../../chaos/drivers/local/processor/instance-control.ts'
import { sentRecords } from '../../../chaos/drivers/local/processor/read-commands.ts'
import { readRebuildLog } from '../../../chaos/drivers/local/processor/rebuild-log.ts'
import { writerStatements } from '../../../chaos/drivers/local/processor/writer-tables.ts'
import { isUserTopic } from '../../../chaos/kafka/wire.ts'
import {
  ACKNOWLEDGEMENTS_TOPIC,
  CHANGELOG_TOPIC,
  COMMANDS_TOPIC,
  processorProperties,
  processorTopics,
} from '../../../chaos/platforms/processor.ts'

const layout = withProcessor(labLayout(0, '/lab'), { zones: ['az-a', 'az-b'] })

describe('the links of a stateful processor', () => {
  const own = layout.topology.links.filter(({ listener }) => listener === 'processor')

  it('are one to each broker from each instance, with an address of its own, also beside Connect workers', () => {
    assert.deepEqual(own.slice(0, 3).map(linkId), [
      'az-a>1:processor',
      'az-a>2:processor',
      'az-a>3:processor',
    ])
    const all = layout.topology.links.map(link => {
      const { host, port } = layout.addressOf(link)
      return `${host}:${port}`
    })
    assert.equal(new Set(all).size, all.length)
    assert.deepEqual(instancesOf(layout.topology), [
      { id: 31, zone: 'az-a' },
      { id: 32, zone: 'az-b' },
    ])
  })

  it('lead to the database too where instances write to one, and make nobody a Connect worker', () => {
    const written = withProcessor(labLayout(0, '/lab'), { zones: ['az-b'], writer: { fencing: 'epoch' } })
    const [link, ...others] = written.topology.links.filter(({ listener }) => listener === 'database')
    assert.deepEqual([link && linkId(link), others.length], ['az-b>10:database', 0])
    assert.deepEqual(workersOf(written.topology), [])
    assert.ok(instanceHostsFor(written, 'az-b', 'machine').some(({ host }) => host === 'database.lab'))
  })

  it('are the only way by which an instance knows the brokers', () => {
    const brokers = instanceHostsFor(layout, 'az-b', 'machine').slice(2)
    const links = own.filter(({ from }) => from === 'az-b').map(link => layout.addressOf(link).host)
    assert.deepEqual(
      brokers.map(({ address }) => address),
      links,
    )
  })
})

describe('the configuration of a stateful processor', () => {
  it('says what the drill says, and leaves the rest to the library', () => {
    const spec = processorSchema.parse({ guarantee: 'at_least_once', standbys: 2, every: 7 })
    const text = processorProperties({
      ...spec,
      bootstrap: ['kafka-az-a.lab:9092'],
      clientId: 'device-twin-az-a',
      number: 31,
      host: '127.20.0.31',
      port: 8090,
      stateDir: '/state',
      eventsFile: '/events.jsonl',
      internalReplicas: 3,
    })
    const lines = text.split('\n')
    for (const line of [
      'processing.guarantee=at_least_once',
      'num.standby.replicas=2',
      'commit.interval.ms=5000',
      'twin.every=7',
      'replication.factor=3',
      'topic.min.insync.replicas=2',
    ])
      assert.ok(lines.includes(line), line)
  })

  it('commits as often as the guarantee asks for, unless it is told', () => {
    assert.equal(commitMsOf(processorSchema.parse({})), 100)
    assert.equal(commitMsOf(processorSchema.parse({ commitMs: 700 })), 700)
  })

  it('keeps every command, whatever the clock of a device says', () => {
    const [commands] = processorTopics(6, 1)
    const settings = Object.fromEntries(
      (commands?.configEntries ?? []).map(({ name, value }) => [name, value]),
    )
    assert.deepEqual(settings, {
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
      'message.timestamp.type': 'LogAppendTime',
      'min.insync.replicas': '1',
    })
    assert.deepEqual([commands?.numPartitions, commands?.replicationFactor], [6, 1])
  })

  it('has topics that are no user’s', () => {
    for (const topic of [COMMANDS_TOPIC, ACKNOWLEDGEMENTS_TOPIC, CHANGELOG_TOPIC])
      assert.equal(isUserTopic(topic), false)
    assert.equal(isUserTopic('device-state'), true)
  })
})

describe('the tables of writers', () => {
  it('check the newest claim of a partition where there is fencing, and nothing where there is none', () => {
    assert.match(writerStatements({ fencing: 'epoch' }), /IF newest IS DISTINCT FROM claimed/)
    assert.doesNotMatch(writerStatements({ fencing: 'none' }), /IS DISTINCT FROM/)
  })
})

describe('what brokers and the file system say of a processor', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-instance-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  it('counts members of each instance by their names', () => {
    const clients = ['device-twin-az-a-StreamThread-1-consumer', 'device-twin-devices']
    assert.deepEqual(membersOf(layout.topology, clients), { 31: 1, 32: 0 })
  })

  it('counts the files of a state folder, and none where there is no folder', () => {
    assert.deepEqual(readState(join(dir, 'none')), { files: 0, bytes: 0 })
    mkdirSync(join(dir, 'device-twin', '0_1'), { recursive: true })
    writeFileSync(join(dir, 'device-twin', '0_1', '000012.sst'), 'four')
    assert.deepEqual(readState(dir), { files: 1, bytes: 4 })
  })

  it('reads how state was restored, but for a line that a kill cut short', () => {
    const path = join(dir, 'events.jsonl')
    assert.deepEqual(readRebuildLog(31, path), [])
    writeFileSync(
      path,
      `{"kind":"state","at":1,"state":"RUNNING"}
{"kind":"restore-start","at":2,"partition":4,"from":0,"to":9}
{"kind":"restore-end","at":3,"partition":4,"records":9}
{"kind":"restore-en`,
    )
    assert.deepEqual(readRebuildLog(31, path), [
      [31, 1, 'RUNNING', null, null],
      [31, 2, 'restore-start', 4, null],
      [31, 3, 'restore-end', 4, 9],
    ])
  })
})

describe('what was read of the commands', () => {
  const place = { topic: COMMANDS_TOPIC, partition: 0 }
  const partition = (isolation: 'read_committed' | 'read_uncommitted', changes: object = {}) => ({
    kind: 'partition' as const,
    isolation,
    ...place,
    low: 0,
    position: 3,
    end: 3,
    high: 3,
    records: 1,
    ...changes,
  })
  const record = (isolation: 'read_committed' | 'read_uncommitted') => ({
    kind: 'record' as const,
    isolation,
    ...place,
    offset: 0,
    id: 'd1/1/1',
  })
  const both = [record('read_committed'), record('read_uncommitted'), partition('read_uncommitted')]

  it('is every record, once as stored and once as committed', () => {
    const sent = sentRecords([...both, partition('read_committed')])
    assert.deepEqual(sent, {
      read_committed: [[COMMANDS_TOPIC, 0, 0, 'd1/1/1']],
      read_uncommitted: [[COMMANDS_TOPIC, 0, 0, 'd1/1/1']],
    })
  })

  it('is refused where something of it is missing', () => {
    for (const flaw of [{ low: 1 }, { position: 2 }, { end: 2, position: 2 }, { records: 2 }])
      assert.throws(() => sentRecords([...both, partition('read_committed', flaw)]), /not read whole/)
    assert.throws(() => sentRecords(both, ['no broker']), /no broker/)
  })
})
