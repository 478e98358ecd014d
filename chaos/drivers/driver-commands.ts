import type { Clock } from '../core/clock.ts'
import { runCommand } from '../machine/run-command.ts'
import type { Commands } from './driver.ts'

/** On this machine, whatever it is that the programs reach from here. */
export function driverCommands(clock: Clock): Commands {
  const never = new AbortController().signal
  return { run: (argv, withinMs) => runCommand(argv, { withinMs, signal: never }, clock) }
}
