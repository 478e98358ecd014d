import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENT_PRINCIPALS } from '../../../chaos/core/security-settings.ts'
import {
  labLogin,
  makeLabLogins,
  readLabLogins,
  scramArguments,
} from '../../../chaos/drivers/local/lab/lab-logins.ts'

describe('the logins of a lab', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-logins-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  it('are one of each principal, of this lab alone, in a file that only its owner reads', () => {
    makeLabLogins(dir)
    const made = readLabLogins(dir)
    assert.deepEqual(Object.keys(made), [...CLIENT_PRINCIPALS])
    assert.equal(new Set(Object.values(made)).size, CLIENT_PRINCIPALS.length)
    assert.equal(statSync(join(dir, 'logins.json')).mode & 0o077, 0)
    assert.equal(labLogin(dir, 'replay').password(), made.replay)
    makeLabLogins(dir)
    assert.notEqual(readLabLogins(dir).replay, made.replay)
  })

  it('are given to the tool that formats a disk without any password', () => {
    makeLabLogins(dir)
    const words = scramArguments(dir)
    assert.equal(words.filter(word => word === '--add-scram').length, CLIENT_PRINCIPALS.length)
    for (const password of Object.values(readLabLogins(dir))) assert.ok(!words.join(' ').includes(password))
  })

  it('are missing with a word about what to do', () => {
    assert.throws(() => labLogin(dir, 'replay'), { code: 'unavailable', hint: /lab up --authorizer/ })
    writeFileSync(join(dir, 'logins.json'), '{"replay":')
    assert.throws(() => labLogin(dir, 'replay'), { code: 'unavailable' })
  })
})
