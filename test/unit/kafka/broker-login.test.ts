import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { after, describe, it } from 'mocha'
import type { AftershockError } from '../../../chaos/core/errors.ts'
import { brokerLogin } from '../../../chaos/kafka/broker-login.ts'

const [AUTHORITY = ''] = rootCertificates
const LOGIN = { BROKER_USERNAME: 'device', BROKER_PASSWORD: 'pencil', BROKER_AUTHORITY: AUTHORITY }

describe('the login of a shard', () => {
  const dir = mkdtempSync(join(tmpdir(), 'aftershock-login-'))
  after(() => rmSync(dir, { recursive: true }))

  it('is what the settings of a machine say', () => {
    const { username, password, serverName } = brokerLogin(LOGIN) ?? assert.fail('no login')
    assert.deepEqual([username, password(), serverName], ['device', 'pencil', null])
    assert.equal(brokerLogin({ ...LOGIN, BROKER_TLS_NAME: 'aftershock-node' })?.serverName, 'aftershock-node')
  })

  it('takes password and authority from files, without the line break at the end', () => {
    const files = { password: join(dir, 'password'), authority: join(dir, 'authority.pem') }
    writeFileSync(files.password, 'pencil\n')
    writeFileSync(files.authority, AUTHORITY)
    const login = brokerLogin({
      BROKER_USERNAME: 'device',
      BROKER_PASSWORD_FILE: files.password,
      BROKER_AUTHORITY_FILE: files.authority,
    })
    assert.equal(login?.password(), 'pencil')
  })

  it('takes the password from properties, as it is now, or as it was while the file is being replaced', () => {
    const file = join(dir, 'login.properties')
    writeFileSync(file, 'username=device\npassword=pen\\\\cil=x\n')
    const login = brokerLogin({ BROKER_USERNAME: 'device', BROKER_PASSWORD_FILE: file })
    assert.equal(login?.password(), 'pen\\cil=x')
    writeFileSync(file, 'password=crayon\n')
    assert.equal(login?.password(), 'crayon')
    rmSync(file)
    assert.equal(login?.password(), 'crayon')
  })

  it('is none where nothing is said, or nothing but empty words', () => {
    assert.equal(brokerLogin({}), null)
    assert.equal(brokerLogin({ BROKER_USERNAME: '', BROKER_PASSWORD: '', BROKER_AUTHORITY: '' }), null)
  })

  it('refuses half a login, a file that is not there, and an authority that is no certificate', () => {
    for (const name of ['BROKER_USERNAME', 'BROKER_PASSWORD'])
      assert.throws(() => brokerLogin({ ...LOGIN, [name]: '' }), isError('usage', /a name and a password/))
    const { BROKER_PASSWORD: _, ...without } = LOGIN
    assert.throws(
      () => brokerLogin({ ...without, BROKER_PASSWORD_FILE: join(dir, 'nowhere') }),
      isError('input', /BROKER_PASSWORD_FILE: ENOENT/),
    )
    const empty = join(dir, 'empty.properties')
    writeFileSync(empty, 'username=device\n')
    assert.throws(
      () => brokerLogin({ ...without, BROKER_PASSWORD_FILE: empty }),
      isError('input', /no line that begins with password=/),
    )
    assert.throws(
      () => brokerLogin({ ...LOGIN, BROKER_AUTHORITY: '-----BEGIN CERTIFICATE-----\nnonsense\n' }),
      isError('input', /BROKER_AUTHORITY is no authority's certificate/),
    )
  })
})

function isError(code: AftershockError['code'], words: RegExp) {
  return (error: AftershockError) => {
    assert.equal(error.code, code)
    assert.match(error.message, words)
    return true
  }
}
