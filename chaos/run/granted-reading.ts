import type { Permit } from '../approvals/judge-replay.ts'
import type { Clock } from '../core/clock.ts'
import type { Contract } from '../core/contract.ts'
import { AftershockError } from '../core/errors.ts'
import type { Access, ReadGrant } from '../drivers/driver.ts'
import type { Journal } from '../record/journal.ts'
import type { ReplayResult } from '../replay/replay.ts'
import type { ReplayTerms } from '../replay/replay-thread.ts'
import type { ApprovalLines } from './approval-lines.ts'
import type { StatedReplay } from './state-replay.ts'
import { readWatched, type Watched, type WatchedReading } from './watched-reading.ts'
import { withdrawGrant } from './withdraw-grant.ts'

export interface GrantedReading extends Pick<WatchedReading, 'everyMs' | 'signal'> {
  readonly permit: Permit
  readonly contract: Contract
  readonly access: Access
  readonly lines: ApprovalLines
  readonly journal: Journal
  readonly clock: Clock
  /** The process of its shard. */
  readonly reader: string
  readonly state: () => Promise<StatedReplay>
  readonly look: (grant: ReadGrant) => ReturnType<WatchedReading['look']>
  readonly read: (terms: ReplayTerms, signal: AbortSignal) => Promise<ReplayResult>
}

export interface Granted {
  readonly ended: PromiseSettledResult<Watched>
  /** Whether the right to read was taken away. */
  readonly isGone: boolean
}

/** The approval makes the right, and its end takes it away, whatever happens in between. */
export async function readGranted(given: GrantedReading): Promise<Granted> {
  const { permit, access, lines, journal } = given
  const { request, scope } = permit
  const { principal, groupPrefix } = request.consumer
  const { bytesPerSecond } = request
  const grant: ReadGrant = { principal, topics: scope.topics, groupPrefix, bytesPerSecond }
  lines.intended(grant, permit)
  const [ended] = await Promise.allSettled([withRight(given, grant)])
  const isGone = await withdrawGrant({ access }, { id: lines.id, grant, by: 'run' }, journal)
  await askBrokers({ ...given, id: lines.id, principal, topics: scope.topics, when: 'withdrawn' })
  return { ended, isGone }
}

async function withRight(given: GrantedReading, grant: ReadGrant): Promise<Watched> {
  const { permit, access, lines, journal, clock, reader, look, read, everyMs, signal } = given
  const { id } = lines
  const { principal, topics } = grant
  await access.allow(grant)
  const rules = await access.rules(principal)
  journal.append({ kind: 'grant.made', id, rules: rules && [...rules] })
  await askBrokers({ ...given, id, principal, topics, when: 'granted' })
  const stated = await given.state()
  if (stated.records === null)
    throw new AftershockError('unavailable', `nobody reported what there is to read: ${stated.unreported}`, {
      hint: 'a replay that was approved begins with what it has before it: are all brokers up?',
    })
  journal.append({ kind: 'replay.stated', id, reader, ...stated })
  const terms = { scope: permit.scope, groupId: grant.groupPrefix, mayReadUntil: permit.expiresAtMs }
  return readWatched({
    id,
    journal,
    clock,
    everyMs,
    look: () => look(grant),
    read: stop => read(terms, stop),
    signal,
  })
}

interface Asking {
  readonly access: Access
  readonly contract: Contract
  readonly journal: Journal
  readonly id: string
  readonly principal: string
  /** Those in its scope. */
  readonly topics: readonly string[]
  readonly when: 'before-approval' | 'granted' | 'withdrawn'
}

/** The brokers' own word, given to the principal itself: of the topics that it wants, and of those that it does not. */
export async function askBrokers({
  access,
  contract,
  journal,
  id,
  principal,
  topics,
  when,
}: Asking): Promise<Awaited<ReturnType<Access['ask']>>> {
  const others = Object.keys(contract.topics).filter(topic => !topics.includes(topic))
  const inScope = await access.ask(principal, topics)
  const outside = await access.ask(principal, others)
  journal.append({ kind: 'access.asked', id, when, principal, inScope, outside })
  return inScope
}
