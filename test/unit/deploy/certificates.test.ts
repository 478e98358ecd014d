import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { describe, it } from 'mocha'
import type { EnvironmentConfig } from '../../../lib/environment-schema.ts'
import { loadEnvironment } from '../../../lib/environment.ts'
import { type AwsAnswer, ensureCertificates, removeCertificates } from '../../../lib/deploy/certificates.ts'

const PARAMETER = '/aftershock/kafka/tls/authority'
const NODES = ['kafka-1', 'controller-1']
const STACKS = [
  {
    name: 'Aftershock-kafka-Cluster',
    resources: NODES.map(node => ({
      stack: 'Aftershock-kafka-Cluster',
      logicalId: node,
      type: 'AWS::SSM::Parameter',
      properties: {
        Value: { 'Fn::Join': ['', [`NODE_NAME='${node}'\nTLS_SECRET='aftershock/kafka/tls/${node}'\n`]] },
      },
    })),
  },
] as unknown as Parameters<typeof ensureCertificates>[1]

describe('the certificates that a deployment makes', () => {
  it('are one for each node, with a key and names of its own, signed by an authority that clients are told', async () => {
    const account = new Account()
    await account.ensure()
    const { parameter, secrets } = account
    const authority = new X509Certificate(parameter ?? '')
    assert.ok(authority.ca && authority.verify(authority.publicKey))
    const keys = [...secrets].map(([name, text]) => {
      const { 'node.pem': pem = '', 'authority.pem': trusted } = JSON.parse(text) as Record<string, string>
      assert.equal(trusted, parameter)
      const node = name.replace('aftershock/kafka/tls/', '')
      const own = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE')))
      assert.ok(own.checkIssued(authority) && own.verify(authority.publicKey) && !own.ca)
      assert.ok(own.checkPrivateKey(createPrivateKey(pem)))
      assert.equal(own.subject, 'CN=aftershock-node')
      assert.equal(own.checkHost(`${node}.kafka.aftershock.internal`), `${node}.kafka.aftershock.internal`)
      for (const other of NODES.filter(of => of !== node))
        assert.equal(own.checkHost(`${other}.kafka.aftershock.internal`), undefined)
      return own.publicKey.export({ type: 'spki', format: 'pem' })
    })
    assert.equal(new Set(keys).size, NODES.length)
    assert.equal(account.said, 'certificates of 2 nodes: made, until 2027-11-30\n')
  })

  it('have the key of their authority in no secret, parameter or command line', async () => {
    const account = new Account()
    await account.ensure()
    const { publicKey } = new X509Certificate(account.parameter ?? '')
    for (const text of account.secrets.values()) {
      const { 'node.pem': pem = '' } = JSON.parse(text) as Record<string, string>
      const [key = '', ...more] =
        pem.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g) ?? []
      assert.deepEqual(more, [])
      assert.ok(!new X509Certificate(account.parameter ?? '').checkPrivateKey(createPrivateKey(key)))
    }
    assert.ok(publicKey)
    assert.doesNotMatch(account.commandLines.join('\n'), /BEGIN/)
  })

  it('stay as they are until they are nearly over, or one is missing', async () => {
    const account = new Account()
    await account.ensure()
    const before = account.parameter
    await account.ensure('2027-10-01')
    assert.equal(account.parameter, before)
    assert.match(account.said, /2 nodes: as they are, until 2027-11-30\n$/)
    await account.ensure('2027-11-15')
    assert.notEqual(account.parameter, before)
    assert.match(account.said, /made, until 2028-11-14\nnodes and clients that run have those before: /)
    const second = account.parameter
    account.secrets.delete('aftershock/kafka/tls/kafka-1')
    await account.ensure('2027-11-15')
    assert.notEqual(account.parameter, second)
    assert.equal(account.secrets.size, 2)
  })

  it('are none where nobody logs in, or the file brings its own', async () => {
    for (const change of [
      { security: 'plaintext' },
      { tls: { secret: 'mine/tls', authority: rootCertificates[0] ?? '' } },
    ] as const) {
      const account = new Account()
      await account.ensure('2026-11-30', change)
      await account.remove(change)
      assert.deepEqual(account.commandLines, [])
    }
  })

  it('go with the environment, and are not missed when they are gone', async () => {
    const account = new Account()
    await account.ensure()
    await account.remove()
    assert.deepEqual([account.secrets.size, account.parameter], [0, null])
    await account.remove()
  })

  it('end the deployment when AWS does not take them, with what it said', async () => {
    const account = new Account()
    account.refusal = 'An error occurred (AccessDeniedException) when calling the CreateSecret operation: no'
    await assert.rejects(account.ensure(), {
      code: 'unavailable',
      message: /^aws secretsmanager create-secret: .*AccessDeniedException/,
    })
    assert.equal(account.parameter, null)
  })
})

/** As the CLI answers for an account. */
class Account {
  readonly secrets = new Map<string, string>()
  parameter: string | null = null
  said = ''
  refusal: string | null = null
  readonly commandLines: string[] = []

  ensure(today = '2026-11-30', change: Partial<EnvironmentConfig> = {}): Promise<void> {
    const config = { ...loadEnvironment('kafka'), ...change }
    return ensureCertificates(config, STACKS, { aws: this.#call, today, err: text => (this.said += text) })
  }

  remove(change: Partial<EnvironmentConfig> = {}): Promise<void> {
    return removeCertificates({ ...loadEnvironment('kafka'), ...change }, STACKS, { aws: this.#call })
  }

  readonly #call = (args: readonly string[], input = '{}'): Promise<AwsAnswer> => {
    this.commandLines.push(args.join(' '))
    return Promise.resolve(this.#answer(args, JSON.parse(input) as Record<string, string>))
  }

  #answer(args: readonly string[], input: Record<string, string>): AwsAnswer {
    const [, operation] = args
    const id = args[args.indexOf('--secret-id') + 1] ?? ''
    const ok = (stdout: object = {}) => ({ status: 0, stdout: JSON.stringify(stdout), stderr: '' })
    const no = (code: string) => ({
      status: 254,
      stdout: '',
      stderr: `An error occurred (${code}) when calling`,
    })
    if (operation === 'create-secret') {
      if (this.refusal !== null) return { status: 254, stdout: '', stderr: this.refusal }
      if (this.secrets.has(input.Name ?? '')) return no('ResourceExistsException')
      this.secrets.set(input.Name ?? '', input.SecretString ?? '')
      return ok()
    }
    if (operation === 'put-secret-value') {
      this.secrets.set(input.SecretId ?? '', input.SecretString ?? '')
      return ok()
    }
    if (operation === 'describe-secret') return this.secrets.has(id) ? ok() : no('ResourceNotFoundException')
    if (operation === 'delete-secret') return this.secrets.delete(id) ? ok() : no('ResourceNotFoundException')
    if (operation === 'put-parameter') {
      assert.equal(input.Name, PARAMETER)
      this.parameter = input.Value ?? ''
      return ok()
    }
    const found = this.parameter
    if (operation === 'delete-parameter') this.parameter = null
    if (found === null) return no('ParameterNotFound')
    return ok({ Parameter: { Value: found } })
  }
}
