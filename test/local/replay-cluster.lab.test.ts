import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type Consumer, Kafka, logLevel } from 'kafkajs'
import { after, before, describe, it } from 'mocha'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { grantRead, revokeRead } from '../../chaos/kafka/read-access.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { commandLine } from '../unit/commands/command-line.ts'
import { makeTopics } from './make-topics.ts'
import type { PlainCluster } from './plain-cluster.ts'
import { type SecuredCluster, startSecuredCluster } from './secured-cluster.ts'

const PASSWORDS = { admin: 'the password of admin', replay: 'the password of replay' }
const RECORDS = 600
const TOPIC = 'telemetry'
const CANARY = 'canary'
const SAFE = ['--live-groups', 'none', '--canary', 'none']

/** A cluster that is no lab: three brokers with TLS and logins, and nothing of ours beside them. */
describe('an approved replay on a cluster that is not ours', function () {
  this.timeout(300_000)
  let secured: SecuredCluster<keyof typeof PASSWORDS>
  let cluster: PlainCluster
  const file = (name: string) => secured.file(name)
  let live: Consumer

  before(async () => {
    secured = await startSecuredCluster(PASSWORDS)
    cluster = secured.cluster
    await fill()
    live = await readLive('dashboards')
    mkdirSync(file('people'))
    for (const name of ['ana', 'a-lead'])
      assert.equal((await here('keygen', '--out', `people/${name}`)).code, EXIT.pass)
  })
  after(async () => {
    await live?.disconnect()
    await secured?.[Symbol.asyncDispose]()
  })

  async function fill(): Promise<void> {
    const admin = cluster.kafka.admin()
    await admin.connect()
    await makeTopics(admin, [
      { topic: TOPIC, numPartitions: 3, replicationFactor: 3 },
      { topic: CANARY, numPartitions: 1, replicationFactor: 3 },
    ])
    await admin.disconnect()
    const producer = cluster.kafka.producer()
    await producer.connect()
    const messages = Array.from({ length: RECORDS }, (_, i) => ({ partition: i % 3, value: 'x'.repeat(500) }))
    await producer.send({ topic: TOPIC, acks: -1, messages })
    await producer.disconnect()
  }

  /** A live reader of somebody: it commits what it has read. */
  async function readLive(groupId: string): Promise<Consumer> {
    const consumer = cluster.kafka.consumer({ groupId })
    let read = 0
    await consumer.connect()
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
    await consumer.run({ autoCommitInterval: 200, eachMessage: async () => void read++ })
    await waitFor('the live reader to have read', () => read >= RECORDS, {
      clock: systemClock,
      deadlineMs: 60_000,
    })
    return consumer
  }

  const contract = (name: string, limits: string): string => {
    const text = readFileSync(packageFile('test', 'fixtures', 'contracts', 'one-topic.yaml'), 'utf8')
    writeFileSync(file(name), text.replace('topics:', `replayLimits: ${limits}\ntopics:`))
    return name
  }
  const logins = {
    BROKER_USERNAME: 'replay',
    BROKER_PASSWORD: PASSWORDS.replay,
    OPERATOR_USERNAME: 'admin',
    OPERATOR_PASSWORD: PASSWORDS.admin,
  }
  const here = (...args: string[]) => commandLine(args, { cwd: file('.'), env: environment(logins) })
  const environment = (login: NodeJS.ProcessEnv) => ({
    ...login,
    BROKER_AUTHORITY_FILE: file('authority.pem'),
    XDG_STATE_HOME: file('state'),
  })

  /** Asked for by Ana and approved by the lead, each time anew. */
  async function approved(name: string, of: string, ...scope: string[]): Promise<string[]> {
    const asked = [
      '--contract',
      of,
      '--topics',
      TOPIC,
      '--reason',
      'Because',
      '--as',
      'ana',
      '--key',
      'people/ana',
    ]
    const request = await here('replay', 'request', ...asked, ...scope, '--out', `${name}.json`)
    assert.equal(request.code, EXIT.pass, request.err)
    const by = ['--as', 'a-lead', '--key', 'people/a-lead', '--out', `${name}-approval.json`]
    const approval = await here('replay', 'approve', `${name}.json`, ...by)
    assert.equal(approval.code, EXIT.pass, approval.err)
    const place = ['--bootstrap', cluster.bootstrap, '--people', 'people', '--contract', of]
    return ['replay', 'run', `${name}.json`, '--approval', `${name}-approval.json`, ...place, '--out', name]
  }

  const journal = (name: string) =>
    readFileSync(file(`${name}/journal.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown> & { kind: string })

  it('is given the right by the operator, reads what was approved, and has no right before or after', async () => {
    const of = contract(
      'limited.yaml',
      '{ tailLagSeconds: 60, produceP99Ms: 30000, liveGroups: [dashboards] }',
    )
    const run = await approved('good', of, '--from', '50', '--to', '150', '--bytes-per-second', '10000000')
    const { code, out, err } = await here(...run, '--canary', CANARY, '--json')
    assert.equal(code, EXIT.pass, err)
    const result = JSON.parse(out) as { isComplete: boolean; records: number }
    assert.deepEqual([result.isComplete, result.records], [true, 300])
    const lines = journal('good')
    const answers = lines.flatMap(line =>
      line.kind === 'access.asked'
        ? [[line['when'], (line['inScope'] as Record<string, string>)[TOPIC]]]
        : [],
    )
    assert.deepEqual(answers, [
      ['before-approval', 'refused'],
      ['granted', 'given'],
      ['withdrawn', 'refused'],
    ])
    const stated = lines.find(({ kind }) => kind === 'replay.stated')
    assert.deepEqual([stated?.['records'], stated?.['gone'], stated?.['expectedBy']], [300, 0, 'limit'])
    assert.ok(Number(stated?.['bytes']) > 0 && Number(stated?.['marginMs']) > 0)
    const watched = lines.find(({ kind }) => kind === 'replay.watched')
    assert.deepEqual([watched?.['liveGroups'], watched?.['canary']], [['dashboards'], CANARY])
    assert.match(err, /dashboards may fall behind by 60 s; records to canary may take 30000 ms/)
    assert.ok(!`${out}${err}${JSON.stringify(lines)}`.includes(PASSWORDS.admin))
  })

  it('is asked for with what there is to read, where the login of whoever asks may see that', async () => {
    const of = contract('asked.yaml', '{}')
    const who = ['--as', 'ana', '--key', 'people/ana', '--bootstrap', cluster.bootstrap]
    const asked = ['replay', 'request', '--contract', of, '--topics', TOPIC, '--reason', 'Because', ...who]
    const operator = { BROKER_USERNAME: 'admin', BROKER_PASSWORD: PASSWORDS.admin }
    const stated = await commandLine([...asked, '--out', 'stated.json', '--from', '20'], {
      cwd: file('.'),
      env: environment(operator),
    })
    assert.equal(stated.code, EXIT.pass, stated.err)
    assert.match(
      stated.out,
      /540 offsets to read \(.* before retention reaches it\), 0 of those asked for are gone/,
    )
    const blind = await here(...asked, '--out', 'blind.json')
    assert.equal(blind.code, EXIT.unavailable)
    assert.match(blind.err, /what there is to read is not known/)
  })

  it('wants both logins, and to be told who is not to suffer', async () => {
    const of = contract('limits.yaml', '{ tailLagSeconds: 60, produceP99Ms: 30000 }')
    const run = await approved('told', of)
    const alone = await commandLine(run, {
      cwd: file('.'),
      env: environment({ BROKER_USERNAME: 'replay', BROKER_PASSWORD: PASSWORDS.replay }),
    })
    assert.equal(alone.code, EXIT.usage)
    assert.match(alone.err, /no login of the operator, who may change rights/)
    const groups = await here(...(await approved('groups', of)))
    assert.equal(groups.code, EXIT.usage)
    assert.match(groups.err, /live readers are more than 60 s behind, and does not name them/)
    const canary = await here(...(await approved('canary', of)), '--live-groups', 'dashboards')
    assert.equal(canary.code, EXIT.usage)
    assert.match(canary.err, /--canary TOPIC/)
    assert.equal((await here(...(await approved('nobody', of)), ...SAFE)).code, EXIT.pass)
  })

  it('does not begin while live readers are behind beyond the contract, and says so in its journal', async () => {
    // This one has committed nothing but its beginning, and reads no more.
    const admin = cluster.kafka.admin()
    await admin.connect()
    const partitions = [0, 1, 2].map(partition => ({ partition, offset: '0' }))
    await admin.setOffsets({ groupId: 'asleep', topic: TOPIC, partitions })
    await admin.disconnect()
    const of = contract('strict.yaml', '{ tailLagSeconds: 2, liveGroups: [asleep] }')
    const { code, err } = await here(...(await approved('late', of)))
    assert.equal(code, EXIT.refused, err)
    assert.match(err, /tail-lag-seconds is \d.*above 2/)
    const lines = journal('late')
    assert.ok(lines.some(line => line.kind === 'replay.refused' && line['refusal'] === 'beyond-limits'))
    assert.ok(!lines.some(({ kind }) => kind === 'grant.intended'))
  })

  it('is refused where brokers let its principal read without an approval', async () => {
    const admin = cluster.kafka.admin()
    await admin.connect()
    const standing = { principal: 'replay', topics: [TOPIC], groupPrefix: 'any' }
    await grantRead(admin, standing)
    try {
      const reader = new Kafka({
        brokers: cluster.bootstrap.split(','),
        logLevel: logLevel.NOTHING,
        ...secured.access('replay'),
      })
      // Every broker leads one of the partitions.
      await waitFor('every broker to know of it', () => canAsk(reader), {
        clock: systemClock,
        deadlineMs: 30_000,
      })
      const { code, err } = await here(...(await approved('standing', contract('open.yaml', '{}'))))
      assert.equal(code, EXIT.refused, err)
      assert.match(err, /brokers let replay read telemetry without any approval \(standing-right\)/)
      assert.ok(journal('standing').some(line => line['refusal'] === 'standing-right'))
    } finally {
      await revokeRead(admin, standing)
      await admin.disconnect()
    }
  })
})

async function canAsk(kafka: Kafka): Promise<boolean> {
  const admin = kafka.admin({ retry: { retries: 0 } })
  try {
    await admin.connect()
    return (await admin.fetchTopicOffsets(TOPIC)).length === 3
  } catch {
    return false
  } finally {
    await admin.disconnect()
  }
}
