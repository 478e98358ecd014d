import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { after, before, describe, it } from 'mocha'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { bootstrapServers } from '../../chaos/kafka/bootstrap-servers.ts'
import { operatorOver } from '../../chaos/kafka/cluster-operator.ts'
import { signalProcess } from '../../chaos/machine/process-table.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readRunHeader } from '../../chaos/record/run-header.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { certificates } from '../local/certificates.ts'
import { type ForeignCluster, startForeignCluster } from '../local/foreign-cluster.ts'
import { makeTopics } from '../local/make-topics.ts'
import { startTokenEndpoint } from '../local/token-endpoint.ts'
import {
  aftershock,
  guardianFinished,
  journalOf,
  type Program,
  succeed,
  untilSeen,
  type Workplace,
  workplace,
} from '../local/program.ts'

const SHORT = packageFile('test', 'fixtures', 'drills', 'foreign-short.yaml')
const LINKS = packageFile('test', 'fixtures', 'drills', 'foreign-links.yaml')
const CLIENT = { id: 'a client', secret: 'planted-secret' }
const DRILL = packageFile('test', 'fixtures', 'drills', 'foreign.yaml')
const FIRST_PORT = 23_500
/** In each place where a credential can stand. */
const [PASSWORD, UNRELATED] = ['planted-password', 'planted-variable']
const THEIRS = 'their.orders'

describe('a cluster that somebody else started by hand', function () {
  this.timeout(400_000)
  let folder = ''
  let cluster: ForeignCluster
  let kafka: Kafka
  let place: Workplace
  let properties = ''
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-attached-'))
    place = workplace()
    const made = certificates(folder, ['127.0.0.1'])
    const path = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const [node, authority] = [path('node.pem', made.node), path('authority.pem', made.authority)]
    const security = { node, authority, username: 'fleet', password: PASSWORD }
    cluster = await startForeignCluster({ brokers: 3, firstPort: FIRST_PORT, security })
    properties = path(
      'client.properties',
      [
        'security.protocol=SASL_SSL',
        'sasl.mechanism=SCRAM-SHA-512',
        `sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="fleet" password="${PASSWORD}";`,
        'ssl.truststore.type=PEM',
        `ssl.truststore.location=${authority}`,
        '',
      ].join('\n'),
    )
    kafka = new Kafka({ brokers: cluster.plain.split(','), logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    await makeTopics(admin, [{ topic: THEIRS, numPartitions: 3, replicationFactor: 3 }])
    await admin.disconnect()
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    await producer.send({ topic: THEIRS, messages: [{ value: 'an order' }], acks: -1 })
    await producer.disconnect()
  })
  after(async () => {
    place?.[Symbol.dispose]()
    await cluster?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Every topic of the cluster with how many records it holds, Kafka's own left out. */
  async function topics(): Promise<Record<string, number>> {
    const admin = kafka.admin()
    await admin.connect()
    try {
      const names = (await admin.listTopics()).filter(name => !name.startsWith('__'))
      const held = await Promise.all(
        names.map(async name => {
          const offsets = await admin.fetchTopicOffsets(name)
          return [name, offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)] as const
        }),
      )
      return Object.fromEntries(held)
    } finally {
      await admin.disconnect()
    }
  }

  const attached = () => ['--driver', 'attach', '--bootstrap', cluster.sasl, '--command-config', properties]

  const here = (more: Readonly<Record<string, string>> = {}): Workplace => ({
    ...place,
    env: { ...place.env, BROKER_PID: String(cluster.pidOf(2)), UNRELATED_SECRET: UNRELATED, ...more },
  })

  function expectNoSecret(runDir: string, { stdout, stderr }: ReturnType<Program['output']>): void {
    // What it would find is found: the prefix of the run's topics stands there.
    assert.notDeepEqual(filesWith('aftershock.', runDir), [])
    for (const secret of [PASSWORD, UNRELATED]) {
      assert.ok(!stdout.includes(secret) && !stderr.includes(secret))
      assert.deepEqual(filesWith(secret, runDir), [])
      // What it keeps of its own, beside its runs.
      assert.deepEqual(filesWith(secret, place.dir), [])
    }
  }

  it('is driven, broken by its owner’s commands, replayed, audited and judged over a login', async () => {
    const runDir = join(folder, 'run')
    const program = aftershock(here(), 'run', DRILL, ...attached(), '--allow-commands', '--out', runDir)
    const status = await program.exit
    const { stdout, stderr } = program.output()
    // Times of a busy machine may be open; nothing may fail.
    assert.ok(status === EXIT.pass || status === EXIT.inconclusive, `${status}\n${stderr}\n${stdout}`)
    const checks = readScorecard(runDir)?.rows.flatMap(row => row.checks) ?? []
    const verdictOf = (name: string) =>
      checks.filter(({ check }) => check === name).map(({ verdict }) => verdict)
    for (const gate of [
      'acked-loss',
      'device-gap',
      'failed-but-stored',
      'replay-incomplete-records',
      'audit',
    ])
      assert.deepEqual(verdictOf(gate), ['pass'], `${gate}\n${stdout}`)
    const kinds = journalOf(runDir).map(({ kind }) => kind)
    assert.equal(kinds.filter(kind => kind === 'fault.proven').length, 2, kinds.join(', '))
    assert.equal(kinds.filter(kind => kind === 'fault.heal-proven').length, 2)
    const quotaLines = kinds.filter(kind => kind.startsWith('quota.'))
    assert.deepEqual(quotaLines, ['quota.intended', 'quota.made', 'quota.removed'])
    assert.deepEqual(await quotas(), [])
    await succeed(place, 'verify', runDir)

    // The client side of the bill is known, and nothing is claimed about the other one.
    const { meters } = JSON.parse(readFileSync(join(runDir, 'cost.json'), 'utf8')) as {
      meters: { crossed: { byCause: Record<string, { value: number | null }> } }
    }
    assert.ok(Number(meters.crossed.byCause['produce']?.value) > 0)
    assert.equal(meters.crossed.byCause['replicate']?.value, null)
    // The ceiling was held against no less than what its clients were seen to move.
    const line = journalOf(runDir).find(({ kind }) => kind === 'cluster.attached')
    assert.ok(line?.kind === 'cluster.attached' && line.expectedBytes > movedBytes(runDir))

    const { software } = readRunHeader(runDir)
    assert.match(JSON.stringify(software), /processes of brokers/, 'what is absent is not said')
    assert.deepEqual(await topics(), { [THEIRS]: 1 })
    expectNoSecret(runDir, program.output())
  })

  it('has ways for clients that are narrowed, reset, cut and closed in a storm, each proven and healed', async () => {
    const runDir = join(folder, 'links')
    const way = ['--driver', 'attach', '--bootstrap', cluster.plain]
    const program = aftershock(here(), 'run', LINKS, ...way, '--out', runDir)
    const status = await program.exit
    const { stdout, stderr } = program.output()
    assert.ok(status === EXIT.pass || status === EXIT.inconclusive, `${status}\n${stderr}\n${stdout}`)
    const idsOf = (kind: string) =>
      journalOf(runDir).flatMap(line => (line.kind === kind && 'id' in line ? [line.id] : []))
    for (const kind of ['fault.proven', 'fault.heal-proven'])
      assert.deepEqual(idsOf(kind), ['narrow', 'resets', 'storm', 'cut'], kind)
    assert.match(stdout, /out of reach here, and not judged: processes of brokers/)
    assert.deepEqual(await topics(), { [THEIRS]: 1 })
  })

  /** The login stands in a variable of the environment. */
  function byVariable() {
    const whole = readFileSync(properties, 'utf8')
    const jaas = whole.split('\n').find(line => line.startsWith('sasl.jaas.config=')) ?? ''
    const bare = join(folder, 'bare.properties')
    writeFileSync(bare, whole.replace(`${jaas}\n`, ''))
    return {
      login: { AFTERSHOCK_CLIENT_SASL_JAAS_CONFIG: jaas.slice('sasl.jaas.config='.length) },
      options: ['--driver', 'attach', '--bootstrap', cluster.sasl, '--command-config', bare],
    }
  }

  async function killedWhileFrozen(runDir: string): Promise<Program> {
    const { login, options } = byVariable()
    const program = aftershock(here(login), 'run', DRILL, ...options, '--allow-commands', '--out', runDir)
    await untilSeen(program, 'the frozen broker', () =>
      journalOf(runDir).some(line => line.kind === 'fault.proven' && line.id === 'frozen'),
    )
    return program
  }

  const quotas = async () => {
    const brokers = bootstrapServers(cluster.plain)
    return operatorOver(brokers, { login: null, clock: systemClock }).limits('client-id', 'produce')
  }

  it('is healed by the guardian when the runner is killed, and keeps nothing of the run', async () => {
    const runDir = join(folder, 'killed')
    const program = await killedWhileFrozen(runDir)
    assert.equal((await quotas())?.length, 1)
    signalProcess(program.identity, 'SIGKILL')
    await guardianFinished(runDir)
    assert.deepEqual(await quotas(), [])
    const healed = journalOf(runDir).filter(line => line.kind === 'fault.heal-proven')
    assert.ok(healed.some(line => line.kind === 'fault.heal-proven' && line.id === 'frozen'))
    assert.deepEqual(await topics(), { [THEIRS]: 1 })
    expectNoSecret(runDir, program.output())
  })

  it('stays unhealed, says what is left and ends with 76 until whoever heals has what the run had', async () => {
    const runDir = join(folder, 'unhealed')
    const program = await killedWhileFrozen(runDir)
    // Nobody is left who would heal by himself.
    const { guardian } = readRunHeader(runDir)
    assert.ok(guardian)
    signalProcess(guardian, 'SIGKILL')
    signalProcess(program.identity, 'SIGKILL')
    await program.exit
    // Neither the login nor the process that is frozen is known here.
    const bare: Workplace = { ...place, env: { ...place.env } }
    for (const dir of [runDir, runDir]) {
      const healing = aftershock(bare, 'heal', dir)
      assert.equal(await healing.exit, EXIT.unhealed, healing.output().stderr)
      const { stdout } = healing.output()
      assert.match(stdout, /frozen could NOT be healed/)
      assert.match(stdout, /the topics of the run \(the run logged in by AFTERSHOCK_CLIENT_SASL_JAAS_CONFIG/)
      assert.match(stdout, /could NOT be healed; see its journal/)
    }
    assert.equal((await quotas())?.length, 1)
    const healing = await succeed(here(byVariable().login), 'heal', runDir)
    assert.match(healing.stdout, /healed frozen/)
    assert.deepEqual(await topics(), { [THEIRS]: 1 })
    assert.deepEqual(await quotas(), [])
    const again = await succeed(bare, 'heal', runDir)
    assert.match(again.stdout, /nothing is left of it/)
    expectNoSecret(runDir, { stdout: healing.stdout, stderr: healing.stderr })
  })

  it('keeps secrets of tokens and of certificates out of everything too', async () => {
    const authority = join(folder, 'authority.pem')
    const trust = ['ssl.truststore.type=PEM', `ssl.truststore.location=${authority}`]
    await using endpoint = await startTokenEndpoint(CLIENT)
    const [key = ''] = /(?<=-----BEGIN [A-Z ]*PRIVATE KEY-----\n).{40,}/.exec(
      readFileSync(join(folder, 'node.pem'), 'utf8'),
    ) ?? ['']
    assert.notEqual(key, '', 'the key of the client is not in PEM')
    const ways = {
      token: [
        cluster.sasl,
        'security.protocol=SASL_SSL',
        'sasl.mechanism=OAUTHBEARER',
        `sasl.oauthbearer.token.endpoint.url=${endpoint.url}`,
        `sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="${CLIENT.id}" clientSecret="${CLIENT.secret}";`,
      ],
      certificate: [
        cluster.certificates,
        'security.protocol=SSL',
        'ssl.keystore.type=PEM',
        `ssl.keystore.location=${join(folder, 'node.pem')}`,
      ],
    }
    for (const [name, [servers = '', ...lines]] of Object.entries(ways)) {
      const file = join(folder, `${name}.properties`)
      writeFileSync(file, `${[...lines, ...trust].join('\n')}\n`)
      const runDir = join(folder, name)
      const way = ['--driver', 'attach', '--bootstrap', servers, '--command-config', file]
      const program = aftershock(here(), 'run', SHORT, ...way, '--out', runDir)
      const status = await program.exit
      const { stdout, stderr } = program.output()
      assert.ok(
        status === EXIT.pass || status === EXIT.inconclusive,
        `${name}: ${status}\n${stderr}\n${stdout}`,
      )
      for (const secret of [CLIENT.secret, key, ...endpoint.tokens]) {
        assert.ok(!stdout.includes(secret) && !stderr.includes(secret), name)
        assert.deepEqual(filesWith(secret, runDir), [], name)
      }
      assert.deepEqual(await topics(), { [THEIRS]: 1 })
    }
    assert.ok(endpoint.tokens.length > 0)
  })

  it('is left alone by a run that might move more than its ceiling, and by one whose login is wrong', async () => {
    const dear = aftershock(here(), 'run', DRILL, ...attached(), '--allow-commands', '--max-bytes', '10kB')
    assert.equal(await dear.exit, EXIT.refused, dear.output().stderr)
    const text = readFileSync(properties, 'utf8')
    writeFileSync(properties, text.replace(PASSWORD, 'planted-wrong'))
    const refused = aftershock(here(), 'run', DRILL, ...attached(), '--allow-commands')
    assert.equal(await refused.exit, EXIT.unavailable, refused.output().stderr)
    assert.ok(!refused.output().stderr.includes('planted-wrong'))
    assert.deepEqual(await topics(), { [THEIRS]: 1 })
  })
})

/** By clients, both ways, as the proxies counted; copies between brokers are not among it. */
function movedBytes(runDir: string): number {
  const lines = readFileSync(join(runDir, 'samples', 'links.jsonl'), 'utf8')
    .trim()
    .split('\n')
  const { links } = JSON.parse(lines.at(-1) ?? '{}') as { links: Record<string, readonly [number, number]> }
  const moved = Object.values(links).reduce((sum, [to, back]) => sum + to + back, 0)
  assert.ok(moved > 0)
  return moved
}

function filesWith(secret: string, dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => readFileSync(path).includes(secret))
}
