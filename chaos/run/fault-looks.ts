import type { Clock } from '../core/clock.ts'
import type { Driver } from '../drivers/driver.ts'
import { within } from '../core/wait.ts'
import type { Fault, Means, TargetBase } from '../faults/fault.ts'

/**
 * What a driver never answers holds up no run: each thing that it is asked for has an end of its own. They are longer
 * than all that a driver allows itself, of which the longest is an orderly end of a broker (at most 120 s).
 */
export const ASKED_MS = { choose: 60_000, inject: 150_000, look: 60_000, heal: 180_000 } as const
/** Looks that make a baseline, and looks in a row that make a proof: one alone may be chance. */
export const LOOKS = { before: 3, during: 2 }
export const BETWEEN_LOOKS_MS = 50
/** A baseline in doubt is taken again with more tries a look, before its doubt counts. */
export const EFFORTS = [1, 3, 6] as const

/** Asks the fault's probe, which has an end. @throws AftershockError `unavailable`, naming the fault, when it is late. */
export function look(
  fault: Fault,
  driver: Driver,
  { target, id }: { readonly target: TargetBase; readonly id: string },
  means: Means,
  clock: Clock,
): Promise<unknown> {
  const work = fault.probe(driver, target, id, means)
  return within(`the probe of ${id} to answer`, work, { clock, deadlineMs: ASKED_MS.look })
}
