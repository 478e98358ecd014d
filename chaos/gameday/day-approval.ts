import { z } from 'zod'
import type { People, Signer } from '../approvals/replay-request.ts'
import { type Envelope, isSignedBy, makeEnvelope } from '../seal/dsse.ts'
import { PAYLOAD_TYPE, STATEMENT_TYPE, subjectSchema } from '../seal/in-toto.ts'
import type { GameDay } from './calendar.ts'

/** Names the shape of `predicate`. A URN, because it is a name and no address. */
const PREDICATE_TYPE = 'urn:aftershock:game-day-approval:v1'

const statement = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([subjectSchema]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({
    format: z.literal(1),
    day: z.string(),
    approver: z.string().min(1).max(200),
    /** ISO 8601, UTC. */
    approvedAt: z.iso.datetime(),
  }),
})

/** An in-toto statement about one day and its drill, by the digest of both: when either changes, it approves nothing. */
export function approveDay(day: GameDay, digest: string, { name, key }: Signer, wallMs: number): Envelope {
  const made: z.output<typeof statement> = {
    _type: STATEMENT_TYPE,
    subject: [{ name: day.id, digest: { sha256: digest } }],
    predicateType: PREDICATE_TYPE,
    predicate: { format: 1, day: day.id, approver: name, approvedAt: new Date(wallMs).toISOString() },
  }
  return makeEnvelope(PAYLOAD_TYPE, Buffer.from(JSON.stringify(made)), key)
}

/** Who approved it, or why it is no approval of this day. */
export type DayApproval = { readonly by: string; readonly at: string } | { readonly refused: string }

export function judgeApproval(
  envelope: Envelope,
  { day, digest, people }: { readonly day: GameDay; readonly digest: string; readonly people: People },
): DayApproval {
  const read = parsed(envelope)
  if (!read) return { refused: 'the file holds no approval of a game day' }
  const { subject, predicate } = read
  if (subject[0].digest.sha256 !== digest)
    return {
      refused: `${predicate.approver} approved ${predicate.day}, or its drill, as it was before it changed`,
    }
  if (!day.approvers.includes(predicate.approver))
    return { refused: `${predicate.approver} is none of its approvers (${day.approvers.join(', ')})` }
  const key = people.get(predicate.approver)
  if (!key) return { refused: `nobody knows the key of ${predicate.approver}` }
  const payload = Buffer.from(envelope.payload, 'base64')
  if (!envelope.signatures.some(one => isSignedBy(envelope.payloadType, payload, one, key)))
    return { refused: `it is not signed with the key of ${predicate.approver}` }
  return { by: predicate.approver, at: predicate.approvedAt }
}

function parsed({ payload, payloadType }: Envelope): z.output<typeof statement> | null {
  if (payloadType !== PAYLOAD_TYPE) return null
  try {
    return statement.parse(JSON.parse(Buffer.from(payload, 'base64').toString('utf8')))
  } catch {
    return null
  }
}
