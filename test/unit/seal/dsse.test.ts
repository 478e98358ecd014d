import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'mocha'
import {
  decodeBase64,
  formatEnvelope,
  isSignedBy,
  makeEnvelope,
  preAuthEncoding,
} from '../../../chaos/seal/dsse.ts'
import { keyIdOf } from '../../../chaos/seal/keys.ts'

const TYPE = 'http://example.com/HelloWorld'

describe('a DSSE envelope', () => {
  it('encodes the vector of the specification as the specification does', () => {
    const encoded = preAuthEncoding(TYPE, Buffer.from('hello world'))
    assert.equal(encoded.toString(), 'DSSEv1 29 http://example.com/HelloWorld 11 hello world')
  })

  it('counts bytes and not characters, and keeps an empty payload', () => {
    assert.equal(preAuthEncoding('é', Buffer.from('…')).toString(), 'DSSEv1 2 é 3 …')
    assert.equal(preAuthEncoding('', Buffer.alloc(0)).toString(), 'DSSEv1 0  0 ')
  })

  it('keeps bytes that are no text as they are', () => {
    const encoded = preAuthEncoding('x', Buffer.from([0, 255, 10]))
    assert.deepEqual([...encoded.subarray(-3)], [0, 255, 10])
  })

  it('is signed by its key, and by no other', () => {
    const [ours, other] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')]
    const payload = Buffer.from('hello world')
    const keyid = keyIdOf(ours.publicKey)
    const [signature] = makeEnvelope(TYPE, payload, { keyid, privateKey: ours.privateKey }).signatures
    assert.ok(signature)
    assert.equal(isSignedBy(TYPE, payload, signature, ours.publicKey), true)
    assert.equal(isSignedBy(TYPE, payload, signature, other.publicKey), false)
    assert.equal(isSignedBy(`${TYPE}!`, payload, signature, ours.publicKey), false)
    assert.equal(isSignedBy(TYPE, Buffer.from('hello w0rld'), signature, ours.publicKey), false)
    assert.equal(isSignedBy(TYPE, payload, { ...signature, sig: 'no base64' }, ours.publicKey), false)
  })

  it('reads base64 only in the one form that it writes', () => {
    assert.equal(decodeBase64('aGVsbG8=')?.toString(), 'hello')
    // The same bytes for a lenient reader: without padding, with a space, with stray bits, URL-safe.
    for (const text of ['aGVsbG8', 'aGVs bG8=', 'aGVsbG9=', '-_-_'])
      assert.equal(decodeBase64(text), null, text)
  })

  it('has one written form, whatever order its keys came in', () => {
    const envelope = makeEnvelope(TYPE, Buffer.from('x'), null)
    const { payload, payloadType, signatures } = envelope
    assert.equal(formatEnvelope({ signatures, payloadType, payload }), formatEnvelope(envelope))
  })
})
