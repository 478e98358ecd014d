import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { after, before, describe, it } from 'mocha'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { commandLine } from '../unit/commands/command-line.ts'
import { certificates } from './certificates.ts'
import { type ForeignCluster, startForeignCluster } from './foreign-cluster.ts'
import { makeTopics } from './make-topics.ts'

const PASSWORDS = { fleet: 'planted-operator', replay: 'planted-replay' }
const TOPIC = 'telemetry'
const RECORDS = 300

/** Two brokers that share a host, with an authorizer, started by somebody else; logins by client properties. */
describe('a contract and an approved replay on a cluster that somebody else started', function () {
  this.timeout(90_000)
  let folder = ''
  let cluster: ForeignCluster
  const said: string[] = []
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-foreign-replay-'))
    const made = certificates(folder, ['127.0.0.1'])
    const path = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const [node, authority] = [path('node.pem', made.node), path('authority.pem', made.authority)]
    const { fleet: password, ...others } = PASSWORDS
    const security = { node, authority, username: 'fleet', password, others }
    cluster = await startForeignCluster({ brokers: 2, firstPort: 23_700, security })
    for (const [name, secret] of Object.entries(PASSWORDS))
      path(
        `${name}.properties`,
        [
          'security.protocol=SASL_SSL',
          'sasl.mechanism=SCRAM-SHA-512',
          `sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="${name}" password="${secret}";`,
          'ssl.truststore.type=PEM',
          'ssl.truststore.location=authority.pem',
          '',
        ].join('\n'),
      )
    const kafka = new Kafka({ brokers: cluster.plain.split(','), logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    await makeTopics(admin, [{ topic: TOPIC, numPartitions: 3, replicationFactor: 2 }])
    await admin.disconnect()
    // What is sent again, since an answer was late, is stored once.
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const messages = Array.from({ length: RECORDS }, (_, i) => ({ partition: i % 3, value: 'x'.repeat(200) }))
    await producer.send({ topic: TOPIC, acks: -1, messages })
    await producer.disconnect()
    mkdirSync(join(folder, 'people'))
    path(
      'contract.yaml',
      readFileSync(packageFile('test', 'fixtures', 'contracts', 'one-topic.yaml'), 'utf8'),
    )
    for (const name of ['ana', 'a-lead']) await here('keygen', '--out', `people/${name}`)
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  async function here(...args: string[]) {
    const done = await commandLine(args, { cwd: folder, env: { XDG_STATE_HOME: join(folder, 'state') } })
    said.push(done.out, done.err)
    return done
  }
  const by = (name: string) => ['--bootstrap', cluster.sasl, '--command-config', `${name}.properties`]

  it('holds the contract against it', async () => {
    const checked = await here(
      'contract',
      'check',
      'contract.yaml',
      ...by('fleet'),
      '--watch',
      '1s',
      '--json',
    )
    assert.ok([EXIT.pass, EXIT.fail, EXIT.inconclusive].includes(checked.code as 0), checked.err)
    const report = JSON.parse(checked.out) as { topics: { findings: { check: string; actual: string }[] }[] }
    const found = JSON.stringify(report)
    assert.match(found, /nobody but super users/, found)
  })

  it('is asked for, approved, read by its principal alone, and its right is taken away', async () => {
    const request = await here(
      'replay',
      'request',
      '--contract',
      'contract.yaml',
      '--topics',
      TOPIC,
      '--reason',
      'Because',
      '--as',
      'ana',
      '--key',
      'people/ana',
      '--bytes-per-second',
      '10000000',
      ...by('fleet'),
    )
    assert.equal(request.code, EXIT.pass, request.err)
    assert.match(request.out, /300 offsets to read/)
    const approval = ['--as', 'a-lead', '--key', 'people/a-lead']
    const approved = await here('replay', 'approve', 'replay-request.json', ...approval)
    assert.equal(approved.code, EXIT.pass, approved.err)
    const given = ['--approval', 'replay-approval.json', '--contract', 'contract.yaml', '--people', 'people']
    const safe = ['--live-groups', 'none', '--canary', 'none', '--json']
    const alone = await here(
      'replay',
      'run',
      'replay-request.json',
      ...given,
      ...by('replay'),
      ...safe,
      '--out',
      'alone',
    )
    assert.equal(alone.code, EXIT.usage, alone.err)
    assert.match(alone.err, /no login of the operator.*--operator-config FILE/s)
    const run = await here(
      'replay',
      'run',
      'replay-request.json',
      ...given,
      ...by('replay'),
      '--operator-config',
      'fleet.properties',
      ...safe,
    )
    assert.equal(run.code, EXIT.pass, run.err)
    const { isComplete, records } = JSON.parse(run.out) as { isComplete: boolean; records: number }
    assert.deepEqual([isComplete, records], [true, RECORDS])
    const journal = readFileSync(join(folder, 'replay', 'journal.jsonl'), 'utf8')
    const answers = journal
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { kind: string; when?: string; inScope?: Record<string, string> })
      .flatMap(line => (line.kind === 'access.asked' ? [[line.when, line.inScope?.[TOPIC]]] : []))
    assert.deepEqual(answers, [
      ['before-approval', 'refused'],
      ['granted', 'given'],
      ['withdrawn', 'refused'],
    ])
    for (const secret of Object.values(PASSWORDS)) {
      assert.ok(!journal.includes(secret))
      assert.ok(!said.some(text => text.includes(secret)))
    }
  })

  it('is told that there are two logins, and uses neither', async () => {
    const args = ['contract', 'check', 'contract.yaml', ...by('fleet')]
    const env = { BROKER_USERNAME: 'fleet', BROKER_PASSWORD: PASSWORDS.fleet }
    const twice = await commandLine(args, { cwd: folder, env })
    assert.equal(twice.code, EXIT.usage)
    assert.match(twice.err, /two logins: client properties, and BROKER_USERNAME/)
  })
})
