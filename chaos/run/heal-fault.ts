import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import type { Observation } from '../core/observation.ts'
import { within } from '../core/wait.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Journal } from '../record/journal.ts'
import type { Fault, TargetBase } from '../faults/fault.ts'
import type { HeldConnections } from '../faults/held-connections.ts'
import { ASKED_MS, BETWEEN_LOOKS_MS, EFFORTS, LOOKS, look } from './fault-looks.ts'

const HEAL_DEADLINE_MS = 60_000
const HEAL_TRIES = 3
/** How much longer healing may take to show because a broker is away: a busy machine starts one in a minute or two. */
const AWAY_MS = 180_000

/** What healing needs: from the run's memory, or from its journal after its death. */
export interface HealNeeds {
  readonly id: string
  readonly target: TargetBase
  readonly before: unknown
  /** As for the baseline. @default that of a busy machine */
  readonly effort?: number
  /** From before the injection; absent where another process heals. */
  readonly held?: HeldConnections
  /** Of this process: while it is unanswered, nothing is healed for good. @default it has ended */
  readonly injection?: { readonly isUnanswered: boolean }
}

const NOBODY_THERE =
  'the probe cannot see whether it is healed: what answered before does not answer past the links either'
const STILL_INJECTING = 'its injection has not ended, and may still take effect'

export interface HealOutcome {
  /** Whether the proof held. */
  readonly healed: boolean
  readonly isUnanswered: boolean
}

/** Undoes a fault and proves it. Idempotent. */
export async function healFault(
  fault: Fault,
  driver: Driver,
  needs: HealNeeds,
  journal: Journal,
  clock: Clock,
): Promise<HealOutcome> {
  const { id, target, before, effort = EFFORTS[1], held, injection } = needs
  const since = Math.round(clock.now())
  const mayInject = () => injection?.isUnanswered ?? false
  let isOvertaken = mayInject()
  let undone = await undo(fault, driver, needs, clock)
  if (undone.error === undefined) journal.append({ kind: 'fault.healed', id, since })
  let lastError = undone.error
  const begun = clock.now()
  const healMs = fault.deadlines?.healMs ?? HEAL_DEADLINE_MS
  let deadline = begun + healMs
  const needed = fault.looks?.during ?? LOOKS.during
  let observations: readonly Observation[] = []
  let inARow = 0
  let isAway = false
  for (;;) {
    let isSeen = false
    if (isOvertaken && !mayInject() && lastError === undefined) {
      // The injection ended after the healing began: whatever it did since is undone as well.
      isOvertaken = false
      inARow = 0
      undone = await undo(fault, driver, needs, clock)
      lastError = undone.error
    }
    try {
      const now = await look(fault, driver, { target, id }, { effort }, clock)
      observations = fault.describe(now, before, target, 'after')
      isSeen = lastError === undefined && !isOvertaken && fault.isHealed(now, before, target)
      isAway = fault.isAway?.(now, before, target) ?? false
      if (isAway) deadline = Math.min(clock.now() + healMs, begun + healMs + AWAY_MS)
      inARow = isSeen ? inARow + 1 : 0
      if (inARow >= needed) {
        observations = [...observations, ...(await whatHealingLeft(held))]
        journal.append({ kind: 'fault.heal-proven', id, observations })
        return { healed: true, isUnanswered: false }
      }
    } catch (error) {
      inARow = 0
      lastError ??= messageOf(error)
    }
    if ((clock.now() >= deadline && !isSeen) || lastError !== undefined) {
      const reason = lastError ?? unhealedReason(isOvertaken, isAway)
      journal.append({ kind: 'fault.heal-unproven', id, observations, reason })
      return { healed: false, isUnanswered: undone.isLate || mayInject() }
    }
    await clock.sleep(BETWEEN_LOOKS_MS)
  }
}

function unhealedReason(isOvertaken: boolean, isAway: boolean): string {
  if (isOvertaken) return STILL_INJECTING
  return isAway ? NOBODY_THERE : 'the probe still sees the fault'
}

/** Tries several times; one that is late is not tried again, since it may still be under way. */
async function undo(
  fault: Fault,
  driver: Driver,
  { id, target }: HealNeeds,
  clock: Clock,
): Promise<{ readonly error: string | undefined; readonly isLate: boolean }> {
  let error: string | undefined
  for (let attempt = 1; attempt <= HEAL_TRIES; attempt++) {
    let hasEnded = false
    try {
      const work = fault.heal(driver, target, id).finally(() => {
        hasEnded = true
      })
      await within(`the healing of ${id} to end`, work, {
        clock,
        deadlineMs: fault.longestWorkMs ?? ASKED_MS.heal,
      })
      return { error: undefined, isLate: false }
    } catch (thrown) {
      error = messageOf(thrown)
      if (!hasEnded) return { error, isLate: true }
    }
  }
  return { error, isLate: false }
}

const SURVIVAL_MS = 5000

/** A platform's errors at the moment of healing may be the tool's doing: what it did to our own connections says so. */
async function whatHealingLeft(held: HeldConnections | undefined): Promise<Observation[]> {
  const seen = await held?.survivors(SURVIVAL_MS)
  if (!seen || seen.held === 0) return []
  const lost = seen.held - seen.left
  const value = `${seen.left} of ${seen.held}${lost > 0 ? '; the tool itself ended the others by healing' : ''}`
  return [{ what: 'connections from before that outlived the healing', value }]
}
