import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Journal } from '../record/journal.ts'
import type { StartedGuardian } from './guardian-client.ts'
import type { Teardown } from './teardown.ts'
import type { TimelineOutcome } from './timeline.ts'

export interface RunEnd {
  readonly runDir: string
  readonly journal: Journal
  readonly teardown: Teardown
  readonly guardian: StartedGuardian
  readonly clock: Clock
  /** Aborted by an interruption from outside; its reason says by what. */
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
  readonly outcome: TimelineOutcome
  /** What ended the run before its end. */
  readonly failure: unknown
}

/**
 * Ends everything that the run began and says in the journal how it ended. It always resolves or rejects in bounded
 * time: a step that is late is left, and with it the guardian, which heals what is left as soon as this process is gone.
 */
export async function endRun(end: RunEnd): Promise<TimelineOutcome> {
  const { runDir, journal, teardown, guardian, clock, signal, progress, outcome, failure } = end
  if (signal.aborted) {
    journal.append({ kind: 'interrupted', by: messageOf(signal.reason) })
    progress('interrupted: everything is being healed and ended')
  }
  const late = await teardown.run((step, deadlineMs) => {
    journal.append({ kind: 'teardown.late', step, deadlineMs })
    progress(`${step} has not ended after ${deadlineMs / 1000} s, and is left`)
  })
  const notEnded = [
    ...(outcome.unanswered ?? []).map(id => `${id}: nothing answered when it was to be healed`),
    ...late,
  ]
  const error = failure !== undefined && !signal.aborted ? messageOf(failure) : notEnded.join('; ')
  const crashed = failure !== undefined || notEnded.length > 0
  const ending = signal.aborted
    ? 'interrupted'
    : crashed
      ? 'crashed'
      : outcome.aborted
        ? 'aborted'
        : 'completed'
  journal.append({ kind: 'run.finished', outcome: ending, ...(error && { error }) })
  // Whatever is left is the guardian's, once this process is gone.
  if (notEnded.length === 0) await guardian.dismiss(clock)
  if (failure !== undefined && !signal.aborted)
    throw failure instanceof Error ? failure : new AftershockError('internal', messageOf(failure))
  if (notEnded.length > 0)
    throw new AftershockError('unhealed', `not everything could be ended: ${notEnded.join('; ')}`, {
      hint: `its guardian ends what is left (${runDir}/logs/guardian.log); to be sure: aftershock heal ${runDir}`,
    })
  return signal.aborted ? { ...outcome, interrupted: true } : outcome
}
