import type { z } from 'zod'
import type { Contract } from '../core/contract.ts'
import { list } from '../core/numbers.ts'
import { beyond, type ReplayScope, scopeWords } from '../core/replay-scope.ts'
import { decodeBase64, type Envelope, isSignedBy } from '../seal/dsse.ts'
import { PAYLOAD_TYPE } from '../seal/in-toto.ts'
import { keyIdOf } from '../seal/keys.ts'
import { approvalStatement } from './replay-approval.ts'
import {
  type People,
  payloadDigest,
  REQUEST_TYPE,
  replayRequest,
  type ReplayRequest,
} from './replay-request.ts'

/** Why a replay may not begin, or not go on. */
export const REFUSALS = [
  'not-in-contract',
  'not-approved',
  'unknown-key',
  'changed',
  'same-person',
  'not-an-approver',
  'out-of-scope',
  'expired',
  'revoked',
] as const
export type RefusalKind = (typeof REFUSALS)[number]

export interface Refusal {
  readonly kind: RefusalKind
  /** What is wrong, with what was seen. */
  readonly message: string
  /** What to do. */
  readonly hint: string
}

export interface ReplayCase {
  readonly request: Envelope
  readonly approvals: readonly Envelope[]
  readonly people: People
  /** Key ids, and digests of requests and approvals, that are not good any more. */
  readonly revoked: ReadonlySet<string>
  readonly contract: Contract
  readonly wallMs: number
  /** What is to be read now. @default what the request says */
  readonly wanted?: ReplayScope
}

/** What may be read, by whom, until when. */
export interface Permit {
  readonly request: ReplayRequest
  readonly requestSha256: string
  readonly scope: ReplayScope
  readonly approvals: readonly {
    readonly approver: string
    readonly keyid: string
    readonly sha256: string
  }[]
  /** The first of them to expire. */
  readonly expiresAtMs: number
}

export type Judgement =
  | { readonly ok: true; readonly permit: Permit }
  | { readonly ok: false; readonly refusal: Refusal }

interface Approval {
  readonly sha256: string
  readonly keyid: string
  readonly approver: string
  readonly scope: ReplayScope
  readonly expiresAtMs: number
}

class Refused {
  readonly refusal: Refusal
  constructor(kind: RefusalKind, message: string, hint: string) {
    this.refusal = { kind, message, hint }
  }
}

/**
 * Whether a replay may read: its request is whole and its requester's own, and for each topic somebody whom the
 * contract names, who is somebody else, approved all that is wanted, and that still holds. Asked again at each read.
 */
export function judgeReplay(given: ReplayCase): Judgement {
  const { contract, revoked, wallMs } = given
  const request = readRequest(given)
  if (request instanceof Refused) return { ok: false, refusal: request.refusal }
  const wanted = given.wanted ?? request.scope
  const requestSha256 = payloadDigest(given.request)
  const trouble =
    notInContract(wanted, contract) ??
    askedForMore(wanted, request) ??
    withdrawn(request, requestSha256, revoked)
  if (trouble) return { ok: false, refusal: trouble.refusal }
  const used = new Map<string, Approval>()
  let expiresAtMs = Number.POSITIVE_INFINITY
  for (const topic of wanted.topics) {
    const found = approvalOf({ ...given, topic, wanted, requester: request, requestSha256 })
    if (found instanceof Refused) return { ok: false, refusal: found.refusal }
    used.set(found.sha256, found)
    expiresAtMs = Math.min(expiresAtMs, found.expiresAtMs)
  }
  if (wallMs >= expiresAtMs) return { ok: false, refusal: expired(expiresAtMs, wallMs).refusal }
  const approvals = [...used.values()].map(({ approver, keyid, sha256 }) => ({ approver, keyid, sha256 }))
  return { ok: true, permit: { request, requestSha256, scope: wanted, approvals, expiresAtMs } }
}

function readRequest({ request: envelope, people }: ReplayCase): ReplayRequest | Refused {
  const request = envelope.payloadType === REQUEST_TYPE ? parse(envelope, replayRequest) : null
  if (request === null)
    return new Refused(
      'changed',
      'the request is not one, or is torn',
      'ask for it anew: aftershock replay request',
    )
  const { name, keyid } = request.requester
  const key = people.get(name)
  if (!key || keyIdOf(key) !== keyid)
    return new Refused(
      'unknown-key',
      `the request is in the name of ${name}, with a key (${keyid.slice(0, 12)}) that is not known as theirs`,
      `put the public key of ${name} into the folder of known people, as ${name}.pub`,
    )
  return isWhole(envelope, keyid, key)
    ? request
    : new Refused(
        'changed',
        `the request was changed after ${name} had signed it`,
        'ask for it anew: aftershock replay request',
      )
}

function notInContract({ topics }: ReplayScope, contract: Contract): Refused | null {
  const unknown = topics.filter(topic => !contract.topics[topic])
  if (unknown.length === 0) return null
  return new Refused(
    'not-in-contract',
    `contract ${contract.contract} has no terms for ${list(unknown)}, so nobody can approve a replay of it`,
    'let the owner of the topic add it to the contract, with its approvers',
  )
}

function askedForMore(wanted: ReplayScope, { scope, requester }: ReplayRequest): Refused | null {
  const more = beyond(wanted, scope)
  if (more === null) return null
  return new Refused(
    'out-of-scope',
    `${requester.name} asked for ${scopeWords(scope)}, and more is to be read: ${more}`,
    'read what was asked for, or make another request',
  )
}

function withdrawn(
  { requester }: ReplayRequest,
  sha256: string,
  revoked: ReadonlySet<string>,
): Refused | null {
  if (!revoked.has(sha256) && !revoked.has(requester.keyid)) return null
  const what = revoked.has(sha256) ? 'the request' : `the key of ${requester.name}`
  return new Refused('revoked', `${what} was revoked`, 'make another request, with a key that holds')
}

interface Wanted extends ReplayCase {
  readonly topic: string
  readonly wanted: ReplayScope
  readonly requester: ReplayRequest
  readonly requestSha256: string
}

/** The approval that covers a topic; where none does, why the one that comes nearest does not. */
function approvalOf(asked: Wanted): Approval | Refused {
  const tried = asked.approvals.map(envelope => oneApproval(envelope, asked))
  const held = tried
    .filter((one): one is Approval => !(one instanceof Refused))
    .toSorted((a, b) => b.expiresAtMs - a.expiresAtMs)[0]
  if (held) return held
  const refused = tried.filter(one => one instanceof Refused)
  const approvers = asked.contract.topics[asked.topic]?.replayApprovers ?? []
  return (
    refused.find(({ refusal }) => refusal.kind !== 'not-an-approver' && refusal.kind !== 'out-of-scope') ??
    refused[0] ??
    new Refused(
      'not-approved',
      `nobody has approved a replay of ${asked.topic}`,
      `ask one of ${list([...approvers])}: aftershock replay approve`,
    )
  )
}

function oneApproval(envelope: Envelope, asked: Wanted): Approval | Refused {
  const statement = envelope.payloadType === PAYLOAD_TYPE ? parse(envelope, approvalStatement) : null
  const again = 'let it be approved anew: aftershock replay approve'
  if (statement === null) return new Refused('changed', 'an approval is not one, or is torn', again)
  const { approver, scope, expiresAt } = statement.predicate
  const keyid = envelope.signatures[0]?.keyid ?? ''
  const key = asked.people.get(approver)
  if (!key || keyIdOf(key) !== keyid)
    return new Refused(
      'unknown-key',
      `an approval is in the name of ${approver}, with a key (${keyid.slice(0, 12) || 'none'}) that is not known as theirs`,
      `put the public key of ${approver} into the folder of known people, as ${approver}.pub`,
    )
  if (!isWhole(envelope, keyid, key))
    return new Refused('changed', `an approval was changed after ${approver} had signed it`, again)
  if (statement.subject[0].digest.sha256 !== asked.requestSha256)
    return new Refused(
      'changed',
      `${approver} approved another request, or this one before it was changed`,
      again,
    )
  const { requester } = asked.requester
  if (requester.name === approver || requester.keyid === keyid)
    return new Refused(
      'same-person',
      `${requester.name} asked for the replay and approved it`,
      'let another person approve it',
    )
  const sha256 = payloadDigest(envelope)
  if (asked.revoked.has(sha256) || asked.revoked.has(keyid))
    return new Refused('revoked', `the approval of ${approver} was revoked`, again)
  const approvers = asked.contract.topics[asked.topic]?.replayApprovers ?? []
  if (!approvers.includes(approver))
    return new Refused(
      'not-an-approver',
      `${approver} approved it, and a replay of ${asked.topic} is for ${list([...approvers])} to approve`,
      `ask one of ${list([...approvers])}: aftershock replay approve`,
    )
  const more = beyond({ ...asked.wanted, topics: [asked.topic] }, scope)
  if (more !== null)
    return new Refused(
      'out-of-scope',
      `${approver} approved ${scopeWords(scope)}, and more is to be read: ${more}`,
      'read what was approved, or ask for an approval of all of it',
    )
  const expiresAtMs = Date.parse(expiresAt)
  if (asked.wallMs >= expiresAtMs) return expired(expiresAtMs, asked.wallMs)
  return { sha256, keyid, approver, scope, expiresAtMs }
}

function expired(expiresAtMs: number, wallMs: number): Refused {
  const at = (ms: number) => new Date(ms).toISOString()
  return new Refused(
    'expired',
    `the approval held until ${at(expiresAtMs)}, and it is ${at(wallMs)}`,
    'let it be approved anew: aftershock replay approve',
  )
}

function isWhole(envelope: Envelope, keyid: string, key: Parameters<typeof isSignedBy>[3]): boolean {
  const payload = decodeBase64(envelope.payload)
  const signature = envelope.signatures.find(one => one.keyid === keyid)
  return payload !== null && !!signature && isSignedBy(envelope.payloadType, payload, signature, key)
}

function parse<T extends z.ZodType>({ payload }: Envelope, schema: T): z.output<T> | null {
  try {
    return schema.parse(JSON.parse(decodeBase64(payload)?.toString('utf8') ?? ''))
  } catch {
    return null
  }
}
