import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { identifyAutoMq } from '../../chaos/drivers/local/setup/automq-identity.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { addressOf, addressParameter, AutoMqRoles, BROKERS, CONTROLLERS } from './automq-roles.ts'
import { BROKER_PORTS } from './bootstrap-broker.ts'
import { makeTopics } from './make-topics.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'
import { type PlainStore, startPlainStore } from './versitygw.ts'

const TOPIC = 'telemetry'
/** What a broker's log says of a client that it does not understand. */
const FAILED = /Failed authentication with|SSL handshake failed/g

/** Of a distribution that whoever runs the tests brings: none is in this repository, nor on a registry. */
describe('the roles of the stacks, on AutoMQ itself', function () {
  this.timeout(900_000)
  let moto: Moto
  let store: PlainStore
  let cluster: AutoMqRoles

  before(async function () {
    const { AUTOMQ_HOME: home } = process.env
    const tools = pythonTools('moto_server', 'aws')
    const lacks =
      typeof tools === 'string' ? tools : home ? await missing(home) : 'AUTOMQ_HOME names no distribution'
    if (typeof tools === 'string' || !home || lacks !== null) {
      process.stderr.write(`the roles of the stacks on AutoMQ itself: skipped, because ${lacks}\n`)
      return this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
    const folder = join(moto.dir, 'store')
    mkdirSync(folder)
    store = await startPlainStore('127.84.6.200', folder, ['data', 'ops'])
    cluster = await AutoMqRoles.of(moto, store, home)
    for (const id of CONTROLLERS) await cluster.boot(id)
    for (const id of BROKERS) await cluster.boot(id)
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
    await store?.[Symbol.asyncDispose]()
    await moto?.[Symbol.asyncDispose]()
  })

  const outputOf = (id: number) => cluster.machines.get(id)?.output ?? ''
  const failures = (id: number) => (outputOf(id).match(FAILED) ?? []).length

  const registered = async () => {
    const admin = cluster.client('admin').admin()
    try {
      await admin.connect()
      return (await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId).toSorted((a, b) => a - b)
    } catch {
      return []
    } finally {
      await admin.disconnect()
    }
  }

  const until = (what: string, look: () => Promise<boolean> | boolean, of = BROKERS[0] as number) =>
    waitFor(what, look, {
      clock: systemClock,
      // Rules and logins are eleven starts of a JVM.
      deadlineMs: 480_000,
      everyMs: 500,
      lastSeen: () => outputOf(of).slice(-2000),
    })

  it('form a quorum of controllers and register three brokers, which say where they are', async () => {
    await until('rules and logins', () => /logins: as in the secrets of 4 principals/.test(outputOf(1)))
    await until('three brokers', async () => (await registered()).join() === BROKERS.join())
    for (const id of BROKERS) {
      const { Parameter } = await moto.json<{ Parameter: { Value: string } }>(
        'ssm',
        'AmazonSSM.GetParameter',
        { Name: addressParameter(id) },
      )
      assert.equal(Parameter.Value, `${addressOf(id)}:${BROKER_PORTS.client}`)
    }
    for (const password of cluster.passwords)
      for (const id of [...BROKERS, ...CONTROLLERS]) assert.ok(!outputOf(id).includes(password))
  })

  it('have devices write and not read, and send them to brokers of their own zone', async () => {
    const admin = cluster.client('admin').admin()
    await admin.connect()
    await makeTopics(admin, [{ topic: TOPIC, numPartitions: 6, replicationFactor: 1 }])
    await admin.disconnect()
    for (const zone of BROKERS) {
      const device = cluster.client('device', zone)
      const asked = device.admin()
      await asked.connect()
      const { topics } = await asked.fetchTopicMetadata({ topics: [TOPIC] })
      await asked.disconnect()
      const leaders = new Set(topics.flatMap(({ partitions }) => partitions.map(({ leader }) => leader)))
      assert.deepEqual([...leaders], [zone], `leaders for zone ${zone}`)
      await send(device, `zone-${zone}`, 20)
    }
    assert.equal(await readAll(cluster.client('replay')), 60)
    const { access } = cluster
    assert.deepEqual(await access.ask('device', [TOPIC]), { [TOPIC]: 'refused' })
    assert.deepEqual(await access.ask('replay', [TOPIC]), { [TOPIC]: 'given' })
  })

  it('take a fresh machine under the id of one that crashed, and lose nothing that was acknowledged', async () => {
    const lost = cluster.machines.get(2) ?? assert.fail()
    await lost.crash()
    lost.replaceMachine()
    await cluster.boot(2)
    await send(cluster.client('device', 1), 'while-away', 20)
    await lost.said(/Kafka Server started/)
    await until('the fresh machine to serve its zone', async () => {
      const admin = cluster.client('device', 2).admin()
      await admin.connect()
      const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] })
      await admin.disconnect()
      return topics.every(({ partitions }) => partitions.every(({ leader }) => leader === 2))
    })
    await send(cluster.client('device', 2), 'after', 20)
    assert.equal(await readAll(cluster.client('replay')), 100)
  })

  it('have no broker fail at its own listeners, nor run out of memory', async () => {
    for (const id of BROKERS) {
      assert.equal(
        failures(id),
        0,
        outputOf(id)
          .split('\n')
          .find(line => FAILED.test(line)),
      )
      assert.doesNotMatch(outputOf(id), /OutOfMemory|starting again/)
    }
    const memory = [...BROKERS, ...CONTROLLERS].map(id => `${id}: ${cluster.memoryMiB(id)} MiB`)
    process.stderr.write(`    PSS ${memory.join(', ')}\n`)
  })

  it('would see a broker whose reporter was told nothing', async () => {
    const untold = (properties: string) =>
      properties.replaceAll(/^autobalancer\.(client|reporter)\..*\n/gm, '')
    await cluster.machines.get(3)?.crash()
    await cluster.boot(3, untold)
    await until('its reporter to be refused', () => failures(3) > 5, 3)
  })
})

async function missing(home: string): Promise<string | null> {
  const { kind } = await identifyAutoMq(home)
  return kind === 'product' ? null : `${home} is not AutoMQ`
}

async function send(client: ReturnType<AutoMqRoles['client']>, key: string, records: number): Promise<void> {
  const producer = client.producer()
  await producer.connect()
  for (let index = 0; index < records; index++)
    await producer.send({ topic: TOPIC, acks: -1, messages: [{ key, value: String(index) }] })
  await producer.disconnect()
}

/** How many records the topic has. */
async function readAll(client: ReturnType<AutoMqRoles['client']>): Promise<number> {
  const admin = client.admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets(TOPIC)
  await admin.disconnect()
  const last = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
  const consumer = client.consumer({ groupId: `recovery-${last}` })
  const seen = new Set<string>()
  await consumer.connect()
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ partition, message }) => void seen.add(`${partition}/${message.offset}`),
  })
  await waitFor(`all ${last} records`, () => seen.size >= last, {
    clock: systemClock,
    deadlineMs: 120_000,
    lastSeen: () => `${seen.size} of ${last}`,
  })
  await consumer.disconnect()
  return seen.size
}
