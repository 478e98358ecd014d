import type { Clock } from '../../core/clock.ts'
import { AftershockError, messageOf } from '../../core/errors.ts'
import { formatBytes } from '../../core/units.ts'
import { waitFor } from '../../core/wait.ts'
import type { ClientQuota } from '../../kafka/client-quotas.ts'
import type { ClusterOperator } from '../../kafka/cluster-operator.ts'
import type { JournalEvent } from '../../record/journal-events.ts'

/** What each broker takes from the devices of a run, which all call themselves so, and nobody else does. */
export interface FleetQuota {
  readonly client: string
  readonly bytesPerSecond: number
}

type Operator = Pick<ClusterOperator, 'limit' | 'limits' | 'tryLimitTo'>
type Record = (event: JournalEvent) => void

const TOLD_MS = 10_000

/**
 * Asks brokers to hold the devices to it, where the login may. What the owner set is never loosened: a lower quota for
 * clients that none names stays what holds them.
 * @param user whom brokers take the devices for; null: not known
 * @throws AftershockError `unavailable` when no broker answers: it may be set all the same
 */
export async function makeFleetQuota(
  { client, bytesPerSecond }: FleetQuota,
  {
    operator,
    user,
    record,
    clock,
  }: { operator: Operator; user: string | null; record: Record; clock: Clock },
): Promise<void> {
  const lower = await lowerDefault(operator, bytesPerSecond)
  if (lower !== null) {
    const why = `the cluster has one of ${formatBytes(lower)} a second for clients that none names, which is lower`
    return record({ kind: 'quota.absent', client, why })
  }
  record({ kind: 'quota.intended', client, bytesPerSecond })
  const named = { kind: 'client-id', name: client } as const
  const why = await operator.tryLimitTo(named, bytesPerSecond, 'produce')
  if (why === undefined)
    throw new AftershockError('unavailable', `no broker said whether ${client} has its produce quota`, {
      hint: 'do the brokers run? What was asked for is taken away again',
    })
  if (why !== null) return record({ kind: 'quota.absent', client, why: `the brokers refused it (${why})` })
  const isTold = async () => (await operator.limit(named, 'produce')) === bytesPerSecond
  const told = await waitFor('brokers to tell the produce quota', isTold, {
    clock,
    deadlineMs: TOLD_MS,
  }).catch(() => false)
  const before = (await operator.limits('user', 'produce')) ?? []
  const fitting = before.filter(({ entity }) => fits(entity, user))
  record({ kind: 'quota.made', client, bytesPerSecond, told, before: fitting.map(words) })
}

/** May be repeated. @returns whether it is gone; it stands in the journal either way */
export async function removeFleetQuota(client: string, operator: Operator, record: Record): Promise<boolean> {
  const named = { kind: 'client-id', name: client } as const
  const why = await operator
    .tryLimitTo(named, null, 'produce')
    .then(said => (said === undefined ? 'no broker answered' : said), messageOf)
  if (why === null) record({ kind: 'quota.removed', client })
  else record({ kind: 'quota.remains', client, why })
  return why === null
}

/** The client whose quota may be there, by the lines of a journal; null: none is. */
export function quotaLeft(lines: readonly JournalEvent[]): string | null {
  let left: string | null = null
  for (const line of lines) {
    if (line.kind === 'quota.intended') left = line.client
    else if (line.kind === 'quota.absent' || line.kind === 'quota.removed') left = null
  }
  return left
}

async function lowerDefault(operator: Operator, bytesPerSecond: number): Promise<number | null> {
  const known = (await operator.limits('client-id', 'produce')) ?? []
  const ofAll = known.find(({ entity }) => Object.keys(entity).length === 1 && entity['client-id'] === null)
  return ofAll && ofAll.bytesPerSecond <= bytesPerSecond ? ofAll.bytesPerSecond : null
}

/** Of a user, or of users that none names; one that is for a user with a client of another name is not ours. */
const fits = (entity: ClientQuota['entity'], user: string | null): boolean =>
  (entity['user'] === null || user === null || entity['user'] === user) &&
  (entity['client-id'] ?? null) === null

const words = ({ entity, bytesPerSecond }: ClientQuota): string =>
  `${formatBytes(bytesPerSecond)} a second for ${entity['user'] === null ? 'users that none names' : `the user ${entity['user']}`}`
