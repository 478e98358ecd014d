import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { keyIdOf, readPublicKey } from '../../../chaos/seal/keys.ts'
import { parseBundle } from '../../../chaos/seal/bundle.ts'
import { Findings } from '../../../chaos/judge/verify-findings.ts'
import { verifySignature } from '../../../chaos/judge/verify-signature.ts'
import { packageFile } from '../../../chaos/package-root.ts'

/** Sealed once and committed, its private key thrown away: later versions must still be able to read it. */
describe('the bundle that was published', () => {
  const fixture = (name: string) => packageFile('test', 'fixtures', 'bundles', name)

  it('still opens, and is still signed by its key', () => {
    const bundle = parseBundle(readFileSync(fixture('tiny.bundle.json')))
    const key = readPublicKey(fixture('tiny.pub'))
    const findings = new Findings()
    const signature = verifySignature(bundle, key, findings)
    assert.deepEqual(findings.problems, [])
    assert.equal(signature.status, 'verified')
    assert.equal(signature.keyid, keyIdOf(key))
    assert.equal(bundle.statement.predicate.verdict, 'pass')
    assert.equal(bundle.statement.subject.length, 16)
  })
})
