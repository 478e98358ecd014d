import { createHash, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Immutable } from '../core/immutable.ts'
import { AftershockError } from '../core/errors.ts'
import { replayScope } from '../core/replay-scope.ts'
import { type Envelope, makeEnvelope } from '../seal/dsse.ts'
import type { SealingKey } from '../seal/keys.ts'

export const REQUEST_TYPE = 'application/vnd.aftershock.replay-request+json'

const person = z.strictObject({
  name: z.string().min(1).max(200),
  /** SHA-256 (hex) of the public key. */
  keyid: z.string().regex(/^[0-9a-f]{64}$/),
})

/** What somebody wants to read again, why, and who will read it. */
export const replayRequest = z.strictObject({
  format: z.literal(1),
  /** The contract by whose terms it is judged. */
  contract: z.string().min(1),
  scope: replayScope,
  consumer: z.strictObject({
    /** As brokers know it. */
    principal: z.string().min(1).max(200),
    /** What the ids of its consumer groups begin with. */
    groupPrefix: z.string().min(1).max(200),
  }),
  reason: z.string().min(1).max(1000),
  /** Of each broker; null: no limit. */
  bytesPerSecond: z.number().positive().nullable(),
  requester: person,
  /** ISO 8601, UTC. */
  requestedAt: z.iso.datetime(),
})
export type ReplayRequest = Immutable<z.output<typeof replayRequest>>

/** Somebody who signs: by the name in contracts, with a key. */
export interface Signer {
  readonly name: string
  readonly key: SealingKey
}

export type RequestInput = Omit<ReplayRequest, 'format' | 'requester' | 'requestedAt'>

/** A request in its requester's name. @param wallMs of the moment */
export function makeRequest(input: RequestInput, { name, key }: Signer, wallMs: number): Envelope {
  const request: ReplayRequest = {
    format: 1,
    ...input,
    requester: { name, keyid: key.keyid },
    requestedAt: new Date(wallMs).toISOString(),
  }
  return makeEnvelope(REQUEST_TYPE, Buffer.from(JSON.stringify(request)), key)
}

/** SHA-256 (hex) of what an envelope holds: what an approval names, and what a revocation may name. */
export function payloadDigest({ payload }: Envelope): string {
  return createHash('sha256').update(Buffer.from(payload, 'base64')).digest('hex')
}

/** The public keys of people, by their names in contracts. */
export type People = ReadonlyMap<string, KeyObject>

/** What was asked for, whoever signed it: that is judged when it is used. @throws AftershockError `input` */
export function readRequestOf(envelope: Envelope): ReplayRequest {
  try {
    if (envelope.payloadType === REQUEST_TYPE)
      return replayRequest.parse(JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8')))
  } catch {
    // Said below.
  }
  throw new AftershockError('input', 'the file holds no request for a replay', {
    hint: '`aftershock replay request` writes one',
  })
}
