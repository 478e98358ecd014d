import type { ActionOutcome, GovernedReplayOrder, Hands } from '../actions/action.ts'
import { judgeReplay, type Permit, type ReplayCase } from '../approvals/judge-replay.ts'
import { makeApproval } from '../approvals/replay-approval.ts'
import { makeRequest, type Signer } from '../approvals/replay-request.ts'
import type { Clock } from '../core/clock.ts'
import type { Drill } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'
import { limitConditions } from '../core/replay-limits.ts'
import { inWallTime, type ReplayScope } from '../core/replay-scope.ts'
import type { Access, Driver, ReadGrant } from '../drivers/driver.ts'
import type { Journal } from '../record/journal.ts'
import { passingKey, spkiOf } from '../seal/keys.ts'
import { ApprovalLines } from './approval-lines.ts'
import { askBrokers, type Granted, readGranted } from './granted-reading.ts'
import type { LiveState } from './live-state.ts'
import { forJournal, type Readers } from './readers.ts'
import { rehearseRefusals } from './rehearse-refusals.ts'
import { NEEDED_ANSWER_MS, type ReplayStatements } from './state-replay.ts'
import { brokenCondition } from './watched-reading.ts'
import { withdrawGrant } from './withdraw-grant.ts'

export interface GovernedReplayContext extends ReplayStatements {
  readonly drill: Drill
  readonly driver: Driver
  readonly readers: Pick<Readers, 'replay' | 'processOf'>
  readonly journal: Journal
  readonly clock: Clock
  readonly live: Pick<LiveState, 'read'>
}

type Order = Omit<GovernedReplayOrder, 'scope'> & { readonly scope: ReplayScope }

const LOOK_MS = 200

/** What a run lends to the action of that name: everybody's part, with keys that are made for this run. */
export function governedReplays(context: GovernedReplayContext): Hands['governedReplay'] {
  const { clock, driver } = context
  const reading = new Map<string, string>()
  return async (given, signal) => {
    const { access } = driver
    if (!access) throw new AftershockError('internal', 'the driver of a governed replay has an authorizer')
    const order = { ...given, scope: inWallTime(given.scope, clock.wallMs()) }
    const { id, principal } = order
    const other = reading.get(principal)
    // The end of the one would take the right of the other away.
    if (other !== undefined)
      throw new AftershockError('refused', `the principal ${principal} still reads for ${other}`, {
        hint: 'begin it later in the timeline, or let another principal read it (`principal`)',
      })
    reading.set(principal, id)
    try {
      return await governedReplay(context, order, access, signal)
    } finally {
      reading.delete(principal)
    }
  }
}

async function governedReplay(
  context: GovernedReplayContext,
  order: Order,
  access: Access,
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const { drill, journal, clock, readers } = context
  const { contract } = drill
  const { id, principal, scope } = order
  await askBrokers({
    access,
    contract,
    journal,
    id,
    principal,
    topics: scope.topics,
    when: 'before-approval',
  })
  const lines = new ApprovalLines(journal, id)
  const permit = askAndApprove(context, order, lines)
  if ('refused' in permit) return { ok: false, result: permit }
  const granted = await readGranted({
    permit,
    contract,
    access,
    lines,
    journal,
    clock,
    reader: readers.processOf(id),
    state: () => {
      const { bytesPerSecond } = permit.request
      return context.state({ scope: permit.scope, bytesPerSecond, answerMs: NEEDED_ANSWER_MS })
    },
    everyMs: LOOK_MS,
    look: lookAfter(context, order, permit),
    read: (terms, stop) => readers.replay(id, terms, stop),
    signal,
  })
  return outcomeOf(granted, permit)
}

/** Request, rehearsed refusals, approvals, judgement. */
function askAndApprove(
  { drill, journal, clock }: GovernedReplayContext,
  order: Order,
  lines: ApprovalLines,
): Permit | { readonly refused: string; readonly reason: string } {
  const { contract } = drill
  const { id, principal, scope, reason, bytesPerSecond } = order
  const requester: Signer = { name: order.requester, key: passingKey() }
  const names = scope.topics.map(topic => contract.topics[topic]?.replayApprovers[0] ?? '')
  const approvers = [...new Set(names)].map(
    (name): Signer => (name === requester.name ? requester : { name, key: passingKey() }),
  )
  const everybody = [requester, ...approvers]
  const people = new Map(everybody.map(({ name, key }) => [name, key.publicKey] as const))
  const keys = Object.fromEntries([...people].map(([name, key]) => [name, spkiOf(key).toString('base64')]))
  journal.append({ kind: 'replay.people', id, keys, madeForThisRun: true })
  const wallMs = clock.wallMs()
  const expiresAtMs = wallMs + order.expiresInMs
  const consumer = { principal, groupPrefix: `replay-${id}` }
  const input = { contract: contract.contract, scope, consumer, reason, bytesPerSecond }
  const request = makeRequest(input, requester, wallMs)
  lines.requested({ ...input, requester: { name: requester.name, keyid: requester.key.keyid } }, request)
  const approvals = approvers.map(signer => makeApproval(request, { scope, expiresAtMs }, signer, wallMs))
  const good: ReplayCase = { request, approvals, people, revoked: new Set(), contract, wallMs }
  for (const { meant, refusal } of rehearseRefusals({ good, input, requester, approvers, expiresAtMs })) {
    if (refusal === null) journal.append({ kind: 'replay.admitted', id, meant })
    else lines.refused(refusal, true)
  }
  approvals.forEach((envelope, index) =>
    lines.approved(approvers[index]?.name ?? '', envelope, { scope, expiresAtMs, request }),
  )
  const judged = judgeReplay({ ...good, wallMs: clock.wallMs() })
  if (judged.ok) return judged.permit
  lines.refused(judged.refusal, false)
  return { refused: judged.refusal.kind, reason: judged.refusal.message }
}

/**
 * Ends the reading when its time is over or others suffer, beyond the contract or what the drill says, and takes the
 * right away where the drill says so.
 */
function lookAfter(
  { drill, live, clock, journal, driver }: GovernedReplayContext,
  { id, stopWhen, revokeAfterMs }: Order,
  { expiresAtMs }: Permit,
): (grant: ReadGrant) => Promise<string | null> {
  const conditions = [...limitConditions(drill.contract.replayLimits), ...stopWhen]
  let began: number | null = null
  let isRevoked = false
  return async grant => {
    began ??= clock.now()
    if (clock.wallMs() >= expiresAtMs) return `its approval expired at ${new Date(expiresAtMs).toISOString()}`
    const broken = brokenCondition(conditions, probe => live.read(probe, clock.now()))
    if (broken !== null) return broken
    if (revokeAfterMs === null || isRevoked || clock.now() - began < revokeAfterMs) return null
    isRevoked = true
    await withdrawGrant(driver, { id, grant, by: 'run' }, journal)
    return null
  }
}

function outcomeOf({ ended }: Granted, permit: Permit): ActionOutcome {
  if (ended.status === 'rejected') throw ended.reason
  const { result, stopped } = ended.value
  const reason = stopped === null ? result.reason : String(stopped)
  const { requestSha256, approvals, expiresAtMs } = permit
  const told = forJournal(result) as Record<string, unknown>
  return {
    ok: result.isComplete,
    result: { ...told, reason, requestSha256, approvals, expiresAt: new Date(expiresAtMs).toISOString() },
  }
}
