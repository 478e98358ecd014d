import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { after, before, describe, it } from 'mocha'
import { makeFleetQuota, quotaLeft, removeFleetQuota } from '../../chaos/drivers/attach/fleet-quota.ts'
import { BrokerLane } from '../../chaos/fleet/broker-lane.ts'
import { bootstrapServers } from '../../chaos/kafka/bootstrap-servers.ts'
import { clientProperties, loginRecipe } from '../../chaos/kafka/client-properties.ts'
import { operatorOver } from '../../chaos/kafka/cluster-operator.ts'
import { loginOf } from '../../chaos/kafka/recipe-login.ts'
import type { JournalEvent } from '../../chaos/record/journal-events.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { certificates } from './certificates.ts'
import { type ForeignCluster, startForeignCluster } from './foreign-cluster.ts'
import { makeTopics } from './make-topics.ts'

const TOPIC = 'aftershock.mark.telemetry'
const QUOTA = { client: 'aftershock.mark.fleet', bytesPerSecond: 20_000 }
const LIMITED = { name: 'reader', password: 'planted-reader' }

describe('a produce quota on a cluster that somebody else started', function () {
  this.timeout(90_000)
  let folder = ''
  let cluster: ForeignCluster
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-foreign-quota-'))
    const made = certificates(folder, ['127.0.0.1'])
    const path = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const [node, authority] = [path('node.pem', made.node), path('authority.pem', made.authority)]
    const others = { [LIMITED.name]: LIMITED.password }
    const security = { node, authority, username: 'fleet', password: 'planted-operator', others }
    cluster = await startForeignCluster({ brokers: 1, firstPort: 23_800, security })
    path(
      'reader.properties',
      [
        'security.protocol=SASL_SSL',
        'sasl.mechanism=SCRAM-SHA-512',
        `sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="${LIMITED.name}" password="${LIMITED.password}";`,
        'ssl.truststore.type=PEM',
        'ssl.truststore.location=authority.pem',
        '',
      ].join('\n'),
    )
    const admin = new Kafka({ brokers: cluster.plain.split(','), logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    await makeTopics(admin, [{ topic: TOPIC, numPartitions: 1, replicationFactor: 1 }])
    await admin.disconnect()
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const clock = systemClock
  const operator = () => operatorOver(bootstrapServers(cluster.plain), { login: null, clock })
  const all = async () => (await operator().limits('client-id', 'produce')) ?? assert.fail('no broker told')

  async function asked(by = operator(), user: string | null = 'ANONYMOUS'): Promise<JournalEvent[]> {
    const lines: JournalEvent[] = []
    await makeFleetQuota(QUOTA, { operator: by, user, record: line => void lines.push(line), clock })
    return lines
  }

  /** Sends as devices do, until a broker holds them back, or enough has gone. */
  async function heldBackMs(client: string): Promise<number> {
    const told: number[] = []
    const lane = new BrokerLane({
      clientId: client,
      seeds: cluster.plain.split(','),
      openSocket: ({ host, port }) => connect(port, host),
      login: null,
      now: () => clock.now(),
      onThrottled: ms => void told.push(ms),
    })
    try {
      for (let sent = 0; sent < 20 && told.length === 0; sent += 1) {
        const messages = Array.from({ length: 20 }, () => ({
          key: 'd1',
          value: 'x'.repeat(1000),
          partition: 0,
        }))
        const report = await lane.send([{ topic: TOPIC, partition: 0, messages }])
        assert.equal(report.error, undefined)
      }
    } finally {
      lane.destroy()
    }
    return Math.max(0, ...told)
  }

  it('holds devices back that send more, who are told, and nobody else; and goes again', async () => {
    const lines = await asked()
    assert.deepEqual(lines.at(-1), { kind: 'quota.made', ...QUOTA, told: true, before: [] })
    assert.deepEqual(await all(), [
      { entity: { 'client-id': QUOTA.client }, bytesPerSecond: QUOTA.bytesPerSecond },
    ])
    assert.ok((await heldBackMs(QUOTA.client)) > 0, 'devices are held back')
    assert.equal(await heldBackMs('somebody-else'), 0)
    for (let times = 0; times < 2; times += 1)
      assert.ok(await removeFleetQuota(QUOTA.client, operator(), line => void lines.push(line)))
    assert.equal(quotaLeft(lines), null)
    await waitFor('the quota to be gone', async () => (await all()).length === 0, {
      clock,
      deadlineMs: 10_000,
    })
  })

  it('is not there where the login may not set one, and the journal says what brokers said', async () => {
    const properties = clientProperties(join(folder, 'reader.properties'), {})
    const recipe = loginRecipe(properties, folder)
    assert.ok(recipe)
    const asReader = operatorOver(bootstrapServers(cluster.sasl), { login: loginOf(recipe), clock })
    const lines = await asked(asReader, LIMITED.name)
    process.stderr.write(`    ${JSON.stringify(lines.at(-1))}\n`)
    assert.equal(lines.at(-1)?.kind, 'quota.absent')
    assert.match(JSON.stringify(lines), /the brokers refused it/)
    assert.deepEqual(await all(), [])
  })

  it('leaves what the owner set, and says which quotas of users brokers apply first', async () => {
    const own = operator()
    const everybody = { kind: 'client-id', name: null } as const
    const user = { kind: 'user', name: 'ANONYMOUS' } as const
    const isSet = async (bytesPerSecond: number | null) =>
      (await own.limit(everybody, 'produce')) === bytesPerSecond
    const wait = { clock, deadlineMs: 10_000 }
    try {
      await own.limitTo(everybody, 5000, 'produce')
      await waitFor('the owner’s quota to be there', () => isSet(5000), wait)
      const lines = await asked()
      assert.deepEqual(
        lines.map(({ kind }) => kind),
        ['quota.absent'],
      )
      assert.ok(await isSet(5000))
      await own.limitTo(everybody, null, 'produce')
      await waitFor('it to be gone', () => isSet(null), wait)
      await own.limitTo(user, 90_000, 'produce')
      await waitFor(
        'the user’s quota to be there',
        async () => (await own.limit(user, 'produce')) === 90_000,
        wait,
      )
      const line = (await asked()).at(-1)
      assert.ok(line?.kind === 'quota.made')
      assert.match(line.before.join(), /for the user ANONYMOUS$/)
    } finally {
      await own.limitTo(everybody, null, 'produce')
      await own.limitTo(user, null, 'produce')
      await removeFleetQuota(QUOTA.client, own, () => {})
    }
  })
})
