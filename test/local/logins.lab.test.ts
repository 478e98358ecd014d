import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import { after, before, describe, it } from 'mocha'
import type { HistoryLine } from '../../chaos/record/history.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { renderProperties } from '../../chaos/platforms/properties.ts'
import {
  accessRuleArguments,
  accessRules,
  clientSecurityProperties,
  NODE_COMMON_NAME,
  type Principal,
} from '../../chaos/platforms/security.ts'
import { LOGINS } from '../stacks/synthesized.ts'
import { makeTopics } from './make-topics.ts'
import { certificates } from './certificates.ts'
import { PLAIN_HOSTS, type PlainCluster } from './plain-cluster.ts'
import { PROGRAM } from './program.ts'
import { type SecuredCluster, startSecuredCluster } from './secured-cluster.ts'
import { linesOf, type Settings, type Started, taskOf, watch } from './shard-process.ts'

const PASSWORDS: Readonly<Record<Principal, string>> = {
  admin: 'the password of admin',
  device: 'the password of device',
  connector: 'the password of connector',
  replay: 'the password of replay',
}
const TOPIC = 'telemetry'

describe('a fleet that logs in to three brokers, which know each other by their certificates', function () {
  this.timeout(300_000)
  const started: Started[] = []
  let secured: SecuredCluster<Principal>
  let cluster: PlainCluster
  const file = (name: string) => secured.file(name)
  let task: Settings

  before(async () => {
    secured = await startSecuredCluster(PASSWORDS)
    cluster = secured.cluster
    await allow(cluster)
    task = settings()
  })
  after(async () => {
    for (const { child } of started) if (child.exitCode === null) child.kill('SIGKILL')
    await secured?.[Symbol.asyncDispose]()
  })

  /** As a node's bootstrap does it: with the certificate of a node, over the listener between brokers. */
  async function allow(of: PlainCluster): Promise<void> {
    const store = (name: string, path: string) => ({
      [`ssl.${name}.type`]: 'PEM',
      [`ssl.${name}.location`]: path,
    })
    const config = {
      'security.protocol': 'SSL',
      ...store('keystore', file('node.pem')),
      ...store('truststore', file('authority.pem')),
    }
    writeFileSync(file('admin.properties'), renderProperties(config))
    const to = ['--bootstrap-server', `${PLAIN_HOSTS[0]}:9094`, '--command-config', file('admin.properties')]
    for (const rule of accessRuleArguments(accessRules()).trimEnd().split('\n'))
      await of.tool('org.apache.kafka.tools.AclCommand', ...to, ...rule.split(' '))
  }

  /** Those of a task of the stacks, with what only a deployment knows; no account is at hand here. */
  const settings = (): Settings => {
    const { settings: named, secrets } = taskOf('kafka', 'fleet-az-a-1', LOGINS)
    assert.equal(named.BROKER_AUTHORITY, LOGINS.tls.authority)
    return {
      ...named,
      ...Object.fromEntries(secrets.map(name => [name, PASSWORDS.device])),
      BROKER_AUTHORITY: secured.authority,
      BOOTSTRAP_SERVERS: cluster.bootstrap,
      SHARD_DEVICES: '60',
      EVIDENCE_URI: '',
      METRIC_NAMESPACE: '',
    }
  }

  /** That the bundle does the same is the matter of bootstrap-logins.test.ts. */
  function start(name: string, env: NodeJS.ProcessEnv, ...args: string[]): Started {
    const child = spawn(process.execPath, [PROGRAM, 'fleet', ...args], {
      cwd: packageFile('.'),
      env: { PATH: process.env.PATH, ...task, SHARD_DIR: file(name), ...env },
    })
    const shard = watch(child, file(name))
    started.push(shard)
    return shard
  }

  function as(principal: Principal): Kafka {
    return new Kafka({
      brokers: cluster.bootstrap.split(','),
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      ...secured.access(principal),
    })
  }

  /** Kafka's own consumer, of one partition and without a group: nothing but the right to read is asked for. */
  async function reads(principal: Principal): Promise<string> {
    const login = {
      principal,
      password: PASSWORDS[principal],
      authority: file('authority.pem'),
      brokersHaveNames: true,
    }
    const config = file(`${principal}.properties`)
    writeFileSync(config, renderProperties(clientSecurityProperties(login)))
    const what = ['--topic', TOPIC, '--partition', '0', '--offset', 'earliest', '--max-messages', '1']
    const how = ['--timeout-ms', '20000', '--consumer.config', config]
    const where = ['--bootstrap-server', cluster.bootstrap]
    return cluster.tool('org.apache.kafka.tools.consumer.ConsoleConsumer', ...where, ...what, ...how)
  }

  it('makes its topics, and has every record acknowledged, with offsets that were read off the wire', async () => {
    const shard = start('sends', {})
    await shard.acknowledged(300)
    shard.child.kill('SIGTERM')
    assert.equal(await shard.exit, 0, shard.output())
    const { ended } = shard.header()
    assert.equal(ended?.undelivered, 0)
    const history = readdirSync(join(shard.folder(), 'history')).flatMap(name =>
      linesOf<HistoryLine>(join(shard.folder(), 'history', name)),
    )
    const offsets = history.flatMap(line => (line.kind === 'ok' ? line.offsets : []))
    assert.ok(offsets.length > 0 && offsets.every(offset => offset !== null && offset >= 0))
    // A topic that is new may be unknown to a broker for a moment; whoever sends is not.
    const errors = history.flatMap(line => (line.kind === 'fail' || line.kind === 'info' ? [line.error] : []))
    for (const error of errors) assert.doesNotMatch(error ?? '', /authori[sz]|authentication|certificate/i)
    for (const path of readdirSync(shard.folder(), { recursive: true, encoding: 'utf8' }))
      if (/json/.test(path))
        assert.ok(!readFileSync(join(shard.folder(), path), 'utf8').includes(PASSWORDS.device), path)
  })

  it('knows brokers by the name in their certificates where they are reached under another', async () => {
    const shard = start('named', { BROKER_TLS_NAME: NODE_COMMON_NAME }, '--for', '1s')
    assert.equal(await shard.exit, 0, shard.output())
    const wrong = start('misnamed', { BROKER_TLS_NAME: 'somebody-else' }, '--wait', '1s')
    assert.equal(await wrong.exit, 69)
    assert.match(wrong.output(), /does not match certificate's altnames/)
  })

  it('ends with 69 and says that the password is wrong, who refused it, and whose it is', async () => {
    const shard = start('wrong', { BROKER_PASSWORD: 'not the password' }, '--wait', '1s')
    assert.equal(await shard.exit, 69)
    assert.match(
      shard.output(),
      /127\.86\.0\.1:9092 refuses the login of device: Authentication failed .* invalid credentials with SASL mechanism SCRAM-SHA-512/,
    )
    assert.match(shard.output(), /Is the password that of this principal/)
    assert.ok(!shard.output().includes('not the password'))
  })

  it('ends with 69 and says so when it does not trust the brokers, or does not log in', async () => {
    const { authority: another } = certificates(file('another'), [...PLAIN_HOSTS])
    const distrust = start('distrust', { BROKER_AUTHORITY: another }, '--wait', '1s')
    assert.equal(await distrust.exit, 69)
    assert.match(distrust.output(), /cannot be talked to: .*certificate/)
    const none = { BROKER_USERNAME: '', BROKER_PASSWORD: '', BROKER_AUTHORITY: '' }
    const plain = start('plain', none, '--wait', '1s')
    assert.equal(await plain.exit, 69)
    assert.match(plain.output(), /is the listener one without TLS and login/)
  })

  it('may not make a topic that no rule gives it', async () => {
    const contract = file('contract.yaml')
    const text = readFileSync(packageFile('contracts', 'fleet.yaml'), 'utf8')
    writeFileSync(contract, text.replace(/^ {2}telemetry:$/m, '  somebody-elses:'))
    const shard = start('greedy', {}, '--contract', contract, '--wait', '5s')
    assert.equal(await shard.exit, 69)
    assert.match(shard.output(), /cannot make somebody-elses: .*not authorized/i)
  })

  it('is refused by the brokers when it reads, and when it writes what is not its own', async () => {
    const administrator = as('admin').admin()
    await administrator.connect()
    await makeTopics(administrator, [{ topic: 'connect-configs', numPartitions: 1 }])
    await administrator.disconnect()
    assert.match(await reads('device'), /Not authorized to access topics: \[telemetry\]/)
    assert.match(await reads('replay'), /Processed a total of 1 messages/)
    await assert.rejects(writes(as('device'), 'connect-configs'), /not authorized/i)
    await writes(as('device'), TOPIC)
    await writes(as('connector'), 'connect-configs')
    await assert.rejects(writes(as('replay'), TOPIC), /not authorized/i)
    await assert.rejects(writes(as('connector'), TOPIC), /not authorized/i)
  })

  it('goes on when a broker that it was logged in to is killed, and comes back', async () => {
    const shard = start('survivor', {})
    await shard.acknowledged(100)
    await cluster.kill(2)
    await shard.acknowledged(shard.sampled() + 600)
    cluster.start(2)
    await shard.acknowledged(shard.sampled() + 600)
    shard.child.kill('SIGTERM')
    assert.equal(await shard.exit, 0, shard.output())
    assert.equal(shard.header().ended?.undelivered, 0)
  })
})

async function writes(kafka: Kafka, topic: string): Promise<void> {
  const producer: Producer = kafka.producer()
  try {
    await producer.connect()
    await producer.send({ topic, acks: -1, messages: [{ value: 'a record' }] })
  } finally {
    await producer.disconnect()
  }
}
