import type { Clock } from '../core/clock.ts'

/** A clock whose `now` begins at zero: every `t` in a run's evidence counts from there. */
export function clockFromZero(clock: Clock): Clock {
  const zero = clock.now()
  return { ...clock, now: () => clock.now() - zero }
}

/** The clock of a run that another process began: its zero is known by the wall only. */
export function clockOfDeadRun(clock: Clock, startedAtWallMs: number): Clock {
  return { ...clock, now: () => clock.wallMs() - startedAtWallMs }
}
