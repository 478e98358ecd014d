import type { Permit, Refusal } from '../approvals/judge-replay.ts'
import { payloadDigest, type ReplayRequest } from '../approvals/replay-request.ts'
import type { ReplayScope } from '../core/replay-scope.ts'
import type { ReadGrant } from '../drivers/driver.ts'
import type { Journal } from '../record/journal.ts'
import type { Envelope } from '../seal/dsse.ts'

/** The lines of one replay that somebody has to approve, of a drill's and of a command's. */
export class ApprovalLines {
  readonly #journal: Journal
  readonly id: string

  constructor(journal: Journal, id: string) {
    this.#journal = journal
    this.id = id
  }

  requested(
    {
      requester,
      consumer,
      scope,
      reason,
    }: Pick<ReplayRequest, 'consumer' | 'scope' | 'reason' | 'requester'>,
    envelope: Envelope,
  ): void {
    this.#journal.append({
      kind: 'replay.requested',
      id: this.id,
      requester: requester.name,
      principal: consumer.principal,
      scope,
      reason,
      requestSha256: payloadDigest(envelope),
      envelope,
    })
  }

  approved(
    approver: string,
    envelope: Envelope,
    terms: { readonly scope: ReplayScope; readonly expiresAtMs: number; readonly request: Envelope },
  ): void {
    this.#journal.append({
      kind: 'replay.approved',
      id: this.id,
      approver,
      scope: terms.scope,
      expiresAt: new Date(terms.expiresAtMs).toISOString(),
      requestSha256: payloadDigest(terms.request),
      approvalSha256: payloadDigest(envelope),
      envelope,
    })
  }

  /** @param rehearsed whether it was made to be refused */
  refused(
    { kind, message, hint }: Pick<Refusal, 'message' | 'hint'> & { readonly kind: string },
    rehearsed: boolean,
  ): void {
    this.#journal.append({ kind: 'replay.refused', id: this.id, refusal: kind, message, hint, rehearsed })
  }

  /** All that taking the right away needs, before it is made. */
  intended(grant: ReadGrant, { expiresAtMs }: Pick<Permit, 'expiresAtMs'>): void {
    this.#journal.append({
      kind: 'grant.intended',
      id: this.id,
      grant: { ...grant, topics: [...grant.topics] },
      expiresAt: new Date(expiresAtMs).toISOString(),
    })
  }
}
