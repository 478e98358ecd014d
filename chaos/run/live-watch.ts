import type { Clock } from '../core/clock.ts'
import type { Contract } from '../core/contract.ts'
import type { ProbeName } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'
import { list } from '../core/numbers.ts'
import { limitConditions, type ReplayLimits } from '../core/replay-limits.ts'
import { GroupLag } from '../kafka/group-lag.ts'
import { ProduceCanary } from '../kafka/produce-canary.ts'
import type { ReplayPlace } from './replay-place.ts'
import { brokenCondition } from './watched-reading.ts'

/** Who is not to suffer by a replay outside of a drill. */
export interface WhoIsLive {
  /** Consumer groups; empty: nobody reads live. @default those that the contract names */
  readonly groups?: readonly string[]
  /** Where a record a second is written to see how producers fare; null: nobody writes. @default nobody said */
  readonly canary?: string | null
}

export interface LiveWatch extends AsyncDisposable {
  /** For the journal. */
  readonly told: {
    readonly limits: ReplayLimits
    readonly liveGroups: string[]
    readonly canary: string | null
  }
  /** Which limit is passed, in words; null: none, or there is none. */
  whyNot(): string | null
}

interface Watching extends WhoIsLive {
  readonly contract: Contract
  readonly place: Pick<ReplayPlace, 'operator'>
  readonly clock: Clock
  readonly signal: AbortSignal
}

const LOOK_MS = 500
const FIRST_LOOK_MS = 30_000

/**
 * Watches what the contract limits, from before the replay begins.
 * @throws AftershockError `usage` when it is missing whom a limit protects, `refused` when one is passed already,
 *   `unavailable` when what it limits cannot be seen
 */
export async function watchLive(watching: Watching): Promise<LiveWatch> {
  const { contract, place, clock, signal } = watching
  const limits = contract.replayLimits ?? {}
  const groups = groupsOf(contract, watching)
  const canary = canaryOf(contract, watching)
  const topics = Object.keys(contract.topics)
  const lag = groups.length > 0 ? new GroupLag({ client: place.operator, groups, topics, clock }) : null
  const producer =
    canary === null ? null : new ProduceCanary({ client: place.operator, topic: canary, clock })
  const end = async () => {
    await lag?.[Symbol.asyncDispose]()
    await producer?.[Symbol.asyncDispose]()
  }
  const read = (probe: ProbeName): number | null =>
    probe === 'tail-lag-seconds' ? (lag?.seconds() ?? null) : (producer?.slowestMs() ?? null)
  const whyNot = () =>
    brokenCondition(limitConditions(limits), read) ?? lag?.trouble() ?? producer?.trouble() ?? null
  try {
    const until = clock.now() + FIRST_LOOK_MS
    for (;;) {
      const why = whyNot()
      if (why !== null)
        throw new AftershockError('refused', `the replay would begin beyond the contract: ${why}`, {
          hint: 'wait until live readers and producers fare better, or let the contract allow more',
        })
      if ((lag?.isKnown() ?? true) && (producer?.isKnown() ?? true)) break
      if (clock.now() > until)
        throw new AftershockError(
          'unavailable',
          `nothing was seen of ${waitingFor(lag, producer)} for 30 s`,
          {
            hint: 'do the groups of live readers commit offsets of the topics, and may the canary be written?',
          },
        )
      await clock.sleep(LOOK_MS, signal)
    }
  } catch (error) {
    await end()
    throw error
  }
  return { told: { limits, liveGroups: [...groups], canary }, whyNot, [Symbol.asyncDispose]: end }
}

const waitingFor = (lag: GroupLag | null, producer: ProduceCanary | null): string =>
  [
    ...(lag && !lag.isKnown() ? [list(lag.unknownGroups())] : []),
    ...(producer && !producer.isKnown() ? ['the canary'] : []),
  ].join(' and ')

function groupsOf({ contract, replayLimits }: Contract, { groups }: WhoIsLive): readonly string[] {
  if (replayLimits?.tailLagSeconds === undefined) return []
  const named = groups ?? replayLimits.liveGroups
  if (named) return named
  throw new AftershockError(
    'usage',
    `contract ${contract} stops a replay when live readers are more than ${replayLimits.tailLagSeconds} s behind, and does not name them`,
    { hint: '--live-groups dashboards,billing, or --live-groups none; or liveGroups in the contract' },
  )
}

function canaryOf({ contract, replayLimits }: Contract, { canary }: WhoIsLive): string | null {
  if (replayLimits?.produceP99Ms === undefined) return null
  if (canary !== undefined) return canary
  throw new AftershockError(
    'usage',
    `contract ${contract} stops a replay when producers wait for more than ${replayLimits.produceP99Ms} ms, and nothing here shows that`,
    {
      hint: '--canary TOPIC writes a small record there each second and takes the time; --canary none says that nobody writes',
    },
  )
}
