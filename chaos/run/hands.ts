import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Hands } from '../actions/action.ts'
import type { Clock } from '../core/clock.ts'
import { formatDuration } from '../core/units.ts'
import { runCommand } from '../machine/run-command.ts'

export interface HandsOptions {
  readonly clock: Clock
  readonly runDir: string
  readonly replay: Hands['replay']
  readonly repair: Hands['repair']
  readonly governedReplay: Hands['governedReplay']
  readonly moveRegion: Hands['moveRegion']
  readonly changeRelease: Hands['changeRelease']
  /** Says to the person at the terminal what is to be done. */
  readonly tell: (line: string) => void
}

/** How often a person's word is looked for. */
const LOOK_EVERY_MS = 200

/** What a run lends to its actions, on this machine. */
export function handsOf({
  clock,
  runDir,
  replay,
  repair,
  governedReplay,
  moveRegion,
  changeRelease,
  tell,
}: HandsOptions): Hands {
  return {
    now: () => clock.now(),
    replay,
    repair,
    governedReplay,
    moveRegion,
    changeRelease,
    command: (argv, limits) => runCommand(argv, limits, clock),
    person: personOf({ clock, runDir, tell }),
  }
}

/** Told at the terminal; a file in the run's folder says that it is done. */
export const personOf =
  ({ clock, runDir, tell }: Pick<HandsOptions, 'clock' | 'runDir' | 'tell'>): Hands['person'] =>
  async (id, what, { withinMs, signal }) => {
    const said = join(runDir, `${id}.done`)
    tell(`${id}: please do this within ${formatDuration(withinMs)}: ${what}`)
    tell(`${id}: when it is done: touch ${said}`)
    const deadline = clock.now() + withinMs
    while (!existsSync(said)) {
      if (clock.now() >= deadline) return false
      await clock.sleep(LOOK_EVERY_MS, signal)
    }
    rmSync(said)
    return true
  }
