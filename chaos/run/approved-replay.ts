import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { judgeReplay, type Permit, type Refusal, type ReplayCase } from '../approvals/judge-replay.ts'
import { payloadDigest } from '../approvals/replay-request.ts'
import type { Clock } from '../core/clock.ts'
import type { Contract } from '../core/contract.ts'
import { AftershockError } from '../core/errors.ts'
import type { Dial } from '../core/network.ts'
import type { Topology } from '../core/topology.ts'
import type { Access, ReadGrant } from '../drivers/driver.ts'
import type { AdminWork } from '../drivers/environment.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import { makeNewFolder } from '../out-place.ts'
import { Journal } from '../record/journal.ts'
import { readJournal } from '../record/journal-reader.ts'
import type { JournalLine } from '../record/journal-events.ts'
import { type ReplayResult, startReplay } from '../replay/replay.ts'
import { JournalState } from './journal-state.ts'
import { clockFromZero } from './run-clock.ts'
import { stateReplay } from './state-replay.ts'
import { withdrawGrant } from './withdraw-grant.ts'

/** A cluster with an authorizer, and how it is reached: by whoever reads, and by whoever may change rights. */
export interface ReplayPlace extends AsyncDisposable {
  readonly topology: Topology
  readonly dial: Dial
  readonly zone: string
  readonly reader: BrokerLogin
  readonly access: Access
  readonly admin: AdminWork
}

export interface ApprovedReplayOptions {
  /** A new folder: journal and history. */
  readonly out: string
  /** `revoked` is asked again while it reads. */
  readonly given: Omit<ReplayCase, 'wallMs' | 'revoked'> & { readonly revoked: () => ReadonlySet<string> }
  readonly open: () => Promise<ReplayPlace>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onLine: (line: JournalLine) => void
}

/** The name of the one replay in its journal. */
export const REPLAY_ID = 'replay'
const LOOK_MS = 1000

/**
 * A replay outside of a drill: judged, the right made, read, the right taken away; all of it in a journal.
 * @throws AftershockError `refused` with the refusal's words
 */
export async function runApprovedReplay(options: ApprovedReplayOptions): Promise<ReplayResult> {
  const { out, open, onLine } = options
  const clock = clockFromZero(options.clock)
  makeNewFolder(out)
  mkdirSync(join(out, 'history'))
  using journal = Journal.create(join(out, 'journal.jsonl'), clock)
  journal.onLine(onLine)
  const judge = () => judgeNow(options, clock)
  const judged = judge()
  if (!judged.ok) throw refuse(journal, judged.refusal)
  await using place = await open()
  const { permit } = judged
  const { principal, groupPrefix } = permit.request.consumer
  if (place.reader.username !== principal)
    throw new AftershockError('refused', `${place.reader.username} logs in, and ${principal} is to read`, {
      hint: `set BROKER_USERNAME and its password to those of ${principal}`,
    })
  const { topics } = permit.scope
  const grant: ReadGrant = { principal, topics, groupPrefix, bytesPerSecond: permit.request.bytesPerSecond }
  noteApprovals(journal, options, permit)
  journal.append({
    kind: 'grant.intended',
    id: REPLAY_ID,
    grant: { ...grant, topics: [...topics] },
    expiresAt: new Date(permit.expiresAtMs).toISOString(),
  })
  const reading = async () => {
    await place.access.allow(grant)
    const rules = await place.access.rules(principal)
    journal.append({ kind: 'grant.made', id: REPLAY_ID, rules: rules && [...rules] })
    return read(options, { place, permit, journal, clock, judge })
  }
  const [ended] = await Promise.allSettled([reading()])
  const isGone = await withdrawGrant(place, { id: REPLAY_ID, grant, by: 'run' }, journal)
  if (!isGone)
    throw new AftershockError('unhealed', `the right of ${principal} to read could not be taken away`, {
      hint: `take READ on ${topics.join(', ')} from User:${principal}, or try again: aftershock replay end ${out}`,
    })
  if (ended.status === 'rejected') throw ended.reason
  return ended.value
}

function judgeNow({ given }: ApprovedReplayOptions, clock: Clock) {
  return judgeReplay({ ...given, revoked: given.revoked(), wallMs: clock.wallMs() })
}

function refuse(journal: Journal, { kind, message, hint }: Refusal): AftershockError {
  journal.append({ kind: 'replay.refused', id: REPLAY_ID, refusal: kind, message, hint, rehearsed: false })
  return new AftershockError('refused', `${message} (${kind})`, { hint })
}

function noteApprovals(
  journal: Journal,
  { given }: ApprovedReplayOptions,
  { request, requestSha256, scope, approvals, expiresAtMs }: Permit,
): void {
  journal.append({
    kind: 'replay.requested',
    id: REPLAY_ID,
    requester: request.requester.name,
    principal: request.consumer.principal,
    scope,
    reason: request.reason,
    requestSha256,
    envelope: given.request,
  })
  for (const { approver, sha256 } of approvals) {
    const envelope = given.approvals.find(one => payloadDigest(one) === sha256)
    if (!envelope) continue
    journal.append({
      kind: 'replay.approved',
      id: REPLAY_ID,
      approver,
      scope,
      expiresAt: new Date(expiresAtMs).toISOString(),
      requestSha256,
      approvalSha256: sha256,
      envelope,
    })
  }
}

interface Reading {
  readonly place: ReplayPlace
  readonly permit: Permit
  readonly journal: Journal
  readonly clock: Clock
  readonly judge: () => ReturnType<typeof judgeReplay>
}

async function read(
  { out, given, signal }: ApprovedReplayOptions,
  { place, permit, journal, clock, judge }: Reading,
): Promise<ReplayResult> {
  const { scope } = permit
  const topics = Object.fromEntries(scope.topics.map(topic => [topic, given.contract.topics[topic]]))
  const stated = await stateReplay({
    admin: place.admin,
    scope,
    contract: given.contract,
    bytesPerSecond: permit.request.bytesPerSecond,
    brokers: place.topology.nodes.length,
    sizes: await place.access.logSizes(),
    wallMs: clock.wallMs(),
  })
  journal.append({ kind: 'replay.stated', id: REPLAY_ID, ...stated })
  const stop = new AbortController()
  const over = new AbortController()
  const watching = (async () => {
    while (!over.signal.aborted && !stop.signal.aborted) {
      const now = judge()
      if (!now.ok) {
        journal.append({ kind: 'replay.stopped', id: REPLAY_ID, why: now.refusal.message })
        stop.abort(refuse(journal, now.refusal))
      }
      await clock.sleep(LOOK_MS, over.signal).catch(() => {})
    }
  })()
  try {
    const result = await startReplay({
      topology: place.topology,
      dial: place.dial,
      zone: place.zone,
      login: place.reader,
      contract: { ...given.contract, topics } as Contract,
      scope,
      mayReadUntil: permit.expiresAtMs,
      clock,
      historyDir: join(out, 'history'),
      groupId: permit.request.consumer.groupPrefix,
      process: 'governed',
      onTrouble: error => void journal.append({ kind: 'sampler.failed', sampler: 'clients', error }),
      onEvent: event => void journal.append(event),
      signal: AbortSignal.any([signal, stop.signal]),
    }).result
    if (stop.signal.aborted) throw stop.signal.reason
    return result
  } finally {
    over.abort()
    await watching
  }
}

/**
 * Takes away what a replay that was killed left, by its journal. May be repeated.
 * @returns whether there was anything
 * @throws AftershockError `unhealed` when it is still there
 */
export async function endApprovedReplay(
  dir: string,
  place: Pick<ReplayPlace, 'access'>,
  clock: Clock,
): Promise<boolean> {
  const path = join(dir, 'journal.jsonl')
  const { events } = await readJournal(path)
  const open = JournalState.after(events.map(({ event }) => event)).openGrants()
  if (open.length === 0) return false
  using journal = Journal.resume(path, clock)
  for (const { id, grant } of open)
    if (!(await withdrawGrant(place, { id, grant, by: 'heal' }, journal)))
      throw new AftershockError('unhealed', `the right of ${grant.principal} to read is still there`, {
        hint: `take READ on ${grant.topics.join(', ')} from User:${grant.principal} by hand`,
      })
  return true
}
