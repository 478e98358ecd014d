import { judgeReplay, type RefusalKind, type ReplayCase } from '../approvals/judge-replay.ts'
import { makeApproval } from '../approvals/replay-approval.ts'
import { makeRequest, payloadDigest, type RequestInput, type Signer } from '../approvals/replay-request.ts'
import type { ReplayScope } from '../core/replay-scope.ts'
import type { Envelope } from '../seal/dsse.ts'
import { passingKey } from '../seal/keys.ts'

export interface Rehearsed {
  /** By what it was made to be refused. */
  readonly meant: RefusalKind
  /** null: it was let in. */
  readonly refusal: { readonly kind: RefusalKind; readonly message: string; readonly hint: string } | null
}

export interface RehearsalInput {
  /** With the request and the approvals that are good. */
  readonly good: ReplayCase
  readonly input: RequestInput
  readonly requester: Signer
  readonly approvers: readonly Signer[]
  readonly expiresAtMs: number
}

const STRANGER = 'somebody-without-a-role'
const UNKNOWN_TOPIC = 'a-topic-without-a-contract'

/** Makes one replay for each way to be refused, and has it judged as the real one will be. Nothing is read. */
export function rehearseRefusals(rehearsal: RehearsalInput): Rehearsed[] {
  const { good, input, requester, approvers, expiresAtMs } = rehearsal
  const { request, wallMs } = good
  const { scope } = input
  const stranger: Signer = { name: STRANGER, key: passingKey() }
  const by = (
    signers: readonly Signer[],
    terms: { scope?: ReplayScope; expiresAtMs?: number } = {},
    of = request,
  ) => signers.map(signer => makeApproval(of, { scope, expiresAtMs, ...terms }, signer, wallMs))
  const begins = typeof scope.from === 'object' && 'offset' in scope.from ? scope.from.offset : 0
  const nothing = { offset: begins }
  const withTopic = makeRequest(
    { ...input, scope: { ...scope, topics: [...scope.topics, UNKNOWN_TOPIC] } },
    requester,
    wallMs,
  )
  const changed = makeRequest({ ...input, reason: `${input.reason}, and more` }, requester, wallMs)
  const cases: Readonly<Record<RefusalKind, Partial<ReplayCase>>> = {
    'not-in-contract': { request: withTopic, approvals: by(approvers, {}, withTopic) },
    'not-approved': { approvals: [] },
    'unknown-key': { approvals: by(approvers.map(({ name }) => ({ name, key: passingKey() }))) },
    changed: { request: changed },
    'same-person': { approvals: by([requester]) },
    'not-an-approver': {
      approvals: by([stranger]),
      people: new Map([...good.people, [STRANGER, stranger.key.publicKey]]),
    },
    'out-of-scope': { approvals: by(approvers, { scope: { ...scope, to: nothing } }) },
    expired: { approvals: by(approvers, { expiresAtMs: wallMs }) },
    revoked: { revoked: new Set(good.approvals.map(digestOf)) },
  }
  return Object.entries(cases).map(([meant, given]) => {
    const judged = judgeReplay({ ...good, ...given })
    return { meant: meant as RefusalKind, refusal: judged.ok ? null : judged.refusal }
  })
}

const digestOf = (envelope: Envelope): string => payloadDigest(envelope)
