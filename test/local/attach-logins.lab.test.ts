import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { commandLine } from '../unit/commands/command-line.ts'
import { certificates } from './certificates.ts'
import { type ForeignCluster, startForeignCluster } from './foreign-cluster.ts'
import { startTokenEndpoint, type TokenEndpoint } from './token-endpoint.ts'

const PASSWORD = 'planted-password'
const CLIENT = { id: 'a client', secret: 'planted-secret' }
const AWS = {
  AWS_ACCESS_KEY_ID: 'AKIAPLANTED',
  AWS_SECRET_ACCESS_KEY: 'planted-aws-secret',
  AWS_REGION: 'eu-west-1',
}
const modules = 'org.apache.kafka.common.security'
const PLAIN = `${modules}.plain.PlainLoginModule required`
const SCRAM = `${modules}.scram.ScramLoginModule required`
const BEARER = `${modules}.oauthbearer.OAuthBearerLoginModule required`

/** Each login is shown to Kafka itself, by a plan: that asks a broker who the brokers are, and nothing else. */
describe('a login to a cluster that somebody else started', function () {
  this.timeout(60_000)
  let folder = ''
  let cluster: ForeignCluster
  let authority = ''
  let node = ''
  let endpoint: TokenEndpoint
  const had = Object.keys(AWS).map(name => [name, process.env[name]] as const)
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-logins-'))
    const made = certificates(folder, ['127.0.0.1'])
    node = join(folder, 'node.pem')
    authority = join(folder, 'authority.pem')
    writeFileSync(node, made.node)
    writeFileSync(authority, made.authority)
    const security = { node, authority, username: 'fleet', password: PASSWORD }
    cluster = await startForeignCluster({ brokers: 1, firstPort: 23_400, security })
    endpoint = await startTokenEndpoint(CLIENT)
    Object.assign(process.env, AWS)
  })
  after(async () => {
    for (const [name, value] of had)
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    await endpoint?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const trust = () => ({ 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': authority })
  const sasl = (mechanism: string, jaas: string, more: Readonly<Record<string, string>> = {}) => ({
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': mechanism,
    'sasl.jaas.config': jaas,
    ...trust(),
    ...more,
  })
  const named = (module: string, password: string) => `${module} username="fleet" password="${password}";`
  const client = (secret: string) => `${BEARER} clientId="${CLIENT.id}" clientSecret="${secret}";`

  async function plan(servers: string, settings: Readonly<Record<string, string>>) {
    const file = join(folder, 'client.properties')
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
    writeFileSync(file, `${lines.join('\n')}\n`)
    const options = ['--driver', 'attach', '--bootstrap', servers, '--command-config', file]
    const said = await commandLine(['run', 'attach', ...options, '--plan'])
    for (const secret of [
      PASSWORD,
      CLIENT.secret,
      AWS.AWS_SECRET_ACCESS_KEY,
      'planted-wrong',
      'planted-in-url',
    ])
      assert.ok(!`${said.out}${said.err}`.includes(secret))
    return said
  }

  const RIGHT: readonly (readonly [string, () => [string, Readonly<Record<string, string>>]])[] = [
    ['none', () => [cluster.plain, {}]],
    ['SCRAM-SHA-256', () => [cluster.sasl, sasl('SCRAM-SHA-256', named(SCRAM, PASSWORD))]],
    ['SCRAM-SHA-512', () => [cluster.sasl, sasl('SCRAM-SHA-512', named(SCRAM, PASSWORD))]],
    ['PLAIN', () => [cluster.sasl, sasl('PLAIN', named(PLAIN, PASSWORD))]],
    [
      'OAUTHBEARER with a token that nobody signed',
      () => [cluster.sasl, sasl('OAUTHBEARER', `${BEARER} unsecuredLoginStringClaim_sub="fleet";`)],
    ],
    [
      'OAUTHBEARER with a token of an endpoint',
      () => [
        cluster.sasl,
        sasl('OAUTHBEARER', client(CLIENT.secret), { 'sasl.oauthbearer.token.endpoint.url': endpoint.url }),
      ],
    ],
    [
      'a certificate of the client',
      () => [
        cluster.certificates,
        { 'security.protocol': 'SSL', ...trust(), 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': node },
      ],
    ],
  ]
  for (const [name, given] of RIGHT)
    it(`is taken by Kafka: ${name}`, async () => {
      const said = await plan(...given())
      assert.equal(said.code, 0, said.err)
      assert.match(said.out, /Starts +nothing in the cluster \S+ \(brokers? 1 at/)
    })

  const WRONG: typeof RIGHT = [
    [
      'SCRAM with another password',
      () => [cluster.sasl, sasl('SCRAM-SHA-512', named(SCRAM, 'planted-wrong'))],
    ],
    ['PLAIN with another password', () => [cluster.sasl, sasl('PLAIN', named(PLAIN, 'planted-wrong'))]],
    [
      'a client that the endpoint does not know',
      () => [
        cluster.sasl,
        sasl('OAUTHBEARER', client('planted-wrong'), { 'sasl.oauthbearer.token.endpoint.url': endpoint.url }),
      ],
    ],
    [
      'no certificate where one is asked for',
      () => [cluster.certificates, { 'security.protocol': 'SSL', ...trust() }],
    ],
    [
      'brokers that it does not trust',
      () => [cluster.sasl, { ...sasl('PLAIN', named(PLAIN, PASSWORD)), 'ssl.truststore.location': node }],
    ],
    [
      'an endpoint whose address has secrets in it',
      () => {
        const { host } = new URL(endpoint.url)
        const url = `http://somebody:planted-in-url@${host}/wrong?key=planted-in-url`
        const more = { 'sasl.oauthbearer.token.endpoint.url': url }
        return [cluster.sasl, sasl('OAUTHBEARER', client(CLIENT.secret), more)]
      },
    ],
    [
      'a token for MSK where brokers are not of MSK',
      () => [cluster.sasl, sasl('AWS_MSK_IAM', 'software.amazon.msk.auth.iam.IAMLoginModule required;')],
    ],
    ['TLS where there is none', () => [cluster.plain, { 'security.protocol': 'SSL', ...trust() }]],
  ]
  for (const [name, given] of WRONG)
    it(`ends with 69, says so, and repeats no secret: ${name}`, async () => {
      const said = await plan(...given())
      assert.equal(said.code, 69, `${said.out}${said.err}`)
      assert.equal(said.out, '')
      assert.match(said.err, /^aftershock: \S/)
    })

  it('does not repeat a login that stands in the address of a broker', async () => {
    const said = await plan('fleet:planted-wrong@127.0.0.1:9092', {})
    assert.equal(said.code, 64, said.err)
    assert.match(said.err, /'…@127\.0\.0\.1:9092' is no address of a broker/)
  })

  it('asks the endpoint as RFC 6749 has it', () => {
    assert.ok(endpoint.asked.length > 0 && endpoint.asked.every(header => header.startsWith('Basic ')))
  })
})
