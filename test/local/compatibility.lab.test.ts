import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { after, before, describe, it } from 'mocha'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { otherClients } from '../../chaos/drivers/index.ts'
import { readCompatibility } from '../../chaos/record/compatibility.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { commandLine } from '../unit/commands/command-line.ts'
import { certificates } from './certificates.ts'
import { type ForeignCluster, startForeignCluster } from './foreign-cluster.ts'

const PASSWORD = 'planted-password'
const environment = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
)

/** A real broker that is told to refuse the new protocol of groups: what clients need of it is not there. */
describe('what clients need, tried on a cluster that somebody else started', function () {
  this.timeout(240_000)
  let folder = ''
  let cluster: ForeignCluster
  before(async function () {
    if ((await (await otherClients()).findLibrdkafka(process.env)) === null) this.skip()
    folder = mkdtempSync(join(tmpdir(), 'aftershock-compatible-'))
    const made = certificates(folder, ['127.0.0.1'])
    for (const [name, text] of Object.entries({ node: made.node, authority: made.authority }))
      writeFileSync(join(folder, `${name}.pem`), text)
    const [node, authority] = [join(folder, 'node.pem'), join(folder, 'authority.pem')]
    const security = { node, authority, username: 'fleet', password: PASSWORD }
    const settings = { 'group.coordinator.rebalance.protocols': 'classic' }
    cluster = await startForeignCluster({ brokers: 1, firstPort: 23_800, security, settings })
    writeFileSync(
      join(folder, 'client.properties'),
      [
        'security.protocol=SASL_SSL',
        'sasl.mechanism=SCRAM-SHA-512',
        `sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="fleet" password="${PASSWORD}";`,
        'ssl.truststore.type=PEM',
        'ssl.truststore.location=authority.pem',
        '',
      ].join('\n'),
    )
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  it('fails the line that is not there, passes those that are, leaves open what cannot be tried, and leaves nothing', async () => {
    const only = 'headers,new-groups,logins,access-rules,quotas'
    const login = ['--command-config', 'client.properties', '--platform', 'kafka']
    const args = ['compatibility', '--bootstrap', cluster.sasl, ...login, '--only', only, '--out', 'result']
    const said = await commandLine(args, { cwd: folder, env: environment })
    assert.equal(said.code, EXIT.fail, `${said.out}\n${said.err}`)
    const result = readCompatibility(join(folder, 'result'))
    assert.ok(result)
    assert.deepEqual(
      Object.fromEntries(result.lines.map(({ line, verdict }) => [line, verdict])),
      {
        headers: 'pass',
        'new-groups': 'fail',
        logins: 'pass',
        'access-rules': 'not-run',
        quotas: 'pass',
      },
      said.err,
    )
    const groups = result.lines.find(({ line }) => line === 'new-groups')
    assert.equal(groups?.clients['java']?.verdict, 'fail', JSON.stringify(groups))
    // librdkafka may only be silent about it.
    assert.notEqual(groups?.clients['librdkafka']?.verdict, 'pass', JSON.stringify(groups))
    assert.match(said.out, /access-rules.*\n.*this cluster has no authorizer/s)
    assert.equal(readScorecard(join(folder, 'result'))?.rows[0]?.verdict, 'fail')
    const written = readFileSync(join(folder, 'result', 'compatibility.json'), 'utf8')
    for (const text of [said.out, said.err, written]) assert.ok(!text.includes(PASSWORD))

    const admin = new Kafka({ brokers: cluster.plain.split(','), logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const [topics, { groups: left }] = [await admin.listTopics(), await admin.listGroups()]
    await admin.disconnect()
    assert.deepEqual(
      topics.filter(name => !name.startsWith('__')),
      [],
    )
    assert.deepEqual(
      left.map(({ groupId }) => groupId),
      [],
    )
  })

  it('says which line was meant after a typo, and prints the lines', async () => {
    const typo = await commandLine(['compatibility', '--only', 'quota'], { cwd: folder, env: environment })
    assert.equal(typo.code, EXIT.usage)
    assert.match(typo.err, /there is no line 'quota'.*did you mean quotas\?/s)
    const listed = await commandLine(['compatibility', '--list'], { cwd: folder, env: environment })
    assert.match(listed.out, /^new-groups +The group protocol of KIP-848/m)
  })
})
