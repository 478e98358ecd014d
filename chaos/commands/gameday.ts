import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { shellWord } from '../core/shell-word.ts'
import { duration } from '../core/units.ts'
import { loadDrill } from '../drill/load-drill.ts'
import { environmentOf } from '../drivers/index.ts'
import { refuseTaken } from '../out-place.ts'
import { checkDrill } from '../run/check-drill.ts'
import { runId } from '../run/prepare.ts'
import { systemClock } from '../system-clock.ts'
import { deployedEnvironment } from './deployed-environment.ts'
import { registerCalendar } from './gameday-calendar.ts'
import { type DeploymentParts, environmentOption, loadDeployment, refuseWords } from './deployment.ts'
import { interruption } from './interruption.ts'
import { ExitStatus, type Io } from './io.ts'
import { runAndJudge } from './perform.ts'
import { sealingKey } from './seal.ts'

/** A drill that is ready to run on the environment once that is there. */
export interface ReadyDrill {
  /** Runs, judges and seals it. @returns the exit status, and where its evidence is */
  run(): Promise<{ readonly status: number; readonly folder: string }>
}

export interface GamedayParts extends DeploymentParts {
  /** @throws AftershockError before anything is created, when the drill cannot run on the environment */
  readonly readyDrill?: (flags: Flags, io: Io) => Promise<ReadyDrill>
}

interface Flags {
  readonly drill: string
  readonly environment?: string
  readonly ephemeral?: true
  readonly plan?: true
  readonly yes?: true
  readonly prices?: string
  readonly unchecked?: string
  readonly atMost: string
  readonly out?: string
  readonly key?: string
}

export function register(program: Command, io: Io, parts: GamedayParts = {}): void {
  const command = program.command('gameday')
  registerCalendar(command, io)
  command
    .usage('plan | approve | run | list, or --ephemeral --environment <name> [options] [drill]')
    .description('game days by a calendar, here or on AWS: plan, approve, run, list')
    .argument('[drill]', 'a drill file, or the name of one that is shipped', 'first')
    .allowExcessArguments()
    .option('--ephemeral', 'deploy, drill, seal, destroy')
    .addOption(environmentOption())
    .option('--plan', 'only show what would be created, and what it costs at most')
    .option('--yes', 'do it after showing the plan')
    .option('--at-most <duration>', 'when it is removed by itself, whatever became of this program', '4h')
    .option('--prices <file>', 'your own price table instead of the shipped one')
    .option('--unchecked <checks>', 'checks of the account to leave out, by name: vcpu-quota,prices')
    .option('--out <dir>', 'the folder of the run (default: runs/<time>-<drill>)')
    .option('--key <file>', 'sign the evidence with this private key; default: $AFTERSHOCK_KEY')
    .action(async (drill: string, flags: Omit<Flags, 'drill'>, { args }: Command) => {
      refuseWords(args.slice(1), io, 'One drill is run, in one environment.')
      await gameday({ ...flags, drill }, io, parts)
    })
}

async function gameday(flags: Flags, io: Io, parts: GamedayParts): Promise<void> {
  if (!flags.ephemeral)
    throw new AftershockError('usage', 'expected plan, approve, run or list, or --ephemeral', {
      hint: 'aftershock gameday plan shows the calendar; aftershock gameday --ephemeral --environment lab --plan says what an environment for once would create and cost.',
    })
  const atMostMs = lifetime(flags.atMost)
  const { ephemerally, runDeploy, runDestroy, options, environment } = await loadDeployment(
    flags.environment,
    io,
    parts,
  )
  const removeAt = minuteAfter(options.clock.wallMs() + atMostMs)
  const shown = {
    ...options,
    afterPlan: (usdPerHour: number) => costLines(usdPerHour, atMostMs / 3_600_000, removeAt),
  }
  const deployFlags = {
    environment,
    removeAt,
    ...(flags.prices !== undefined && { prices: flags.prices }),
    ...(flags.unchecked !== undefined && { unchecked: flags.unchecked }),
  }
  if (!flags.yes || flags.plan) {
    await runDeploy({ ...deployFlags, plan: true }, [], shown)
    if (flags.plan) return
    throw new AftershockError('refused', 'nothing was created: that takes --yes', {
      hint: `aftershock gameday --ephemeral --environment ${shellWord(environment)} --yes ${shellWord(flags.drill)}`,
    })
  }
  // Before anything is deployed: an environment for a drill that cannot run would be paid for nothing.
  const ready = await (parts.readyDrill ?? readyOnAws)(flags, io)
  using stop = interruption(
    `What was created removes itself at ${inWords(removeAt)}. To be sure: aftershock destroy --environment ${shellWord(environment)} --yes`,
    io.stderr,
  )
  const { status, folder } = await ephemerally(
    {
      deploy: creates =>
        runDeploy({ ...deployFlags, yes: true }, [], { ...shown, onCreate: creates, signal: stop.signal }),
      async drill() {
        const run = await ready.run()
        io.stderr.write(`the evidence is sealed, in ${run.folder}\n`)
        return run
      },
      destroy: () => runDestroy({ environment, yes: true }, { ...options, evenIfInterrupted: true }),
    },
    { environment, removeAt: inWords(removeAt), signal: stop.signal, err: options.err },
  )
  io.stdout.write(`Evidence: ${folder}\n`)
  if (stop.signal.aborted) throw new ExitStatus(EXIT.interrupted)
  throw new ExitStatus(status)
}

/** @throws AftershockError `unavailable` as long as drills cannot run on AWS */
async function readyOnAws(flags: Flags, io: Io): Promise<ReadyDrill> {
  const kind = driverOfAws()
  const loaded = await loadDrill(flags.drill, io.cwd)
  const { platform } = await deployedEnvironment(flags.environment, io)
  const choice = { platform }
  await checkDrill(loaded, kind.outline(loaded.drill, choice.platform), {
    seed: loaded.drill.seed,
    allowCommands: false,
  })
  const sealing = sealingKey(flags.key, io)
  const id = runId(loaded.drill.drill, systemClock.wallMs())
  const folder = resolve(io.cwd, flags.out ?? join('runs', id))
  refuseTaken(folder)
  return {
    async run() {
      const job = { loaded, seed: loaded.drill.seed, kind, choice, sealing, io, allowCommands: false }
      const { judged } = await runAndJudge(job, id, folder)
      return { status: judged ? EXIT[judged.scorecard.verdict] : EXIT.interrupted, folder }
    },
  }
}

function driverOfAws(): ReturnType<typeof environmentOf> {
  try {
    return environmentOf('aws')
  } catch (error) {
    if (!(error instanceof AftershockError) || error.code !== 'unavailable') throw error
    throw new AftershockError(
      'unavailable',
      `nothing was created: ${error.message}, so no drill can run on AWS`,
      {
        hint: '--plan says what a game day would create and cost; `aftershock run` runs the drill on this machine.',
      },
    )
  }
}

/** Long enough for a deployment and a drill, and no longer than somebody would leave it unwatched. */
function lifetime(text: string): number {
  const parsed = duration.safeParse(text)
  const [leastMs, mostMs] = [3_600_000, 86_400_000]
  if (parsed.success && parsed.data >= leastMs && parsed.data <= mostMs) return parsed.data
  throw new AftershockError('usage', `--at-most is '${text}': expected a duration from 1h to 24h`, {
    hint: 'The environment removes itself when it is over, so it has to hold a deployment and a drill.',
  })
}

/** In UTC and to the minute, as schedules have it. */
function minuteAfter(wallMs: number): string {
  return new Date(Math.ceil(wallMs / 60_000) * 60_000).toISOString().slice(0, 19)
}

const inWords = (time: string) => `${time.replace('T', ' ').slice(0, 16)} UTC`

function costLines(usdPerHour: number, hours: number, removeAt: string): string {
  return [
    'What a game day costs',
    `  an hour, with the fleet   ${usdPerHour.toFixed(2)}`,
    `  at most                   ${(usdPerHour * hours).toFixed(2)} for ${hours} h: at ${inWords(removeAt)} it removes itself`,
    '  and a little that lasts   the evidence in its bucket, for as long as it is locked',
    '',
  ].join('\n')
}
