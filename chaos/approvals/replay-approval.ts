import { z } from 'zod'
import type { Immutable } from '../core/immutable.ts'
import { replayScope, type ReplayScope } from '../core/replay-scope.ts'
import { type Envelope, makeEnvelope } from '../seal/dsse.ts'
import { PAYLOAD_TYPE, STATEMENT_TYPE, subjectSchema } from '../seal/in-toto.ts'
import { payloadDigest, type Signer } from './replay-request.ts'

/** Names the shape of `predicate`. A URN, because it is a name and no address. */
const PREDICATE_TYPE = 'urn:aftershock:replay-approval:v1'

/** An in-toto statement about one request, by the digest of its bytes. */
export const approvalStatement = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([subjectSchema]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({
    format: z.literal(1),
    approver: z.string().min(1).max(200),
    /** What of the request is approved. */
    scope: replayScope,
    /** ISO 8601, UTC. */
    approvedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  }),
})

export interface ApprovalTerms {
  readonly scope: ReplayScope
  readonly expiresAtMs: number
}

/** An approval of that request in the approver's name. Whether the approver may is judged when it is used. */
export function makeApproval(
  request: Envelope,
  { scope, expiresAtMs }: ApprovalTerms,
  { name, key }: Signer,
  wallMs: number,
): Envelope {
  const statement: Immutable<z.output<typeof approvalStatement>> = {
    _type: STATEMENT_TYPE,
    subject: [{ name: 'replay-request', digest: { sha256: payloadDigest(request) } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      format: 1,
      approver: name,
      scope,
      approvedAt: new Date(wallMs).toISOString(),
      expiresAt: new Date(expiresAtMs).toISOString(),
    },
  }
  return makeEnvelope(PAYLOAD_TYPE, Buffer.from(JSON.stringify(statement)), key)
}
