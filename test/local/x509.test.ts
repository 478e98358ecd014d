import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { newAuthority, newNode } from '../../lib/deploy/x509.ts'

const YEAR = { notBefore: new Date('2026-11-30T00:00:00Z'), notAfter: new Date('2062-12-01T00:00:00Z') }

describe('certificates as OpenSSL sees them', () => {
  let folder = ''
  const verify = (authority: string) =>
    spawnSync(
      'openssl',
      ['verify', '-x509_strict', '-CAfile', authority, '-purpose', 'sslserver', 'node.pem'],
      {
        cwd: folder,
      },
    )

  before(function () {
    if (spawnSync('openssl', ['version']).status === 0) return
    process.stderr.write('certificates: skipped, because there is no openssl\n')
    this.skip()
  })
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-x509-'))
    const authority = newAuthority('aftershock mine', YEAR)
    const other = newAuthority('aftershock mine', YEAR)
    writeFileSync(join(folder, 'authority.pem'), authority.pem)
    writeFileSync(join(folder, 'other.pem'), other.pem)
    const names = ['aftershock-node', 'kafka-1.mine.aftershock.internal']
    writeFileSync(join(folder, 'node.pem'), newNode(authority, 'aftershock-node', names, YEAR))
  })
  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true, force: true })
  })

  it('are right by its strict check, and only under their own authority', () => {
    const own = verify('authority.pem')
    assert.equal(own.status, 0, String(own.stderr))
    assert.notEqual(verify('other.pem').status, 0)
  })

  it('say what each may be used for, after 2049 too', () => {
    const text = (file: string) =>
      execFileSync('openssl', ['x509', '-in', file, '-noout', '-text'], { cwd: folder, encoding: 'utf8' })
    const node = text('node.pem')
    assert.match(node, /Basic Constraints: critical\n +CA:FALSE\n/)
    assert.match(node, /Key Usage: critical\n +Digital Signature\n/)
    assert.match(node, /TLS Web Server Authentication, TLS Web Client Authentication/)
    assert.match(node, /DNS:aftershock-node, DNS:kafka-1\.mine\.aftershock\.internal/)
    assert.match(node, /Not After : Dec +1 00:00:00 2062 GMT/)
    assert.match(text('authority.pem'), /CA:TRUE\n[^]*Key Usage: critical\n +Certificate Sign\n/)
  })
})
