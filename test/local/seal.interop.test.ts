import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, it } from 'mocha'
import { envelopeSchema, isSignedBy } from '../../chaos/seal/dsse.ts'
import { sealRun } from '../../chaos/seal/seal.ts'
import { generateKey, readPublicKey } from '../../chaos/seal/keys.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { Folder, judgedRun } from '../unit/judge/sealed-run.ts'
import { python, skipWithout } from './python.ts'

const SCRIPT = packageFile('test', 'fixtures', 'bundles', 'securesystemslib_envelope.py')
const BUNDLE = packageFile('test', 'fixtures', 'bundles', 'tiny.bundle.json')
const PUBLIC_KEY = packageFile('test', 'fixtures', 'bundles', 'tiny.pub')
const STATEMENT = ['https://in-toto.io/Statement/v1', 'urn:aftershock:run-evidence:v1']
/** Files of the bundle that was published, before runs were priced, and of one that is sealed now. */
const FILES = { published: 16, sealed: 17 }

describe('a bundle, to an implementation that is not ours', () => {
  before(function () {
    skipWithout(this, 'securesystemslib', 'cryptography')
  })

  it('verifies, as it was published', () => {
    assert.deepEqual(json(python(SCRIPT, 'verify', BUNDLE, PUBLIC_KEY)), [...STATEMENT, FILES.published])
  })

  it('verifies, as it is sealed now', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    generateKey(keys.path('k'))
    const { bundle } = await sealRun(run.dir, { key: keys.path('k') })
    assert.deepEqual(json(python(SCRIPT, 'verify', bundle, keys.path('k.pub'))), [...STATEMENT, FILES.sealed])
  })

  it('does not verify by another key, unsigned, or changed', async () => {
    using run = await judgedRun()
    using keys = new Folder()
    generateKey(keys.path('other'))
    assert.notEqual(python(SCRIPT, 'verify', BUNDLE, keys.path('other.pub')).status, 0)
    await sealRun(run.dir)
    assert.notEqual(python(SCRIPT, 'verify', run.path('bundle.json'), PUBLIC_KEY).status, 0)
    const envelope = JSON.parse(readFileSync(BUNDLE, 'utf8')) as { payload: string }
    const statement = Buffer.from(envelope.payload, 'base64').toString().replace('"pass"', '"fail"')
    const payload = Buffer.from(statement).toString('base64')
    keys.write('changed.json', JSON.stringify({ ...envelope, payload }))
    assert.notEqual(python(SCRIPT, 'verify', keys.path('changed.json'), PUBLIC_KEY).status, 0)
  })

  it('has a sibling from there that we verify', () => {
    using keys = new Folder()
    generateKey(keys.path('k'))
    const made = json(python(SCRIPT, 'sign', keys.path('k'), 'text/plain', 'näher'))
    const envelope = envelopeSchema.parse(made)
    const [signature] = envelope.signatures
    assert.ok(signature)
    const publicKey = readPublicKey(keys.path('k.pub'))
    assert.equal(isSignedBy('text/plain', Buffer.from('näher'), signature, publicKey), true)
    assert.equal(isSignedBy('text/plain', Buffer.from('naher'), signature, publicKey), false)
  })
}).timeout(60_000)

function json({ status, stdout, stderr }: ReturnType<typeof python>): unknown {
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}
