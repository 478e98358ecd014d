import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { shellWord } from '../core/shell-word.ts'
import { registerAttend } from './gameday-attend.ts'
import { registerCalendar } from './gameday-calendar.ts'
import { type DeploymentParts, environmentOption, refuseWords } from './deployment.ts'
import { addEphemeralOptions, type EphemeralFlags, ephemeralDay } from './ephemeral-day.ts'
import type { Io } from './io.ts'
import type { ReadyDrill } from './ready-drill.ts'

export type { ReadyDrill } from './ready-drill.ts'

export interface GamedayParts extends DeploymentParts {
  /** @throws AftershockError before anything is created, when the drill cannot run on the environment */
  readonly readyDrill?: (flags: Flags, io: Io) => Promise<ReadyDrill>
}

interface Flags extends EphemeralFlags {
  readonly drill: string
  readonly environment?: string
  readonly ephemeral?: true
  readonly out?: string
  readonly key?: string
}

export function register(program: Command, io: Io, parts: GamedayParts = {}): void {
  const command = program.command('gameday')
  registerCalendar(command, io, parts)
  registerAttend(command, io)
  addEphemeralOptions(command)
    .usage('plan | approve | run | list, or --ephemeral --environment <name> [options] [drill]')
    .description('game days by a calendar, here or on AWS: plan, approve, run, list')
    .argument('[drill]', 'a drill file, or the name of one that is shipped', 'first')
    .allowExcessArguments()
    .addOption(environmentOption())
    .option('--out <dir>', 'the folder of the run (default: runs/<time>-<drill>)')
    .option('--key <file>', 'sign the evidence with this private key; default: $AFTERSHOCK_KEY')
    .action(async (drill: string, flags: Omit<Flags, 'drill'>, { args }: Command) => {
      refuseWords(args.slice(1), io, 'One drill is run, in one environment.')
      await gameday({ ...flags, drill }, io, parts)
    })
}

async function gameday(flags: Flags, io: Io, parts: GamedayParts): Promise<void> {
  const { drill, environment, ephemeral } = flags
  if (!ephemeral)
    throw new AftershockError('usage', 'expected plan, approve, run or list, or --ephemeral', {
      hint: 'aftershock gameday plan shows the calendar; aftershock gameday --ephemeral --environment lab --plan says what an environment for once would create and cost.',
    })
  await ephemeralDay(
    {
      ...flags,
      environment,
      again: `aftershock gameday --ephemeral --environment ${shellWord(environment ?? '')} ${shellWord(drill)}`,
      agreedUsd: null,
      ready: () => (parts.readyDrill ?? readyOnAws)(flags, io),
    },
    io,
    parts,
  )
}

/** Loaded only when a drill is meant: what carries one out is large. */
async function readyOnAws(flags: Flags, io: Io): Promise<ReadyDrill> {
  const { readyDrill } = await import('./ready-drill.ts')
  return readyDrill(flags, io)
}
