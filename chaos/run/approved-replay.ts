import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { judgeReplay, type Permit, type Refusal, type ReplayCase } from '../approvals/judge-replay.ts'
import { payloadDigest } from '../approvals/replay-request.ts'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import { list } from '../core/numbers.ts'
import type { Access } from '../drivers/driver.ts'
import { makeNewFolder } from '../out-place.ts'
import { Journal } from '../record/journal.ts'
import { readJournal } from '../record/journal-reader.ts'
import type { JournalLine } from '../record/journal-events.ts'
import { type ReplayResult, startReplay } from '../replay/replay.ts'
import { ApprovalLines } from './approval-lines.ts'
import { askBrokers, readGranted } from './granted-reading.ts'
import { JournalState } from './journal-state.ts'
import { type LiveWatch, type WhoIsLive, watchLive } from './live-watch.ts'
import type { ReplayPlace } from './replay-place.ts'
import { clockFromZero } from './run-clock.ts'
import { NEEDED_ANSWER_MS, stateReplay } from './state-replay.ts'
import { withdrawGrant } from './withdraw-grant.ts'

export interface ApprovedReplayOptions {
  /** A new folder: journal and history. */
  readonly out: string
  /** `revoked` is asked again while it reads. */
  readonly given: Omit<ReplayCase, 'wallMs' | 'revoked'> & { readonly revoked: () => ReadonlySet<string> }
  /** Who is not to suffer by it, where the contract limits that. */
  readonly live: WhoIsLive
  readonly open: () => Promise<ReplayPlace>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onLine: (line: JournalLine) => void
}

/** The name of the one replay in its journal, and of its shard. */
export const REPLAY_ID = 'replay'
const READER = 'governed'
const LOOK_MS = 1000

/**
 * A replay outside of a drill: judged, the right made, read, the right taken away; all of it in a journal.
 * @throws AftershockError `refused` with the refusal's words
 */
export async function runApprovedReplay(options: ApprovedReplayOptions): Promise<ReplayResult> {
  const { out, given, live, open, onLine } = options
  const clock = clockFromZero(options.clock)
  makeNewFolder(out)
  mkdirSync(join(out, 'history'))
  using journal = Journal.create(join(out, 'journal.jsonl'), clock)
  journal.onLine(onLine)
  const lines = new ApprovalLines(journal, REPLAY_ID)
  const permit = judgeNow(options, clock, lines)
  await using place = await open()
  const { principal } = permit.request.consumer
  if (place.reader.username !== principal)
    throw refuse(lines, 'other-login', {
      message: `${place.reader.username} logs in, and ${principal} is to read`,
      hint: `set BROKER_USERNAME and its password to those of ${principal}`,
    })
  noteApprovals(lines, options, permit)
  await refuseStandingRights(place.access, permit, lines, { journal, contract: given.contract })
  const watching = { ...live, contract: given.contract, place, clock, signal: options.signal }
  await using watch = await watchLive(watching).catch((error: unknown) => {
    if (!(error instanceof AftershockError) || error.code !== 'refused') throw error
    const { message, hint = '' } = error
    throw refuse(lines, 'beyond-limits', { message, hint })
  })
  journal.append({ kind: 'replay.watched', id: REPLAY_ID, ...watch.told })
  return await readWithRight(options, { place, permit, journal, lines, clock, watch })
}

/** @throws AftershockError `refused`, with a line in the journal */
function judgeNow({ given }: ApprovedReplayOptions, clock: Clock, lines: ApprovalLines): Permit {
  const judged = judgeReplay({ ...given, revoked: given.revoked(), wallMs: clock.wallMs() })
  if (judged.ok) return judged.permit
  throw refuse(lines, judged.refusal.kind, judged.refusal)
}

function refuse(lines: ApprovalLines, kind: string, { message, hint }: Pick<Refusal, 'message' | 'hint'>) {
  lines.refused({ kind, message, hint }, false)
  return new AftershockError('refused', `${message} (${kind})`, { hint })
}

function noteApprovals(
  lines: ApprovalLines,
  { given }: ApprovedReplayOptions,
  { request, scope, approvals, expiresAtMs }: Permit,
): void {
  lines.requested({ ...request, scope }, given.request)
  for (const { approver, sha256 } of approvals) {
    const envelope = given.approvals.find(one => payloadDigest(one) === sha256)
    if (envelope) lines.approved(approver, envelope, { scope, expiresAtMs, request: given.request })
  }
}

/** An approval that changes nothing is no approval, and its end would take nothing away. */
async function refuseStandingRights(
  access: Access,
  { request: { consumer }, scope: { topics } }: Permit,
  lines: ApprovalLines,
  asking: Pick<Parameters<typeof askBrokers>[0], 'journal' | 'contract'>,
): Promise<void> {
  const { principal } = consumer
  const about = { ...asking, access, id: REPLAY_ID, principal, topics, when: 'before-approval' as const }
  const said = Object.entries(await askBrokers(about))
  const given = said.flatMap(([topic, answer]) => (answer === 'given' || answer === 'mixed' ? [topic] : []))
  if (given.length > 0)
    throw refuse(lines, 'standing-right', {
      message: `brokers let ${principal} read ${list(given)} without any approval`,
      hint: 'take its standing READ away; where another replay reads as this principal, wait for its end, and after one that was killed: aftershock replay end DIR',
    })
}

interface Right {
  readonly place: ReplayPlace
  readonly permit: Permit
  readonly journal: Journal
  readonly lines: ApprovalLines
  readonly clock: Clock
  readonly watch: LiveWatch
}

async function readWithRight(options: ApprovedReplayOptions, right: Right): Promise<ReplayResult> {
  const { out, given, signal } = options
  const { place, permit, journal, lines, clock, watch } = right
  const { contract } = given
  const { scope, request } = permit
  const { admin, logSizes, mayBeCold, topology, dial, zone, reader } = place
  const { ended, isGone } = await readGranted({
    permit,
    contract,
    access: place.access,
    lines,
    journal,
    clock,
    reader: READER,
    state: () => {
      const { bytesPerSecond } = request
      const brokers = topology.nodes.length
      return stateReplay({
        admin,
        logSizes,
        mayBeCold,
        contract,
        scope,
        bytesPerSecond,
        brokers,
        answerMs: NEEDED_ANSWER_MS,
        clock,
      })
    },
    everyMs: LOOK_MS,
    look: async () => refusalNow(options, clock, lines) ?? watch.whyNot(),
    read: (terms, stop) =>
      startReplay({
        ...terms,
        groupId: request.consumer.groupPrefix,
        topology,
        dial,
        zone,
        login: reader,
        contract,
        clock,
        historyDir: join(out, 'history'),
        process: READER,
        onTrouble: error => void journal.append({ kind: 'sampler.failed', sampler: 'clients', error }),
        onEvent: event => void journal.append(event),
        signal: stop,
      }).result,
    signal,
  })
  const { principal } = request.consumer
  if (!isGone)
    throw new AftershockError('unhealed', `the right of ${principal} to read could not be taken away`, {
      hint: `take READ on ${scope.topics.join(', ')} from User:${principal}, or try again: aftershock replay end ${out}`,
    })
  if (ended.status === 'rejected') throw ended.reason
  const { result, stopped } = ended.value
  if (stopped instanceof Error) throw stopped
  return stopped === null ? result : { ...result, isComplete: false, reason: stopped }
}

function refusalNow(options: ApprovedReplayOptions, clock: Clock, lines: ApprovalLines): Error | null {
  try {
    judgeNow(options, clock, lines)
    return null
  } catch (error) {
    if (error instanceof AftershockError) return error
    throw error
  }
}

/** Who was given what in a replay's folder. @throws AftershockError `input` when it has no journal */
export async function grantedIn(
  dir: string,
): Promise<{ readonly principal: string; readonly topics: readonly string[] }> {
  const { events } = await readJournal(join(dir, 'journal.jsonl'))
  const made = events.findLast(({ event }) => event.kind === 'grant.intended')?.event
  return made?.kind === 'grant.intended' ? made.grant : { principal: 'replay', topics: [] }
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
