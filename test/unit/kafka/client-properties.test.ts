import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'mocha'
import type { AftershockError } from '../../../chaos/core/errors.ts'
import { clientProperties, loginRecipe, parseProperties } from '../../../chaos/kafka/client-properties.ts'

const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
const OAUTH = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'

const recipe = (text: string) => loginRecipe(parseProperties(text), '.')
const refusal = (text: string): AftershockError => {
  try {
    recipe(text)
  } catch (error) {
    return error as AftershockError
  }
  return assert.fail('it was taken')
}

describe('the properties file of a client', () => {
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-properties-'))
  after(() => rmSync(dir, { recursive: true }))

  it('is read as Java reads it', () => {
    const text =
      '# a comment\n! another\n\na=1\nb : two words \nc three\nd=\\u0041\\=\\\\x\ne=one,\\\n   two\nf\\ g=h\nempty=\n'
    assert.deepEqual(Object.fromEntries(parseProperties(text)), {
      a: '1',
      b: 'two words ',
      c: 'three',
      d: 'A=\\x',
      e: 'one,two',
      'f g': 'h',
      empty: '',
    })
  })

  it('without security is one of plain connections', () => {
    assert.equal(recipe(''), null)
    assert.equal(recipe('bootstrap.servers=somewhere:9092\nclient.id=mine\n'), null)
  })

  it('gives a login with SCRAM over TLS', () => {
    writeFileSync(join(dir, 'ca.pem'), 'the authority')
    const found = loginRecipe(
      parseProperties(
        `security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=${SCRAM} \\\n  username="me" password="it\\\\"s; a \\\\\\\\ secret";\nssl.truststore.type=PEM\nssl.truststore.location=ca.pem\n`,
      ),
      dir,
    )
    assert.deepEqual(found, {
      mechanism: 'SCRAM-SHA-256',
      username: 'me',
      password: 'it"s; a \\ secret',
      tokens: null,
      tls: {
        authorities: 'the authority',
        certificate: null,
        key: null,
        passphrase: null,
        serverName: null,
        checksNames: true,
      },
    })
  })

  it('gives a certificate for a login where there is no SASL', () => {
    const found = recipe(
      'security.protocol=SSL\nssl.keystore.type=PEM\nssl.keystore.key=KEY\nssl.keystore.certificate.chain=CERTIFICATE\nssl.key.password=hidden\nssl.endpoint.identification.algorithm=\n',
    )
    assert.deepEqual(
      [found?.mechanism, found?.tls?.certificate, found?.tls?.key],
      [null, 'CERTIFICATE', 'KEY'],
    )
    assert.deepEqual([found?.tls?.passphrase, found?.tls?.checksNames], ['hidden', false])
  })

  it('takes the names that librdkafka has', () => {
    const found = recipe(
      'security.protocol=sasl_ssl\nsasl.mechanisms=PLAIN\nsasl.username=key\nsasl.password=secret\n',
    )
    assert.deepEqual([found?.mechanism, found?.username, found?.password], ['PLAIN', 'key', 'secret'])
  })

  it('gives tokens of a client, unsigned ones, and those of MSK', () => {
    const endpoint = 'sasl.oauthbearer.token.endpoint.url=https://login.example.com/token'
    const base = 'security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\n'
    assert.deepEqual(
      recipe(`${base}${endpoint}\nsasl.jaas.config=${OAUTH} clientId="id" clientSecret="s" scope="kafka";\n`)
        ?.tokens,
      {
        kind: 'client-credentials',
        endpoint: 'https://login.example.com/token',
        clientId: 'id',
        clientSecret: 's',
        scope: 'kafka',
      },
    )
    assert.deepEqual(
      recipe(`${base}sasl.jaas.config=${OAUTH} unsecuredLoginStringClaim_sub="me";\n`)?.tokens,
      {
        kind: 'unsecured',
        subject: 'me',
      },
    )
    const msk = 'software.amazon.msk.auth.iam.IAMLoginModule required awsRegion="eu-west-1";'
    assert.deepEqual(
      recipe(
        `security.protocol=SASL_SSL\nsasl.mechanism=AWS_MSK_IAM\nsasl.jaas.config=${msk}\nsasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler\n`,
      )?.tokens,
      { kind: 'msk-iam', region: 'eu-west-1' },
    )
  })

  it('stands behind the environment', () => {
    const file = join(dir, 'client.properties')
    writeFileSync(file, 'security.protocol=SASL_PLAINTEXT\nsasl.username=file\nsasl.password=file\n')
    const properties = clientProperties(file, {
      AFTERSHOCK_CLIENT_SASL_PASSWORD: 'environment',
      AFTERSHOCK_CLIENT_SASL_USERNAME: undefined,
    })
    assert.deepEqual(
      [properties.get('sasl.username'), properties.get('sasl.password')],
      ['file', 'environment'],
    )
  })

  it('is refused with the name of the setting, and never with its value', () => {
    const told: readonly [string, RegExp][] = [
      [
        `security.protocol=SASL_SSL\nsasl.jaas.config=${SCRAM} username="me" password="hunter2"\n`,
        /jaas\.config/,
      ],
      [`security.protocol=SASL_SSL\nsasl.jaas.config=${SCRAM} password="hunter2";\n`, /names nobody/],
      ['security.protocol=SASL_SSL\nsasl.passwort=hunter2\n', /sasl\.passwort is a setting .* does not know/],
      ['sasl.username=me\nsasl.password=hunter2\n', /security\.protocol is PLAINTEXT/],
      ['security.protocol=TLS\n', /security\.protocol is 'TLS'/],
      ['security.protocol=SASL_SSL\nsasl.mechanism=GSSAPI\n', /sasl\.mechanism is 'GSSAPI'/],
      ['security.protocol=SSL\nssl.truststore.location=a.jks\nssl.key.password=hunter2\n', /not PEM/],
      ['security.protocol=SSL\nssl.truststore.location=nowhere.pem\n', /ssl\.truststore\.location: ENOENT/],
    ]
    for (const [text, words] of told) {
      const { code, message, hint } = refusal(text)
      assert.equal(code, 'input')
      assert.match(message, words)
      assert.ok(!`${message} ${hint}`.includes('hunter2'), message)
    }
  })
})
