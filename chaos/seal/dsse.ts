import { type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'

/**
 * Dead Simple Signing Envelope, v1 (github.com/secure-systems-lab/dsse): the payload as bytes, its type, and
 * signatures over both. What is signed is the pre-authentication encoding and never JSON, so nobody has to
 * agree on how JSON is written.
 */
export interface Envelope {
  /** Base64. */
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly EnvelopeSignature[]
}
export interface EnvelopeSignature {
  /** A hint for finding the key; it is not signed. */
  readonly keyid: string
  /** Base64. */
  readonly sig: string
}

export const envelopeSchema = z.strictObject({
  payload: z.string(),
  payloadType: z.string().max(256),
  signatures: z.array(z.strictObject({ keyid: z.string().max(256), sig: z.string().max(1024) })),
})

/** `DSSEv1 <length of type> <type> <length of payload> <payload>`; lengths in bytes, decimal. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `
  return Buffer.concat([Buffer.from(head), payload])
}

export function makeEnvelope(
  payloadType: string,
  payload: Buffer,
  signer: { readonly keyid: string; readonly privateKey: KeyObject } | null,
): Envelope {
  const signatures = signer
    ? [
        {
          keyid: signer.keyid,
          sig: sign(null, preAuthEncoding(payloadType, payload), signer.privateKey).toString('base64'),
        },
      ]
    : []
  return { payload: payload.toString('base64'), payloadType, signatures }
}

/** Whether this one signature is that key's over the envelope's payload. Ed25519 only. */
export function isSignedBy(
  payloadType: string,
  payload: Uint8Array,
  signature: EnvelopeSignature,
  publicKey: KeyObject,
): boolean {
  const bytes = decodeBase64(signature.sig)
  if (bytes === null) return false
  return verify(null, preAuthEncoding(payloadType, payload), publicKey, bytes)
}

/** Strict: null unless encoding the bytes again gives the same text. Node alone ignores what it cannot read. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

/** The one way in which `bundle.json` is written, so that any byte that differs is a change. */
export function formatEnvelope({ payload, payloadType, signatures }: Envelope): string {
  const entries = signatures.map(({ keyid, sig }) => ({ keyid, sig }))
  return `${JSON.stringify({ payload, payloadType, signatures: entries }, null, 2)}\n`
}
