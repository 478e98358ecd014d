import type { ActionOutcome, GovernedReplayOrder, Hands } from '../actions/action.ts'
import { judgeReplay, type Permit, type ReplayCase } from '../approvals/judge-replay.ts'
import { makeApproval } from '../approvals/replay-approval.ts'
import { makeRequest, payloadDigest, type Signer } from '../approvals/replay-request.ts'
import type { DrillScope, ReplayScope } from '../core/replay-scope.ts'
import type { Clock } from '../core/clock.ts'
import { compare, describeComparison, type Drill } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'
import type { Driver, ReadGrant } from '../drivers/driver.ts'
import type { AdminWork } from '../drivers/environment.ts'
import type { Journal } from '../record/journal.ts'
import type { ReplayResult } from '../replay/replay.ts'
import { passingKey, spkiOf } from '../seal/keys.ts'
import type { LiveState } from './live-state.ts'
import { forJournal, type Readers } from './readers.ts'
import { rehearseRefusals } from './rehearse-refusals.ts'
import { stateReplay } from './state-replay.ts'
import { withdrawGrant } from './withdraw-grant.ts'

export interface GovernedReplayContext {
  readonly drill: Drill
  readonly driver: Driver
  readonly admin: AdminWork
  readonly readers: Pick<Readers, 'governed'>
  readonly journal: Journal
  readonly clock: Clock
  readonly live: Pick<LiveState, 'read'>
}

const LOOK_MS = 200
const PRINCIPAL = 'replay'

/** What a run lends to the action of that name: everybody's part, with keys that are made for this run. */
export function governedReplays(context: GovernedReplayContext): Hands['governedReplay'] {
  return async (given, signal) => {
    const order = { ...given, scope: inWallTime(given.scope, context.clock.wallMs()) }
    await askBrokers(context, order, 'before-approval')
    const permit = askAndApprove(context, order)
    if ('refused' in permit) return { ok: false, result: permit }
    return readWithGrant(context, order, permit, signal)
  }
}

/** Times of a drill are as long ago as it says, counted from when the replay begins. */
function inWallTime({ from, to, ...rest }: DrillScope, wallMs: number): ReplayScope {
  const at = (agoMs: number) => ({ time: new Date(wallMs - agoMs).toISOString() })
  return {
    ...rest,
    from: typeof from === 'object' && 'ago' in from ? at(from.ago) : from,
    to: typeof to === 'object' && 'ago' in to ? at(to.ago) : to,
  }
}

type Order = Omit<GovernedReplayOrder, 'scope'> & { readonly scope: ReplayScope }
type When = 'before-approval' | 'granted' | 'withdrawn'

/** The brokers' own word, given to the principal itself: of the topics that it wants, and of those that it does not. */
async function askBrokers(
  { drill, driver, journal }: GovernedReplayContext,
  { id, scope }: Order,
  when: When,
): Promise<void> {
  const { access } = driver
  if (!access) throw new AftershockError('internal', 'the driver of a governed replay has an authorizer')
  const others = Object.keys(drill.contract.topics).filter(topic => !scope.topics.includes(topic))
  const inScope = await access.ask(PRINCIPAL, scope.topics)
  const outside = await access.ask(PRINCIPAL, others)
  journal.append({ kind: 'access.asked', id, when, principal: PRINCIPAL, inScope, outside })
}

/** Request, rehearsed refusals, approvals, judgement. */
function askAndApprove(
  { drill, journal, clock }: GovernedReplayContext,
  order: Order,
): Permit | { readonly refused: string; readonly reason: string } {
  const { contract } = drill
  const { id, scope, reason, bytesPerSecond } = order
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
  const consumer = { principal: PRINCIPAL, groupPrefix: `replay-${id}` }
  const input = { contract: contract.contract, scope, consumer, reason, bytesPerSecond }
  const request = makeRequest(input, requester, wallMs)
  const requestSha256 = payloadDigest(request)
  journal.append({
    kind: 'replay.requested',
    id,
    requester: requester.name,
    principal: PRINCIPAL,
    scope,
    reason,
    requestSha256,
    envelope: request,
  })
  const approvals = approvers.map(signer => makeApproval(request, { scope, expiresAtMs }, signer, wallMs))
  const good: ReplayCase = { request, approvals, people, revoked: new Set(), contract, wallMs }
  for (const { meant, refusal } of rehearseRefusals({ good, input, requester, approvers, expiresAtMs })) {
    if (refusal === null) journal.append({ kind: 'replay.admitted', id, meant })
    else {
      const { kind, message, hint } = refusal
      journal.append({ kind: 'replay.refused', id, refusal: kind, message, hint, rehearsed: true })
    }
  }
  approvals.forEach((envelope, index) => {
    journal.append({
      kind: 'replay.approved',
      id,
      approver: approvers[index]?.name ?? '',
      scope,
      expiresAt: new Date(expiresAtMs).toISOString(),
      requestSha256,
      approvalSha256: payloadDigest(envelope),
      envelope,
    })
  })
  const judged = judgeReplay({ ...good, wallMs: clock.wallMs() })
  if (judged.ok) return judged.permit
  const { kind, message, hint } = judged.refusal
  journal.append({ kind: 'replay.refused', id, refusal: kind, message, hint, rehearsed: false })
  return { refused: kind, reason: message }
}

/** The approval makes the right, and its end takes it away, whatever happens in between. */
async function readWithGrant(
  context: GovernedReplayContext,
  order: Order,
  permit: Permit,
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const { driver, journal } = context
  const { id } = order
  const { principal, groupPrefix } = permit.request.consumer
  const grant: ReadGrant = {
    principal,
    topics: permit.scope.topics,
    groupPrefix,
    bytesPerSecond: permit.request.bytesPerSecond,
  }
  journal.append({
    kind: 'grant.intended',
    id,
    grant: { ...grant, topics: [...grant.topics] },
    expiresAt: new Date(permit.expiresAtMs).toISOString(),
  })
  let outcome: ActionOutcome
  try {
    await driver.access?.allow(grant)
    const rules = (await driver.access?.rules(principal)) ?? null
    journal.append({ kind: 'grant.made', id, rules: rules && [...rules] })
    await askBrokers(context, order, 'granted')
    outcome = await read(context, order, { permit, grant }, signal)
  } finally {
    await withdrawGrant(driver, { id, grant, by: 'run' }, journal)
  }
  await askBrokers(context, order, 'withdrawn')
  return outcome
}

async function read(
  context: GovernedReplayContext,
  order: Order,
  { permit, grant }: { readonly permit: Permit; readonly grant: ReadGrant },
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const { readers, admin, journal, drill, driver, clock } = context
  const { id } = order
  const stated = await stateReplay({
    admin,
    scope: permit.scope,
    contract: drill.contract,
    bytesPerSecond: permit.request.bytesPerSecond,
    brokers: driver.topology.nodes.length,
    sizes: (await driver.access?.logSizes()) ?? null,
    wallMs: clock.wallMs(),
  })
  journal.append({ kind: 'replay.stated', id, ...stated })
  const stop = new AbortController()
  const over = new AbortController()
  const watched = watch(context, order, { permit, grant, stop }, over.signal)
  try {
    const group = grant.groupPrefix
    const mayReadUntil = permit.expiresAtMs
    const both = AbortSignal.any([signal, stop.signal])
    const result = await readers.governed({ scope: permit.scope, group, mayReadUntil }, both)
    return outcomeOf(result, permit, stop.signal)
  } finally {
    over.abort()
    await watched
  }
}

function outcomeOf(result: ReplayResult, permit: Permit, stopped: AbortSignal): ActionOutcome {
  const reason = stopped.aborted ? String(stopped.reason) : result.reason
  const { requestSha256, approvals, expiresAtMs } = permit
  const told = forJournal(result) as Record<string, unknown>
  return {
    ok: result.isComplete,
    result: { ...told, reason, requestSha256, approvals, expiresAt: new Date(expiresAtMs).toISOString() },
  }
}

/** Ends the reading when its time is over or others suffer, and takes the right away where the drill says so. */
async function watch(
  { live, clock, journal, driver }: GovernedReplayContext,
  { id, stopWhen, revokeAfterMs }: Order,
  { permit, grant, stop }: { permit: Permit; grant: ReadGrant; stop: AbortController },
  over: AbortSignal,
): Promise<void> {
  const began = clock.now()
  let isRevoked = false
  const end = (why: string) => {
    journal.append({ kind: 'replay.stopped', id, why })
    stop.abort(why)
  }
  while (!over.aborted && !stop.signal.aborted) {
    if (clock.wallMs() >= permit.expiresAtMs)
      end(`its approval expired at ${new Date(permit.expiresAtMs).toISOString()}`)
    for (const condition of stopWhen) {
      const value = live.read(condition.probe, clock.now())
      if (value !== null && compare(condition, value) && !stop.signal.aborted)
        end(`${condition.probe} is ${value}: it is stopped when that is ${describeComparison(condition)}`)
    }
    if (revokeAfterMs !== null && !isRevoked && clock.now() - began >= revokeAfterMs) {
      isRevoked = true
      await withdrawGrant(driver, { id, grant, by: 'run' }, journal)
    }
    await clock.sleep(LOOK_MS, over).catch(() => {})
  }
}
