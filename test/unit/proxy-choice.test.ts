import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { lockedJars } from '../../chaos/drivers/local/setup/locked-files.ts'
import { proxyFor } from '../../chaos/net/proxy-choice.ts'
import { packageFile } from '../../chaos/package-root.ts'

describe('the proxy for a download', () => {
  const choice = (address: string, env: Record<string, string>) =>
    proxyFor(new URL(address), env)?.href ?? null

  it('is the one of its scheme, in either case', () => {
    assert.equal(choice('https://a.b/', { HTTPS_PROXY: 'http://p:3128' }), 'http://p:3128/')
    assert.equal(choice('https://a.b/', { https_proxy: 'p:3128' }), 'http://p:3128/')
    assert.equal(choice('http://a.b/', { HTTPS_PROXY: 'http://p' }), null)
    assert.equal(choice('http://a.b/', { http_proxy: 'http://p' }), 'http://p/')
  })

  for (const [list, isDirect] of [
    ['a.b', true],
    ['.a.b', true],
    ['*.a.b', true],
    ['b', true],
    ['x, a.b:443', true],
    ['a.b:80', false],
    ['ba.b.c', false],
    ['*', true],
    ['', false],
  ] as const)
    it(`is ${isDirect ? 'none' : 'used'} for repo.a.b where NO_PROXY is '${list}'`, () => {
      const found = choice('https://repo.a.b/', { HTTPS_PROXY: 'http://p', NO_PROXY: list })
      assert.equal(found === null, isDirect)
    })
})

describe('the place of each locked jar in a repository', () => {
  const root = packageFile('chaos', 'drivers', 'local')
  const listed = readdirSync(root, { recursive: true, encoding: 'utf8' })
  for (const path of listed.filter(name => name.endsWith('jars.lock.json')))
    it(`is known for ${path}`, () => {
      const lock = JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, string>
      for (const file of lockedJars(lock)) {
        const [version, artifact] = file.path.split('/').toReversed()
        assert.ok(file.name.startsWith(`${artifact}-${version}`), `${file.name} at ${file.path}`)
      }
    })
})
