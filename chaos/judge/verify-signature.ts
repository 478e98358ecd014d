import type { KeyObject } from 'node:crypto'
import { type EnvelopeSignature, isSignedBy } from '../seal/dsse.ts'
import { keyIdOf, publicKeyFromSpki } from '../seal/keys.ts'
import type { OpenedBundle } from '../seal/bundle.ts'
import type { Findings } from './verify-findings.ts'

/**
 * `verified`: by the key that the reader gave. `signer-not-checked`: by the key that the bundle itself names,
 * which anyone can make. `unsigned`: by nobody.
 */
export interface SignatureReport {
  readonly status: 'verified' | 'signer-not-checked' | 'unsigned' | 'invalid'
  readonly keyid: string | null
  readonly sentence: string
}

export function verifySignature(
  { envelope, payload, statement }: OpenedBundle,
  given: KeyObject | null,
  findings: Findings,
): SignatureReport {
  const { signer } = statement.predicate
  const fail = (what: string): SignatureReport => {
    findings.problem('signature', what, { file: 'bundle.json' })
    return { status: 'invalid', keyid: signer?.keyid ?? null, sentence: what }
  }
  const pass = (status: SignatureReport['status'], keyid: string | null, sentence: string) => {
    findings.passed('signature', sentence)
    return { status, keyid, sentence }
  }
  if (!signer) {
    if (envelope.signatures.length > 0) return fail('it is signed, and its statement says that nobody did')
    return given
      ? fail('it is sealed, unsigned: the key that was given cannot have signed it')
      : pass('unsigned', null, 'sealed, unsigned: nobody vouches for it, and whoever had it could reseal it')
  }
  const named = publicKeyFromSpki(signer.publicKey)
  if (!named || keyIdOf(named) !== signer.keyid) return fail('the key that it names is no Ed25519 key')
  const own = envelope.signatures.filter(({ keyid }) => keyid === signer.keyid)
  const [first] = own
  if (!first || own.length > 1) {
    return fail(`it should be signed once by ${signer.keyid}, and is ${own.length} times`)
  }
  const isBy = (entry: EnvelopeSignature, key: KeyObject) =>
    isSignedBy(envelope.payloadType, payload, entry, key)
  if (!isBy(first, named)) return fail(`the signature is not that of ${signer.keyid} over this statement`)
  if (!given) {
    const sentence = `signed by ${signer.keyid}; whose key that is was not checked (--key does)`
    return pass('signer-not-checked', signer.keyid, sentence)
  }
  const keyid = keyIdOf(given)
  if (!envelope.signatures.some(entry => isBy(entry, given))) {
    return fail(`it is signed by ${signer.keyid}, not by the key that was given, ${keyid}`)
  }
  return pass('verified', keyid, `signed by the key that was given, ${keyid}`)
}
