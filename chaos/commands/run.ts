import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Drill } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { withinWidth } from '../core/wrapped.ts'
import { type LoadedDrill, loadDrill } from '../drill/load-drill.ts'
import type { EnvironmentKind } from '../drivers/environment.ts'
import type { AwsEnvironmentKind } from '../drivers/index.ts'
import { checkDrill } from '../run/check-drill.ts'
import { printPlan } from '../run/plan.ts'
import { addDriverOptions, chosenEnvironment, type DriverOptions } from './attach-options.ts'
import { addCiOptions, type CiOptions } from './ci-output.ts'
import { ExitStatus, type Io, widthOf } from './io.ts'
import type { Job } from './perform.ts'
import {
  addPlatformOptions,
  platformChoice,
  platformOption,
  type PlatformOptions,
} from './platform-options.ts'
import { sealingKey } from './seal.ts'

interface Options extends PlatformOptions, DriverOptions, CiOptions {
  readonly out?: string
  readonly seed?: string
  readonly json?: true
  readonly key?: string
  readonly plan?: true
  readonly repeat?: number
  readonly allowCommands?: true
  readonly from?: string
  /** `true`: a port that is free. */
  readonly live?: true | string
  readonly dryRun?: true
}

export function register(program: Command, io: Io): void {
  const describe = (command: Command) =>
    addPlatformOptions(
      addCiOptions(addDriverOptions(command))
        .argument('[drill]', 'a drill file, or the name of one that is shipped', 'first')
        .addOption(platformOption())
        .option('--out <dir>', 'the folder of the run (default: runs/<time>-<drill>)')
        .option('--seed <seed>', 'instead of the one in the drill')
        .option('--json', 'one JSON document on standard output; progress on standard error')
        .option(
          '--key <file>',
          'sign the evidence with this private key; default: $AFTERSHOCK_KEY, else it is sealed unsigned',
        ),
    )
      .option(
        '--repeat <count>',
        'run it N times, each into a folder in --out, and judge the runs together',
        numberOfRuns,
      )
      .option(
        '--allow-commands',
        'let the drill run programs of its author’s (operator-step: run); they have your rights',
      )
      .option('--from <dir>', 'repeat the run in this folder: its drill, seed and platform')
      .option(
        '--live [port]',
        'serve the run as a page on this machine while it goes on (127.0.0.1); it becomes the report',
      )
      .option('--plan', 'print what would happen, and touch nothing')
      .option('--dry-run', 'aws: every read of a run and no write; what it would touch, and what refuses it')
      .action(async (drill: string, options: Options, self: Command) =>
        options.from === undefined
          ? run(await loadDrill(drill, io.cwd), options, io)
          : repeatRun(options.from, options, self, io),
      )
  describe(program.command('run').description('run one drill: break, recover, replay, audit, judge'))
  describe(
    program.command('drill', { hidden: true }).description('the same as run; `npm run drill` calls it'),
  )
}

/** @throws AftershockError `usage` where something of that run is given beside it */
async function repeatRun(dir: string, options: Options, command: Command, io: Io): Promise<void> {
  const given = ['platform', 'seed', 'driver'].filter(name => command.getOptionValueSource(name) === 'cli')
  const [extra] = [...command.args, ...given.map(name => `--${name}`)]
  if (extra !== undefined)
    throw new AftershockError('usage', `${extra} stands beside --from, which has its own`, {
      hint: `Leave it out; or run the drill by its name, without --from.`,
    })
  const { drillOfRun } = await import('../runs/drill-of-run.ts')
  const { loaded, ...of } = await drillOfRun(resolve(io.cwd, dir))
  await run(loaded, { ...options, ...of }, io)
}

async function run(written: LoadedDrill, options: Options, io: Io): Promise<void> {
  const choice = platformChoice(options, io)
  const kind = await chosenEnvironment(options, io, choice.platform)
  try {
    await runThere(written, { kind, choice }, options, io)
  } finally {
    await kind.end?.()
  }
}

async function runThere(
  written: LoadedDrill,
  { kind, choice }: Pick<Job, 'kind' | 'choice'>,
  options: Options,
  io: Io,
): Promise<void> {
  const loaded = kind.fitted ? { ...written, drill: kind.fitted(written.drill) } : written
  const seed = options.seed ?? loaded.drill.seed
  const allowCommands = options.allowCommands ?? false
  await checkDrill(loaded, kind.outline(loaded.drill, choice.platform), {
    seed,
    // A plan runs nothing.
    allowCommands: allowCommands || options.plan === true,
  })
  if (options.repeat !== undefined && (options.junit !== undefined || options.ci))
    throw new AftershockError(
      'usage',
      `${options.ci ? '--ci' : '--junit'} is for one run, not for --repeat`,
      {
        hint: 'Each run keeps its scorecard: `aftershock score RUN --junit FILE` writes a report of it.',
      },
    )
  const livePort = options.live === undefined ? undefined : portOf(options.live)
  if (livePort !== undefined && options.repeat !== undefined)
    throw new AftershockError('usage', '--live is for one run, not for --repeat', {
      hint: 'Leave one of them out.',
    })
  if (options.dryRun) return dryRun(kind, loaded.drill, options, io)
  const sealing = sealingKey(options.key, io)
  if (options.plan) {
    const shownDrill = options.json ? loaded : printableDeep(loaded)
    const plan = await printPlan(shownDrill, seed, kind, choice, options.json ?? false, options.repeat)
    io.stdout.write(options.json ? plan : withinWidth(plan, widthOf(io.stdout)))
    return
  }
  const job: Job = { loaded, seed, kind, choice, sealing, io, allowCommands }
  // What carries a run out is three times as much as what plans it.
  const { carryOut } = await import('./carry-out.ts')
  await carryOut(job, { ...options, livePort })
}

function portOf(given: true | string): number {
  if (given === true) return 0
  const port = Number(given)
  if (/^\d+$/.test(given) && port >= 1 && port <= 65_535) return port
  throw new AftershockError('usage', `--live is '${given}'`, {
    hint: 'it is a port from 1 to 65535, or nothing, for one that is free. The name of a drill stands before it.',
  })
}

/** @throws ExitStatus 75 when a guard refuses */
async function dryRun(kind: EnvironmentKind, drill: Drill, { driver, json }: Options, io: Io): Promise<void> {
  if (!('foresee' in kind))
    throw new AftershockError('usage', `--dry-run is for --driver aws, and --driver is ${driver}`, {
      hint: '--plan prints what would happen, and touches nothing',
    })
  const { lines, refusals } = await (kind as AwsEnvironmentKind).foresee(drill)
  const text = [
    `${drill.drill}: nothing was written`,
    ...lines.map(line => `  ${line}`),
    ...refusals.map(line => `  refused by ${line}`),
    ...(refusals.length === 0 ? ['  no guard refuses it'] : []),
  ]
  io.stdout.write(
    json ? `${JSON.stringify({ drill: drill.drill, lines, refusals })}\n` : `${text.join('\n')}\n`,
  )
  if (refusals.length > 0) throw new ExitStatus(EXIT.refused)
}

function numberOfRuns(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 2 && number <= 1000) return number
  throw new AftershockError('usage', `--repeat is '${text}'`, {
    hint: 'it is a whole number from 2 to 1000; one run is what there is without it',
  })
}
