import type { ActionOutcome, Hands, ReplayOrder } from '../actions/action.ts'
import type { Clock } from '../core/clock.ts'
import type { Drill } from '../core/drill.ts'
import { messageOf } from '../core/errors.ts'
import { inWallTime } from '../core/replay-scope.ts'
import type { StartedEnvironment } from '../drivers/environment.ts'
import type { Journal } from '../record/journal.ts'
import { forJournal, type Readers } from './readers.ts'
import type { ReplayStatements } from './state-replay.ts'

export interface PlainReplayContext extends ReplayStatements, Pick<StartedEnvironment, 'limitReads'> {
  readonly drill: Drill
  readonly readers: Pick<Readers, 'replay' | 'processOf' | 'clientOf'>
  readonly journal: Journal
  readonly clock: Clock
}

/** What a run lends to the action `replay`: it is stated, held to its limit, and read. */
export function plainReplays(context: PlainReplayContext): Hands['replay'] {
  const { drill, readers, journal, clock, limitReads } = context
  return async ({ id, scope: given, bytesPerSecond }: ReplayOrder, signal): Promise<ActionOutcome> => {
    const topics = given.topics ?? Object.keys(drill.contract.topics)
    const scope = inWallTime({ ...given, topics }, clock.wallMs())
    const stated = await context.state({ scope, bytesPerSecond })
    journal.append({ kind: 'replay.stated', id, reader: readers.processOf(id), ...stated })
    const client = readers.clientOf(id)
    if (bytesPerSecond !== null) await limitReads(client, bytesPerSecond)
    try {
      const result = await readers.replay(id, { scope }, signal)
      return { ok: result.isComplete, result: forJournal(result) }
    } finally {
      // The name is of this run and this replay alone: a limit that stays limits nobody.
      if (bytesPerSecond !== null)
        await limitReads(client, null).catch(error => {
          journal.append({ kind: 'sampler.failed', sampler: 'replay limit', error: messageOf(error) })
        })
    }
  }
}
